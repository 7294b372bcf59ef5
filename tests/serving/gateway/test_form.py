"""The form reader against any way a body may be cut, against python-multipart's own form parser, and against nonsense."""

import asyncio
import io
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_multipart import parse_form
from python_multipart.multipart import Field, File

from lamplighter_serving.gateway.form import FIELD_BYTES, Form, FormReader, boundary_of
from lamplighter_serving.gateway.problems import RequestRefused
from lamplighter_serving.gateway.spool import Spool
from serving.gateway.forms import BOUNDARY, FORM_TYPE, body, document_part, field, part

MOST_BYTES = 100_000

#: Contents that look like what they must not be taken for.
contents = st.one_of(
    st.binary(max_size=300),
    st.lists(
        st.sampled_from([b"\r", b"\n", b"-", b"--", BOUNDARY, b"\r\n--" + BOUNDARY[:-1], b"\r\n\r\n", b"x"]), max_size=12
    ).map(b"".join),
).filter(lambda content: b"\r\n--" + BOUNDARY not in b"\r\n" + content)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
forms = st.fixed_dictionaries({"document": contents}, optional=dict.fromkeys(FIELD_BYTES, texts))


def written(form: Mapping[str, bytes | str]) -> bytes:
    """The form on the wire. Boundaries inside texts are cut out."""
    parts = []
    for name, content in form.items():
        raw = content if isinstance(content, bytes) else content.encode()
        parts.append(document_part(raw) if name == "document" else field(name, raw.replace(BOUNDARY, b"")))
    return body(*parts)


def read(content: bytes, cuts: tuple[int, ...] = ()) -> tuple[Form, bytes]:
    """Form and document of a body that comes in pieces, cut at these places."""
    edges = sorted({0, len(content), *(cut % (len(content) + 1) for cut in cuts)})
    with Spool(None) as spool:
        reader = FormReader(BOUNDARY, spool, max_document_bytes=MOST_BYTES)
        for start, end in pairwise(edges):
            reader.write(content[start:end])
        form = reader.form()
        document = asyncio.run(spool.content())
    assert isinstance(document, bytes)  # a small one
    return form, document


def read_or_refusal(content: bytes, cuts: tuple[int, ...] = ()) -> tuple[Form, bytes] | tuple[int, str]:
    try:
        return read(content, cuts)
    except RequestRefused as refused:
        return refused.status, refused.code


@given(form=forms, cuts=st.lists(st.integers(0, 10_000), max_size=30).map(tuple))
def test_any_cut_gives_what_python_multipart_reads_in_one_piece(form: Mapping[str, bytes | str], cuts: tuple[int, ...]) -> None:
    content = written(form)
    fields: dict[str, bytes] = {}
    documents: list[bytes] = []

    def on_field(found: Field) -> None:
        fields[(found.field_name or b"").decode()] = found.value or b""

    def on_file(found: File) -> None:
        found.file_object.seek(0)
        documents.append(found.file_object.read())

    parse_form({"Content-Type": FORM_TYPE.encode()}, io.BytesIO(content), on_field, on_file)
    got, document = read(content, cuts)
    assert {name: text.encode() for name, text in got.fields.items()} == fields
    assert [document] == documents


def test_every_single_byte_may_come_alone() -> None:
    content = written({"document": b"\r\n--\r\n" + BOUNDARY[:-1], "extractor": "invoice", "priority": "7"})
    assert read(content, tuple(range(len(content)))) == read(content)


@settings(max_examples=150)
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.lists(
            st.sampled_from(
                [
                    b"--" + BOUNDARY,
                    b"--" + BOUNDARY + b"--",
                    b"\r\n",
                    b"\n",
                    b"Content-Disposition: form-data",
                    b'; name="document"',
                    b'; name="extractor"',
                    b'; filename="a',
                    b"; filename*=utf-8''%E2%82%AC",
                    b"; name",
                    b"; =",
                    b'; name="',
                    b": ",
                    b"\xff",
                    b"\0",
                    b"x",
                    b"\t",
                ]
            ),
            max_size=20,
        ).map(b"".join),
    ),
    cuts=st.lists(st.integers(0, 400), max_size=8).map(tuple),
)
@example(content=body(part(b"", b"form-data; name=\"document\"; filename*=utf-8''%E2%82%AC")), cuts=())
@example(content=body(part(b"", b'form-data; name="document"; name="extractor"')), cuts=())
@example(content=body(part(b"", b'form-data; name="document"', b"Content-Disposition: form-data")), cuts=())
def test_nonsense_gives_a_form_or_a_refusal_and_nothing_else(content: bytes, cuts: tuple[int, ...]) -> None:
    assert read_or_refusal(content, cuts) == read_or_refusal(content)


@given(form=forms, place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_one_wrong_byte_gives_a_form_or_a_refusal_and_nothing_else(
    form: Mapping[str, bytes | str], place: int, byte: int
) -> None:
    content = bytearray(written(form))
    content[place % len(content)] = byte
    read_or_refusal(bytes(content))


@given(form=forms, end=st.integers(0, 10_000))
def test_body_cut_off_is_never_a_form(form: Mapping[str, bytes | str], end: int) -> None:
    content = written(form)
    whole = len(content) - len(b"\r\n")  # the line end behind the closing boundary may be missing
    with pytest.raises(RequestRefused, match="before its closing boundary"):
        read(content[: end % whole])


@given(text=st.one_of(st.text(max_size=80), st.text("multipart/form-data; boundary=\"*'\\,", max_size=80)))
@example("multipart/form-data; boundary*=utf-8''x")
@example("multipart/form-data; boundary=x; boundary=y")
def test_any_content_type_gives_a_boundary_or_a_refusal(text: str) -> None:
    content_type = text.encode("latin-1", "replace").decode("latin-1")
    with suppress(RequestRefused):
        assert 1 <= len(boundary_of(content_type)) <= 70


@given(size=st.integers(0, 3000), limit=st.integers(0, 3000), cuts=st.lists(st.integers(0, 5000), max_size=5).map(tuple))
def test_document_is_refused_exactly_above_its_limit(size: int, limit: int, cuts: tuple[int, ...]) -> None:
    content = body(document_part(b"x" * size))
    edges = sorted({0, len(content), *(cut % len(content) for cut in cuts)})
    expectation = pytest.raises(RequestRefused, match=f"may have {limit} bytes") if size > limit else nullcontext()
    with Spool(None) as spool:
        reader = FormReader(BOUNDARY, spool, max_document_bytes=limit)
        with expectation:
            for start, end in pairwise(edges):
                reader.write(content[start:end])
        assert spool.size_bytes <= limit
