"""What parent and child say to each other: frames of a length and bytes; JSON for facts, raw bytes for documents and pictures.

The child is not trusted, for it runs parsers over hostile files: nothing it says is unpickled or believed to be short, and an
answer of another form is an error. Words travel as flat lists, because a document may have 200,000 of them.
"""

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from .limits import DocumentLimits
from .page import Box, Document, Line, Page, TextSource, Word

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size
#: Hundredths of a point are finer than any printer; they keep a word below 60 bytes.
_DECIMALS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What the child is to do with the document that follows: read all of it, or draw one page."""

    limits: DocumentLimits
    languages: str
    page_number: int = 0  # 0: read
    width_pixels: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why the child has no answer. `settings` says that the installation is at fault, not the document."""

    code: str
    sentence: str
    hint: str
    settings: bool = False


class ProtocolError(Exception):
    """The child's answer has no form we know."""


def prefix(payload: bytes) -> bytes:
    """What goes before a payload: its length."""
    return _LENGTH.pack(len(payload))


def length_of(begin: bytes) -> int:
    """The length that a frame begins with."""
    (length,) = _LENGTH.unpack(begin)
    return int(length)


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame from the parent, None at the end of the stream."""
    begin = stream.read(LENGTH_BYTES)
    if len(begin) < LENGTH_BYTES:
        return None
    length = length_of(begin)
    payload = stream.read(length)
    return payload if len(payload) == length else None


def write_frames(stream: BinaryIO, payloads: Iterable[bytes]) -> None:
    """Writes frames to the parent."""
    for payload in payloads:
        stream.write(prefix(payload))
        stream.write(payload)
    stream.flush()


def pack_task(task: Task) -> bytes:
    """A task as JSON."""
    return json.dumps(asdict(task)).encode()


def unpack_task(payload: bytes) -> Task:
    """The task of its JSON. The parent is trusted."""
    facts = json.loads(payload)
    return Task(**{**facts, "limits": DocumentLimits(**facts["limits"])})


def pack_refusal(refusal: Refusal) -> bytes:
    """A refusal as an answer."""
    return json.dumps({"refusal": asdict(refusal)}).encode()


def pack_document(document: Document) -> bytes:
    """A document as an answer."""
    pages = [
        [page.number, page.width, page.height, page.source, [[_pack_word(word) for word in line.words] for line in page.lines]]
        for page in document.pages
    ]
    answer = {"document": {"media_type": document.media_type, "pages": pages}}
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="replace")


def pack_picture() -> bytes:
    """Says that the next frame is a picture."""
    return json.dumps({"picture": True}).encode()


def unpack_answer(payload: bytes) -> Document | Refusal | None:
    """The child's answer; None announces a picture in the next frame. Raises `ProtocolError`."""
    try:
        answer = json.loads(payload)
        if "refusal" in answer:
            return _refusal(answer["refusal"])
        if "document" in answer:
            return _document(answer["document"])
        if answer.get("picture") is True:
            return None
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ProtocolError("The reader's answer has no known form.") from error
    raise ProtocolError("The reader's answer has no known form.")


def _pack_word(word: Word) -> list[str | float]:
    box = word.box
    sides = (round(side, _DECIMALS) for side in (box.left, box.top, box.right, box.bottom))
    return [word.text, *sides, round(word.confidence, _DECIMALS)]


def _refusal(facts: Mapping[str, Any]) -> Refusal:
    return Refusal(
        code=str(facts["code"]), sentence=str(facts["sentence"]), hint=str(facts["hint"]), settings=facts["settings"] is True
    )


def _document(facts: Mapping[str, Any]) -> Document:
    return Document(media_type=str(facts["media_type"]), pages=tuple(_page(*page) for page in facts["pages"]))


def _page(number: int, width: float, height: float, source: str, lines: list[list[list[Any]]]) -> Page:
    return Page(
        number=int(number),
        width=float(width),
        height=float(height),
        lines=tuple(Line(words=tuple(_word(word) for word in line)) for line in lines),
        source=TextSource(source),
    )


def _word(facts: list[Any]) -> Word:
    text, left, top, right, bottom, confidence = facts
    box = Box(left=float(left), top=float(top), right=float(right), bottom=float(bottom))
    return Word(text=str(text), box=box, confidence=float(confidence))
