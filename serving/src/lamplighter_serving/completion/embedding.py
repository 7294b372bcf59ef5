"""Bodies of `/v1/embeddings`: texts, and a vector for each."""

import base64
import struct
from reprlib import repr as short

from ..errors import EngineRefused
from .facts import ApiObject, Embed, Embeddings
from .fields import object_of

#: `encoding_format` is the gateway's and the client's business: the engine gives numbers.
READ = frozenset({"input", "encoding_format"})
FORMATS = ("float", "base64")
#: The API's own bound.
MOST_TEXTS = 2048


def parse(body: object, *, model: str, context_tokens: int) -> Embed:
    """The request in a body. Raises `EngineRefused`."""
    body = object_of(body, model=model, read=READ, only={})
    texts = body.get("input")
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list) or not 0 < len(texts) <= MOST_TEXTS or not all(isinstance(t, str) and t for t in texts):
        raise EngineRefused(
            "input is not a text or a list of texts.", hint=f"Send up to {MOST_TEXTS} texts; tokens are not read here."
        )
    if body.get("encoding_format") not in (None, *FORMATS):
        raise EngineRefused(f"encoding_format is {short(body['encoding_format'])}.", hint=f"It may be: {', '.join(FORMATS)}.")
    return Embed(texts=tuple(texts))


def body_of(answer: Embeddings, *, model: str, encoding_format: object) -> ApiObject:
    """The body that carries the vectors; base64 is of 32-bit floats, little endian."""
    encode = _base64 if encoding_format == "base64" else list
    data = [{"object": "embedding", "index": index, "embedding": encode(v)} for index, v in enumerate(answer.vectors)]
    used = {"prompt_tokens": answer.prompt_tokens, "total_tokens": answer.prompt_tokens}
    return {"object": "list", "data": data, "model": model, "usage": used}


def _base64(vector: tuple[float, ...]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
