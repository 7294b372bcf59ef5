"""serving/SCHEMA.md says what the code does: its tables, its numbers, its examples."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from lamplighter_serving.errors import SchemaRefused
from lamplighter_serving.extract.candidates.find import find_candidates
from lamplighter_serving.extract.request import parse_request
from lamplighter_serving.extract.run import extract
from lamplighter_serving.extract.schema import parse as schema
from lamplighter_serving.extract.schema import pattern, references
from lamplighter_serving.extract.schema.keywords import ANNOTATIONS, FORMATS, KEYWORDS
from lamplighter_serving.extract.schema.parse import parse_schema
from lamplighter_serving.gateway.problems import respond_to_error
from serving.extract.layout import view_of_rows
from serving.extract.opinionated import OpinionatedEngine, document
from serving.extract.schemas import with_property

PAGE = (Path(__file__).parents[3] / "serving" / "SCHEMA.md").read_text("utf-8")

#: A schema of each type to put a keyword into, and for each keyword something it may hold.
TYPED: dict[str, dict[str, Any]] = {
    "object": {"type": "object", "properties": {"b": {"type": "string"}}},
    "array": {"type": "array", "items": {"type": "string"}},
    **{kind: {"type": kind} for kind in ("string", "number", "integer", "boolean")},
}
HOLDS: dict[str, Any] = {
    "properties": {"b": {"type": "number"}},
    "required": ["b"],
    "additionalProperties": True,
    "items": {"type": "number"},
    "uniqueItems": True,
    "format": "date",
    "pattern": "^a$",
    **dict.fromkeys(["minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum"], 1),
    **dict.fromkeys(["exclusiveMinimum", "exclusiveMaximum", "multipleOf"], 1),
    **dict.fromkeys(["deprecated", "readOnly", "writeOnly"], True),
    **dict.fromkeys(["$schema", "$id", "$comment", "title", "description", "default"], "urn:x"),
    "examples": ["x"],
}
OF_TYPE: dict[str, Any] = {"string": "x", "number": 1.5, "integer": 1, "boolean": True}

LIMITS = {
    "Bytes of the schema": schema.MAX_SCHEMA_BYTES,
    "Values asked for, a list counting as its columns": schema.MAX_LEAVES,
    "Objects within each other": schema.MAX_DEPTH,
    "Values of an `enum`": schema.MAX_ENUM_VALUES,
    "Characters of a property's name": schema.MAX_NAME_CHARACTERS,
    "Characters of a `pattern`": pattern.MAX_PATTERN_CHARACTERS,
    "Nesting of the JSON, references followed": references.MAX_NESTING,
    "Objects and lists once references are replaced": references.MAX_PARTS,
    "Values of any kind in them": references.MAX_VALUES,
}


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def table(title: str) -> list[tuple[str, ...]]:
    """The rows of a section's first table, without its heading."""
    rows = [line for line in section(title).splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows[2:]]


def blocks(kind: str, text: str = PAGE) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.M | re.S)


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_every_keyword_of_the_table_is_accepted_and_no_other_is() -> None:
    listed = {kind: set(quoted(words)) for kinds, words in table("Types and their keywords") for kind in quoted(kinds)}
    assert listed == {kind: set(keywords) - {"type"} for kind, keywords in KEYWORDS.items()}
    for kind, keywords in listed.items():
        for keyword in keywords:
            held = {"enum": [OF_TYPE.get(kind)], "const": OF_TYPE.get(kind), **HOLDS}[keyword]
            parse_schema(with_property({**TYPED[kind], keyword: held}))


def test_every_annotation_of_the_page_is_accepted_everywhere() -> None:
    listed = quoted(section("Types and their keywords").split("These may stand anywhere")[1].split(":")[1].split(". ")[0])
    assert set(listed) == ANNOTATIONS
    for typed in TYPED.values():
        parse_schema(with_property({**typed, **{keyword: HOLDS[keyword] for keyword in listed}}))


def test_every_format_of_the_page_is_known() -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith("- `format` may be"))
    assert set(quoted(line)[1:]) == FORMATS


def test_every_limit_of_the_page_is_the_codes() -> None:
    assert {what: int(most) for what, most in table("Limits")} == LIMITS
    assert f"up to\n  {pattern.MAX_TEXT} characters" in PAGE


@pytest.mark.parametrize(("written", "value"), table("How values are written in the answer"))
def test_every_value_is_read_as_the_page_says(written: str, value: str) -> None:
    found = find_candidates(view_of_rows(f"Údaj:  {written}"), lambda _: False)
    assert json.loads(value.strip("`")) in [candidate.value for candidate in found]


@pytest.mark.parametrize("text", blocks("json schema"))
def test_every_schema_of_the_page_is_taken(text: str) -> None:
    parse_schema(json.loads(text))


def test_the_refusal_of_the_page_is_what_the_gateway_answers() -> None:
    (refused,), (problem,) = blocks("json refused"), blocks("json problem")
    with pytest.raises(SchemaRefused) as caught:
        parse_schema(json.loads(refused))
    response = respond_to_error(Request({"type": "http", "path": "/v1/jobs"}), caught.value)
    assert json.loads(bytes(response.body)) == json.loads(problem)
    assert response.status_code == json.loads(problem)["status"]


@pytest.mark.parametrize("example", ["Example: an invoice", "Example: a contract"])
def test_every_example_of_the_page_gives_its_answer(example: str) -> None:
    ((asked,), (text,), (answer,)) = (
        blocks(kind, section(example)) for kind in ("json schema", "text document", "json answer")
    )
    request = parse_request({"schema": json.loads(asked), "ablation": "prior"})
    outcome = asyncio.run(extract(document(text), request, OpinionatedEngine()))
    assert outcome.data == json.loads(answer)


def test_everything_the_page_calls_refused_is() -> None:
    text = section("What a refusal looks like").split("Refused are also")[1]
    keywords = quoted(text.split(")")[0])
    assert len(keywords) > 4
    for keyword in keywords:
        with pytest.raises(SchemaRefused):
            parse_schema(with_property({"type": "string", keyword: {}}))
