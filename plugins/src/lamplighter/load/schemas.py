"""JSON Schema (draft-07) over merged values: each violation as a finding with its line, and for a near miss what was meant.

LL601 is a key nobody knows, LL602 a value of the wrong kind, out of its bounds, or missing.
"""

import difflib
import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft7Validator, validators
from jsonschema.exceptions import ValidationError

from ..findings import Finding, Path, Places, path_text
from .values import Layer

UNKNOWN_KEY = "LL601"
BAD_VALUE = "LL602"

#: A letter too few in `num_hidden_layers` makes 0.97; `moe_intermediate_size` is another key than `intermediate_size`, at 0.89.
SLIP = 0.9

#: Longest part of a value that a message repeats.
SHOWN_CHARACTERS = 60

#: What vLLM, Kubernetes, KEDA and other charts call the same, in small letters without underscores, to our key.
FOREIGN_WORDS: Mapping[str, str] = {
    "gpu": "gpusPerReplica",
    "gpucount": "gpusPerReplica",
    "gpus": "gpusPerReplica",
    "requestgpu": "gpusPerReplica",
    "requestgpus": "gpusPerReplica",
    "gpumemoryutilization": "memoryFraction",
    "maxmodellen": "contextTokens",
    "contextlength": "contextTokens",
    "maxnumseqs": "concurrency",
    "minreplicas": "min",
    "minreplicacount": "min",
    "maxreplicas": "max",
    "maxreplicacount": "max",
    "nodepools": "gpuPools",
    "storageclass": "className",
    "storageclassname": "className",
    "terminationgraceperiodseconds": "maxJobSeconds",
    "url": "existingSecret",
}

_KINDS = {"object": "a map", "array": "a list", "string": "text", "integer": "a whole number", "number": "a number"}
_KINDS |= {"boolean": "true or false", "null": "null"}


def _pattern(_validator: Any, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    """As Helm takes it: in Python `$` also matches before a last line break, in Go it does not."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator = validators.extend(Draft7Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def check_schema(schema: Mapping[str, Any], data: Mapping[str, Any], places: Places) -> list[Finding]:
    """All violations."""
    return [finding for error in _Validator(schema).iter_errors(data) for finding in _findings(error, data, places)]


def check_layer(schema: Mapping[str, Any], layer: Layer) -> list[Finding]:
    """Violations of one file, which says only a part: nothing is missing from it, and what a later file covers up counts."""
    places = Places([(layer.file, layer.lines)])
    found = check_schema(_partial(schema), layer.data, places)
    return found or [*_config_slips(schema, layer, places), *_answer_slips(layer, places)]


@functools.cache
def _partial_text(text: str) -> Any:
    return json.loads(text, object_hook=_without_demands)


def _partial(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema without what it demands: `required`, least sizes of maps, and conditions that look at several keys."""
    found: Mapping[str, Any] = _partial_text(json.dumps(schema))
    return found


def _without_demands(node: dict[str, Any]) -> dict[str, Any]:
    # A property may be named `required`, as JSON Schema's own is in the schema of answers: that one is a map.
    demands: set[str] = {key for key in ("if", "then", "else", "allOf", "minProperties") if key in node}
    if isinstance(node.get("required"), list):
        demands.add("required")
    return {key: value for key, value in node.items() if key not in demands}


def _config_slips(schema: Mapping[str, Any], layer: Layer, places: Places) -> Iterator[Finding]:
    """LL601: a key of a model's config that looks like one that memory is computed from. Others are their makers' business."""
    known = list(schema.get("definitions", {}).get("model", {}).get("properties", {}).get("config", {}).get("properties", {}))
    models = layer.data.get("models")
    for name, entry in models.items() if isinstance(models, dict) else ():
        config = entry.get("config") if isinstance(entry, dict) else None
        if not isinstance(config, dict):
            continue
        for key in config:
            near = [] if key in known else [other for other in known if sorted(other) == sorted(key)]
            near = near or ([] if key in known else difflib.get_close_matches(key, known, n=1, cutoff=SLIP))
            if near and near[0] not in config:
                path = ("models", name, "config", key)
                yield places.error(UNKNOWN_KEY, path, f"{path_text(path)} is not known", f"Did you mean {near[0]}?")


def _answer_slips(layer: Layer, places: Places) -> Iterator[Finding]:
    """LL602: an extractor's schema that requires a property which it does not have."""
    todo: list[tuple[Any, Path]] = [(layer.data.get("extractors"), ("extractors",))]
    while todo:
        node, path = todo.pop()
        if isinstance(node, dict):
            todo += [(child, (*path, key)) for key, child in node.items()]
            required, properties = node.get("required"), node.get("properties")
            if isinstance(required, list) and isinstance(properties, dict):
                for index, name in enumerate(required):
                    if isinstance(name, str) and name not in properties:
                        at = (*path, "required", index)
                        sentence = f"{path_text(path)} requires {name}, but properties has no {name}"
                        yield places.error(BAD_VALUE, at, sentence, _meant(name, sorted(properties)))
        elif isinstance(node, list):
            todo += [(child, (*path, index)) for index, child in enumerate(node)]


def _findings(error: ValidationError, data: Mapping[str, Any], places: Places) -> Iterator[Finding]:
    if error.validator in ("anyOf", "oneOf") and error.context:
        error = max(error.context, key=lambda choice: len(choice.path))  # the choice that came furthest, not all of them
    path: Path = tuple(error.absolute_path)
    instance: Any = error.instance
    if error.validator == "additionalProperties" and isinstance(error.schema, dict):
        known = sorted(error.schema.get("properties", {}))
        for key in sorted(key for key in instance if key not in known):
            sentence = f"{path_text((*path, key))} is not known"
            yield places.error(UNKNOWN_KEY, (*path, key), sentence, _meant(key, known))
    elif error.validator is None:
        # `false` as the schema of a key: it has no meaning beside the others, a threshold of Prometheus with trigger push. The
        # library leaves that key out of the path.
        path = (*path, *_key_of(instance, data, path))
        sentence = f"{path_text(path)} has no meaning here: {path_text(path[:-1])} says another mode"
        yield places.error(BAD_VALUE, path, sentence, "Leave it out.")
    elif "propertyNames" in error.schema_path:
        key = str(instance)
        sentence = f'the name "{key}" in {path_text(path) or "the file"} does not match {error.validator_value}'
        change = "Use small letters, digits and hyphens."
        yield places.error(BAD_VALUE, (*path, key), sentence, change)
    else:
        yield places.error(BAD_VALUE, path, *_sentence(error, path))


def _key_of(value: object, data: Mapping[str, Any], path: Path) -> Path:
    """The key under which the map at `path` holds this very value."""
    at: Any = data
    for part in path:
        at = at[part]
    return next(((key,) for key, held in at.items() if held is value), ()) if isinstance(at, dict) else ()


def _meant(key: str, known: list[str]) -> str:
    other = FOREIGN_WORDS.get(key.replace("_", "").lower())
    if other in known:
        return f"Did you mean {other}?"
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
        case "pattern":
            examples = error.schema.get("examples", []) if isinstance(error.schema, dict) else []
            sentence = f"{name} is {shown}, which does not match {limit}"
            change = f"Write it like {' or '.join(str(example) for example in examples)}." if examples else ""
        case "const":
            sentence = f"{name} is {shown}, but beside the other values it must be {limit or 'empty'}"
            change = f"Set {limit}." if limit else "Leave one of the two out."
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
