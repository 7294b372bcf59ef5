"""The baseline: the model writes the answer by itself, held to the schema by constrained decoding but not to the document.

Measured against the grounded way and never used for a job. Knows windows, because the model sees the text itself.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from jsonschema import Draft202012Validator

from ...documents.page import Document
from ...engines.base import Engine, Generate, Generation, Message
from ...errors import ExtractionFailed
from ..candidates.candidate import Candidate
from ..outcome import FieldValue, Outcome, Scalar
from ..request import ExtractionRequest
from ..scene.scene import read_scene
from ..schema.parse import FORMAT_CHECKER
from ..schema.pointer import pointer_step
from .windows import windows

#: Tokens kept for the answer.
ANSWER_TOKENS = 384
#: Tokens that the chat template and the sentences around the document take, beside the schema.
_AROUND_TOKENS = 96

_SYSTEM = "You read values from a document and write them as JSON. A value that the document does not say is null."


async def write_freely(document: Document, request: ExtractionRequest, engine: Engine) -> Outcome:
    """Lets the model write, window by window; the first that says a value wins. Raises `ExtractionFailed`, `EngineError`."""
    lines = [line.text for page in document.pages for line in page.lines]
    schema_text = json.dumps(request.schema.document, ensure_ascii=False)
    *costs, asked = await engine.count_tokens([*lines, schema_text + request.instructions])
    room = engine.facts.context_tokens - ANSWER_TOKENS - _AROUND_TOKENS - asked
    if room <= 0:
        raise ExtractionFailed(f"The schema alone takes {asked} tokens of the context of {engine.facts.context_tokens}.")
    answers: list[Mapping[str, object]] = []
    generations: list[Generation] = []
    for window in windows([cost + 1 for cost in costs], room):
        generation = await engine.generate(_request(request, schema_text, [lines[number] for number in window]))
        generations.append(generation)
        answers.extend(_parsed(generation))
    data = _merged(answers)
    if not Draft202012Validator(request.schema.document, format_checker=FORMAT_CHECKER).is_valid(data):
        raise ExtractionFailed("The model wrote no answer that satisfies the schema.")
    candidates = read_scene(document).candidates
    return Outcome(
        data=data,
        fields=tuple(_field(path, value, candidates) for path, value in _leaves(data, "")),
        page_sizes=tuple((page.number, page.width, page.height) for page in document.pages),
        prompt_tokens=sum(generation.prompt_tokens for generation in generations),
        completion_tokens=sum(generation.completion_tokens for generation in generations),
        notes=(f"free: {len(generations)} windows",),
    )


def _request(request: ExtractionRequest, schema_text: str, lines: Sequence[str]) -> Generate:
    content = "\n".join([request.instructions, "The document:", *lines, "", f"Answer with JSON of this schema: {schema_text}"])
    return Generate(
        messages=(Message(role="system", content=_SYSTEM), Message(role="user", content=content)),
        max_tokens=ANSWER_TOKENS,
        json_schema=request.schema.document,
    )


def _parsed(generation: Generation) -> Iterator[Mapping[str, object]]:
    """The answer, or nothing when it was cut off or is no object."""
    try:
        answer = json.loads(generation.text)
    except ValueError:
        return
    if isinstance(answer, dict):
        yield answer


def _merged(answers: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Of each property the first value that says something; objects are merged within."""
    merged: dict[str, object] = {}
    for name in dict.fromkeys(name for answer in answers for name in answer):
        values = [answer[name] for answer in answers if name in answer]
        objects = [value for value in values if isinstance(value, dict)]
        said = [value for value in values if value not in (None, "", [])]
        merged[name] = _merged(objects) if objects else next(iter(said), values[0])
    return merged


def _leaves(value: object, path: str) -> Iterator[tuple[str, Scalar]]:
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _leaves(child, path + pointer_step(name))
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from _leaves(child, path + pointer_step(number))
    elif value is None or isinstance(value, str | int | float):
        yield path, value


def _field(path: str, value: Scalar, candidates: Sequence[Candidate]) -> FieldValue:
    """Where the document says what the model wrote, if it does."""
    for candidate in candidates:
        if value is not None and value in (candidate.value, candidate.text):
            return FieldValue(path=path, value=value, page=candidate.page, box=candidate.box, text=candidate.text)
    return FieldValue(path=path, value=value)
