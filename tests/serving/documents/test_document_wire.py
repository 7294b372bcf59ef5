"""What parent and child say to each other survives the way; what a hijacked child might say does not get in."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.documents import wire
from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.page import Box, Document, Line, Page, TextSource, Word
from lamplighter_serving.documents.wire import ProtocolError, Refusal, Task

hundredths = st.integers(0, 100_000).map(lambda number: number / 100)
boxes = st.builds(Box, left=hundredths, top=hundredths, right=hundredths, bottom=hundredths)
words = st.builds(
    Word,
    text=st.text(st.characters(codec="utf-8"), min_size=1),
    box=boxes,
    confidence=st.integers(0, 100).map(lambda n: n / 100),
)
lines = st.builds(Line, words=st.lists(words, min_size=1, max_size=3).map(tuple))
pages = st.builds(
    Page,
    number=st.integers(1, 200),
    width=st.floats(1, 14_400),
    height=st.floats(1, 14_400),
    lines=st.lists(lines, max_size=3).map(tuple),
    source=st.sampled_from(TextSource),
)
media_types = st.sampled_from(["application/pdf", "text/plain"])
documents = st.builds(Document, media_type=media_types, pages=st.lists(pages, max_size=3).map(tuple))


@given(documents)
def test_a_document_arrives_as_it_was_sent(document: Document) -> None:
    assert wire.unpack_answer(wire.pack_document(document)) == document


def test_a_task_arrives_as_it_was_sent() -> None:
    task = Task(limits=DocumentLimits(max_pages=7), languages="ces", page_number=2, width_pixels=900)

    assert wire.unpack_task(wire.pack_task(task)) == task


def test_a_refusal_arrives_as_it_was_sent() -> None:
    refusal = Refusal(code="document-damaged", sentence="It is broken.", hint="Mend it.")

    assert wire.unpack_answer(wire.pack_refusal(refusal)) == refusal


def test_half_a_surrogate_pair_of_a_text_layer_does_not_stop_a_document() -> None:
    word = Word(text="a\ud800b", box=Box(left=0, top=0, right=1, bottom=1))
    page = Page(number=1, width=1, height=1, lines=(Line(words=(word,)),), source=TextSource.TEXT_LAYER)

    answer = wire.unpack_answer(wire.pack_document(Document(media_type="application/pdf", pages=(page,))))

    assert isinstance(answer, Document)
    assert answer.pages[0].lines[0].text == "a?b"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"[]",
        b"7",
        b"{}",
        b'{"picture": "yes"}',
        b'{"refusal": {"code": "x"}}',
        b'{"document": {"media_type": "x", "pages": [[1, 2]]}}',
        b'{"document": {"media_type": "x", "pages": [[1, 2, 3, "guess", []]]}}',
        json.dumps({"document": {"media_type": "x", "pages": [[1, 2, 3, "ocr", [[["a", "b", 1, 1, 1, 1]]]]]}}).encode(),
        b"[" * 100_000,
    ],
)
def test_an_answer_of_another_form_is_refused(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        wire.unpack_answer(payload)


@given(st.binary(max_size=200))
def test_no_bytes_of_a_child_raise_anything_else(payload: bytes) -> None:
    with suppress(ProtocolError):
        wire.unpack_answer(payload)
