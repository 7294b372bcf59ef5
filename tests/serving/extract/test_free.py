"""The baseline in which the model writes by itself."""

import asyncio

import pytest

from lamplighter_serving.errors import ExtractionFailed
from lamplighter_serving.extract.outcome import Outcome
from lamplighter_serving.extract.request import parse_request
from lamplighter_serving.extract.run import extract
from serving.extract.opinionated import OpinionatedEngine, document

SCHEMA = {
    "type": "object",
    "properties": {
        "number": {"type": ["string", "null"]},
        "supplier": {"type": "object", "properties": {"name": {"type": ["string", "null"]}}},
        "dates": {"type": "array", "items": {"type": "string"}},
    },
}


def run(text: str, engine: OpinionatedEngine) -> Outcome:
    return asyncio.run(extract(document(text), parse_request({"schema": SCHEMA, "mode": "free"}), engine))


def test_what_the_model_wrote_is_the_answer_and_has_a_place_where_the_document_says_it() -> None:
    engine = OpinionatedEngine(writes=[{"number": "F-17", "supplier": {"name": "Nobody"}}])
    outcome = run("Faktura č. F-17\n", engine)
    assert outcome.data == {"number": "F-17", "supplier": {"name": "Nobody"}}
    assert {field.path: field.page for field in outcome.fields} == {"/number": 1, "/supplier/name": None}
    assert (outcome.prompt_tokens, outcome.completion_tokens) == (100, 7)


def test_a_long_document_is_read_in_windows_and_the_first_that_says_a_value_wins() -> None:
    # 640 tokens of context less the answer's and the schema's leave room for about a hundred: twenty lines of five tokens.
    engine = OpinionatedEngine(
        context_tokens=640,
        writes=[
            {"number": None, "dates": []},
            "cut off {",
            {"number": "B-2", "supplier": {"name": "B"}},
            *([{"number": "C"}] * 9),
        ],
    )
    outcome = run("one two three four\n" * 60, engine)
    assert len(engine.prompts) > 2
    assert outcome.data == {"number": "B-2", "dates": [], "supplier": {"name": "B"}}


def test_a_schema_longer_than_the_context_fails_with_both_numbers() -> None:
    with pytest.raises(ExtractionFailed, match="of the context of 300"):
        run("one\n", OpinionatedEngine(context_tokens=300))


def test_an_answer_outside_the_schema_fails() -> None:
    with pytest.raises(ExtractionFailed, match="satisfies the schema"):
        run("one\n", OpinionatedEngine(writes=[{"number": 17}]))
