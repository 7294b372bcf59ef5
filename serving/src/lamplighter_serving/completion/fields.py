"""Fields that bodies have in common, checked. Everything raises `EngineRefused`, naming the field and what it may be."""

from collections.abc import Mapping, Set
from reprlib import repr as short
from typing import Any

from ..errors import EngineRefused
from .facts import ApiObject

#: Fields that change nothing here.
IGNORED = frozenset({"model", "user", "store", "metadata", "service_tier", "prompt_cache_key", "safety_identifier"})
#: Further fields of decoding, passed on to the engine as they are.
SAMPLING = frozenset({"top_p", "stop", "presence_penalty", "frequency_penalty"})
#: The API's own bound of stop words.
MOST_STOPS = 4


def object_of(body: object, *, model: str, read: Set[str], only: Mapping[str, object]) -> dict[str, Any]:
    """The body as an object for `model` whose fields are all served. `only` are fields with the one value that is."""
    if not isinstance(body, dict):
        raise EngineRefused("The body is not a JSON object.", hint='Send {"model": …, …}.')
    for field, value in body.items():
        if field in only and value not in (None, only[field]):
            raise EngineRefused(f"{field} is {short(value)}.", hint=f"This endpoint serves {field}: {only[field]!r} alone.")
        if field not in only and field not in IGNORED and field not in read and value is not None:
            raise EngineRefused(f"{short(field)[1:-1]} is not served here.", hint=f"Served are: {', '.join(sorted(read))}.")
    if body.get("model") not in (None, model):
        raise EngineRefused(f"The model {short(body['model'])} is not served here.", hint=f"Served is {model!r}.")
    return body


def number(body: Mapping[str, Any], field: str, kind: type[int] | type[float]) -> int | float | None:
    """A number from 0, None when it is left out."""
    value = body.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, kind)) or not value >= 0:
        raise EngineRefused(
            f"{field} is {short(value)}.", hint=f"It is {'a whole number' if kind is int else 'a number'} from 0."
        )
    return value


def sampling(body: Mapping[str, Any]) -> ApiObject:
    """The fields of `SAMPLING` that are given, checked."""
    given = {field: body[field] for field in sorted(SAMPLING) if body.get(field) is not None}
    stop = given.get("stop")
    if stop is not None:
        stops = [stop] if isinstance(stop, str) else stop
        if not isinstance(stops, list) or len(stops) > MOST_STOPS or not all(isinstance(each, str) and each for each in stops):
            raise EngineRefused(f"stop is {short(stop)}.", hint=f"It is a text or a list of at most {MOST_STOPS} texts.")
        given["stop"] = stops
    for field, least, most in (("top_p", 0.0, 1.0), ("presence_penalty", -2.0, 2.0), ("frequency_penalty", -2.0, 2.0)):
        value = given.get(field)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise EngineRefused(f"{field} is {short(value)}.", hint=f"It is a number from {least:g} to {most:g}.")
        if field == "top_p" and value == 0:
            raise EngineRefused("top_p is 0.", hint="No token would be left; temperature 0 takes the likeliest.")
    return given


def schema(value: Any) -> ApiObject | None:
    """The JSON Schema that a `response_format` asks for, None when it asks for text."""
    kind = value.get("type") if isinstance(value, dict) else None
    if value is None or kind == "text":
        return None
    if kind == "json_object":
        return {"type": "object"}
    wrapper = value.get("json_schema") if kind == "json_schema" else None
    found = wrapper.get("schema") if isinstance(wrapper, dict) else None
    if not isinstance(found, dict):
        raise EngineRefused(
            "response_format holds no schema.", hint='Send {"type": "json_schema", "json_schema": {"schema": …}}.'
        )
    return found
