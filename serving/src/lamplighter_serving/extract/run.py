"""The pipeline: a document and a request become an outcome. The only place that knows the order of the steps."""

import asyncio

from jsonschema import Draft202012Validator

from ..documents.page import Document
from ..engines.base import Engine
from ..errors import ExtractionFailed
from .assemble import assemble
from .contest import settle
from .decide import decide
from .outcome import Outcome
from .request import ExtractionRequest
from .scene import read_scene
from .schema import FORMAT_CHECKER
from .weigh import shortlist


async def extract(document: Document, request: ExtractionRequest, engine: Engine) -> Outcome:
    """Reads the values a schema asks for. Raises `ExtractionFailed` and whatever the engine raises (`EngineError`)."""
    schema = request.schema
    scene = await asyncio.to_thread(read_scene, document)
    lists = settle({leaf: shortlist(leaf, scene) for leaf in schema.leaves})
    decisions = {leaf: decide(leaf, item, None, 0.0) for leaf, item in lists.items()}
    answer = assemble(schema.root, decisions, {})
    if answer.missing:
        raise ExtractionFailed(f"The document does not say {', '.join(answer.missing)}, which the schema requires.")
    if not Draft202012Validator(schema.document, format_checker=FORMAT_CHECKER).is_valid(answer.data):
        raise ExtractionFailed("The answer does not satisfy the schema.")
    return Outcome(
        data=answer.data,
        fields=answer.fields,
        page_sizes=tuple((page.number, page.width, page.height) for page in document.pages),
        prompt_tokens=0,
        completion_tokens=0,
    )
