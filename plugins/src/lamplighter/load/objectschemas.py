"""Rendered objects against the schemas of Kubernetes and of the operators' CRDs (data/kubernetes, by a script from both).

Argo CD applies the sound objects of a commit when the API server refuses one; so they are compared before anything is printed.
LL615 is an object that it would refuse. A kind without a schema is one too: nobody could say whether it is right.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from ..findings import Finding, Place, Severity, path_text
from .manifests import RenderedObject

REFUSED = "LL615"
#: Longest part of an object that a message repeats.
SHOWN_CHARACTERS = 60


def check_objects(objects: tuple[RenderedObject, ...], chart: str) -> Iterator[Finding]:
    """What the API server would refuse, with the template it comes from. `chart` is the chart's folder, for the way there."""
    for thing in objects:
        validator = _validator(thing.api_version, thing.kind)
        if validator is None:
            sentence = f"{thing.name_text} is of {thing.api_version or 'no apiVersion'}, whose schema is not known"
            change = "Leave it out; kinds that are known: " + ", ".join(sorted(known_kinds())) + "."
            yield _finding(thing, chart, "", sentence, change)
            continue
        for error in validator.iter_errors(thing.data):
            yield _finding(thing, chart, path_text(tuple(error.absolute_path)), *_said(thing, error))


@functools.cache
def known_kinds() -> frozenset[str]:
    """`apps/v1 Deployment`, and so on."""
    own = {_kind_text(entry["group"], entry["version"], entry["kind"]) for entry in _kubernetes()["kinds"]}
    files = [entry.name.removesuffix(".json") for entry in _folder().iterdir() if entry.name.count("_") == 2]
    return frozenset(own | {_kind_text(*name.split("_")) for name in files})


@functools.cache
def _validator(api_version: str, kind: str) -> Draft7Validator | None:
    for entry in _kubernetes()["kinds"]:
        if _kind_text(entry["group"], entry["version"], entry["kind"]) == f"{api_version} {kind}":
            whole = {"$ref": f"#/definitions/{entry['definition']}", "definitions": _kubernetes()["definitions"]}
            return Draft7Validator(whole)
    if f"{api_version} {kind}" not in known_kinds():
        return None
    data = json.loads((_folder() / f"{api_version.replace('/', '_')}_{kind}.json").read_bytes())
    return Draft7Validator(data["schema"])


@functools.cache
def _kubernetes() -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads((_folder() / "kubernetes.json").read_bytes())
    return data


def _folder() -> Any:
    return resources.files("lamplighter").joinpath("data/kubernetes")


def _kind_text(group: str, version: str, kind: str) -> str:
    return f"{group}/{version} {kind}" if group else f"{version} {kind}"


def _said(thing: RenderedObject, error: ValidationError) -> tuple[str, str]:
    """What is wrong, and the way out. Values are not repeated for a Secret."""
    where = path_text(tuple(error.absolute_path)) or "the object"
    source = _source(thing)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict) and isinstance(error.schema, dict):
        extra = sorted(set(map(str, error.instance)) - set(error.schema.get("properties", {})))
        return f"{thing.name_text}: {where} has {', '.join(extra)}, which {source} does not know", "Correct the template."
    shown = "its value" if thing.kind == "Secret" else _shown(error.instance)
    if error.validator == "required":
        wanted: Any = error.validator_value
        missing = [key for key in wanted if key not in error.instance]  # type: ignore[operator]
        return f"{thing.name_text}: {where} lacks {', '.join(missing)}, which {source} wants", "Correct the template."
    sentence = f"{thing.name_text}: {where} is {shown}; {source} wants {error.validator} {_shown(error.validator_value)}"
    return sentence, "Correct the value, or the template that takes it."


def _source(thing: RenderedObject) -> str:
    file = _folder() / f"{thing.api_version.replace('/', '_')}_{thing.kind}.json"
    return str((json.loads(file.read_bytes()) if file.is_file() else _kubernetes())["source"])


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _finding(thing: RenderedObject, chart: str, path: str, sentence: str, change: str) -> Finding:
    # Helm names a template by the chart's name; the folder may be called otherwise.
    file = f"{chart}/{thing.template.partition('/')[2]}" if thing.template else chart
    place = Place(file=file, line=1)
    return Finding(code=REFUSED, severity=Severity.ERROR, place=place, path=path, sentence=sentence, change=change)
