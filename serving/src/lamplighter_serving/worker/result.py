"""The result of a job as JSON: what the worker writes, the API returns and the page reads. Pure; see the OpenAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..engines.base import EngineFacts
from ..extract.outcome import FieldValue, Outcome

#: Scores and seconds carry no meaning beyond the third decimal place.
DECIMALS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseSeconds:
    """How long a job took by phase (`metrics.JOB_PHASES`): from when it could be leased, until its answer stood."""

    wait: float
    read: float
    extract: float


def result_json(outcome: Outcome, engine: EngineFacts, seconds: PhaseSeconds) -> Mapping[str, object]:
    """The result. Lengths are points, the origin is the page's top left corner."""
    return {
        "data": outcome.data,
        "fields": [_field(value) for value in outcome.fields],
        "pages": [{"number": number, "width": width, "height": height} for number, width, height in outcome.page_sizes],
        "usage": {"prompt_tokens": outcome.prompt_tokens, "completion_tokens": outcome.completion_tokens},
        "engine": {"name": engine.name, "model": engine.model},
        "seconds": {
            "wait": round(seconds.wait, DECIMALS),
            "read": round(seconds.read, DECIMALS),
            "extract": round(seconds.extract, DECIMALS),
        },
        "notes": list(outcome.notes),
    }


def _field(value: FieldValue) -> Mapping[str, object]:
    box = value.box
    return {
        "path": value.path,
        "value": value.value,
        "page": value.page,
        "box": None if box is None else [box.left, box.top, box.right, box.bottom],
        "text": value.text,
        "score": round(value.score, DECIMALS),
        "prior": _rounded(value.prior),
        "model": _rounded(value.model),
    }


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, DECIMALS)
