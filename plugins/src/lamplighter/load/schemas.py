"""JSON Schema (draft-07) over merged values: each violation as a finding with its line, and for a near miss what was meant.

LL601 is a key nobody knows, LL602 a value of the wrong kind, out of its bounds, or missing.
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft7Validator, validators
from jsonschema.exceptions import ValidationError

from ..findings import Finding, Path, Places, path_text

UNKNOWN_KEY = "LL601"
BAD_VALUE = "LL602"

#: Longest part of a value that a message repeats.
SHOWN_CHARACTERS = 60

_KINDS = {"object": "a map", "array": "a list", "string": "text", "integer": "a whole number", "number": "a number"}
_KINDS |= {"boolean": "true or false", "null": "null"}


def _pattern(_validator: Any, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    """As Helm takes it: in Python `$` also matches before a last line break, in Go it does not."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator = validators.extend(Draft7Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def check_schema(schema: Mapping[str, Any], data: Mapping[str, Any], places: Places) -> list[Finding]:
    """All violations."""
    return [finding for error in _Validator(schema).iter_errors(data) for finding in _findings(error, places)]


def _findings(error: ValidationError, places: Places) -> Iterator[Finding]:
    path: Path = tuple(error.absolute_path)
    instance: Any = error.instance
    if error.validator == "additionalProperties" and isinstance(error.schema, dict):
        known = sorted(error.schema.get("properties", {}))
        for key in sorted(key for key in instance if key not in known):
            sentence = f"{path_text((*path, key))} is not known"
            yield places.error(UNKNOWN_KEY, (*path, key), sentence, _meant(key, known))
    elif "propertyNames" in error.schema_path:
        key = str(instance)
        sentence = f'the name "{key}" in {path_text(path) or "the file"} does not match {error.validator_value}'
        change = "Use small letters, digits and hyphens."
        yield places.error(BAD_VALUE, (*path, key), sentence, change)
    else:
        yield places.error(BAD_VALUE, path, *_sentence(error, path))


def _meant(key: str, known: list[str]) -> str:
    if near := difflib.get_close_matches(key, known, n=1, cutoff=0.6):
        return f"Did you mean {near[0]}?"
    return f"Known here: {', '.join(known)}." if known else "No key may stand here."


def _sentence(error: ValidationError, path: Path) -> tuple[str, str]:
    """What is wrong, and the way out."""
    instance: Any = error.instance
    name, shown, limit = path_text(path) or "the file", _shown(instance), _text(error.validator_value)
    match error.validator:
        case "required":
            missing = [str(key) for key in _list(error.validator_value) if key not in instance]
            sentence, change = f"{name} lacks {', '.join(missing)}", f"Set {path_text((*path, missing[0]))}."
        case "type":
            kinds = " or ".join(_KINDS[str(kind)] for kind in _list(error.validator_value))
            sentence, change = f"{name} is {shown}, which is not {kinds}", f"Write {kinds}."
        case "enum":
            allowed = [str(choice) for choice in _list(error.validator_value)]
            near = difflib.get_close_matches(str(instance), allowed, n=1)
            sentence = f"{name} is {shown}, which is not one of {', '.join(allowed)}"
            change = f"Did you mean {near[0]}?" if near else ""
        case "minimum" | "exclusiveMinimum":
            sentence, change = f"{name} is {shown}, below its least, {limit}", f"Set at least {limit}."
        case "maximum":
            sentence, change = f"{name} is {shown}, above its most, {limit}", f"Set at most {limit}."
        case "minLength" | "minProperties":
            sentence, change = f"{name} is empty", "Set it, or leave the key out where it may be."
        case "maxProperties":
            sentence, change = f"{name} has {len(instance)} entries; this version takes {limit}", "Split it into several."
        case "uniqueItems":
            sentence, change = f"{name} holds an entry twice", "Keep one."
        case _:
            sentence, change = f"{name} is {shown}, which does not satisfy {error.validator} {limit}", ""
    return sentence, change


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _text(value: object) -> str:
    return value if isinstance(value, str) else _shown(value)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
