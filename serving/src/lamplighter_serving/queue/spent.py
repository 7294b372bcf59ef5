"""What a job took of its worker, read from the result that the worker wrote: the part of usage that is known at the end."""

from collections.abc import Mapping
from dataclasses import dataclass

from .job import JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """Tokens read and written, and seconds of reading and extraction."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    work_seconds: float = 0.0


def spent(result: JsonObject) -> Spent:
    """What the result says in `usage` and `seconds`; nothing where it says nothing."""
    usage, seconds = _object(result.get("usage")), _object(result.get("seconds"))
    return Spent(
        prompt_tokens=int(_number(usage.get("prompt_tokens"))),
        completion_tokens=int(_number(usage.get("completion_tokens"))),
        work_seconds=_number(seconds.get("read")) + _number(seconds.get("extract")),
    )


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float:
    return max(0.0, float(value)) if isinstance(value, (int, float)) else 0.0
