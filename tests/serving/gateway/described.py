"""Holds answers of the gateway to its openapi.json: path, method, status, media type, headers and body."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from lamplighter_serving.gateway.app import OPENAPI

DOCUMENT: Mapping[str, Any] = json.loads(OPENAPI.read_bytes())
METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
#: What the server may answer to any request, so the document does not repeat it for each: a path or a method that is not
#: there, a head it does not take, and its own failure.
ANYWHERE = frozenset({400, 404, 405, 408, 431, 500})
PROBLEM = "application/problem+json"
#: The page's own files are no part of the API.
_PAGE = re.compile(r"/|/page/.*")


def operations() -> list[tuple[str, str, Mapping[str, Any]]]:
    """Path template, method in lower case and operation, for all operations."""
    return [(path, method, item[method]) for path, item in DOCUMENT["paths"].items() for method in METHODS if method in item]


def parameters(path: str, operation: Mapping[str, Any], place: str) -> Mapping[str, Mapping[str, Any]]:
    """The parameters of an operation that stand in `place` (path, query, header), by name."""
    given = [*DOCUMENT["paths"][path].get("parameters", []), *operation.get("parameters", [])]
    resolved = [_resolve(parameter) for parameter in given]
    return {parameter["name"]: parameter for parameter in resolved if parameter["in"] == place}


def check_response(response: httpx.Response) -> None:
    """An event hook of httpx. Raises `AssertionError` with what the document does not say."""
    check(response.request.method, response.request.url.path, response)


def check(method: str, path: str, response: httpx.Response) -> None:
    """Raises `AssertionError` when the answer is not one that the document describes."""
    if _PAGE.fullmatch(path) and response.status_code in (200, 304):
        return
    answer = _described(method.lower(), path, response.status_code)
    if response.status_code == 204:
        return
    kind = response.headers["content-type"].partition(";")[0]
    assert kind in answer["content"], f"{method} {path}: {response.status_code} has type {kind}, not {list(answer['content'])}"
    for name in answer.get("headers", {}):
        assert name.lower() in response.headers, f"{method} {path}: {response.status_code} lacks the header {name}"
    if kind.endswith("json") and method != "HEAD":
        response.read()
        check_value(response.json(), answer["content"][kind]["schema"])


def check_value(value: object, schema: Mapping[str, Any] | str) -> None:
    """Raises `AssertionError` when a value does not satisfy a schema of the document; a text names one of its components."""
    if isinstance(schema, str):
        schema = {"$ref": f"#/components/schemas/{schema}"}
    error = best_match(_validator(json.dumps(schema)).iter_errors(value))
    assert error is None, f"{error.json_path}: {error.message}"


def _described(method: str, path: str, status: int) -> Mapping[str, Any]:
    template = next((template for template in DOCUMENT["paths"] if _pattern(template).fullmatch(path)), None)
    answers = DOCUMENT["paths"].get(template, {}).get("get" if method == "head" else method, {}).get("responses", {})
    if str(status) in answers:
        return _resolve(answers[str(status)])
    assert status in ANYWHERE, f"{method.upper()} {path}: openapi.json does not know the status {status}"
    return {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _resolve(node: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = DOCUMENT
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)))


@cache
def _validator(schema: str) -> Draft202012Validator:
    # With the components beside it, the document's own references resolve.
    whole = {**json.loads(schema), "components": DOCUMENT["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())
