"""openapi.json against the code, both ways: routes, bounds, and that it is a document others can read."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.routing import Route

from lamplighter_serving.gateway.app import all_routes
from lamplighter_serving.gateway.keys import SCOPES
from serving.gateway.described import DOCUMENT, operations, parameters
from serving.gateway.running import RunningGateway

BOUNDED = [
    (path, name, parameter["schema"])
    for path, method, operation in operations()
    for name, parameter in parameters(path, operation, "query").items()
    if method == "get" and "minimum" in parameter["schema"]
]


def test_every_route_is_in_the_document_and_every_operation_has_a_route(gateway: RunningGateway) -> None:
    routes = {
        (route.path.replace(":path", ""), method.lower())
        for route in all_routes(gateway.parts)
        if isinstance(route, Route) and route.path != "/" and not route.path.startswith("/page/")
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert routes == {(path, method) for path, method, _ in operations()}


def test_document_is_served_as_it_stands(client: httpx.Client) -> None:
    assert client.get("/openapi.json").json() == DOCUMENT


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))


def test_every_component_is_a_valid_schema_and_is_used() -> None:
    used = set(references(DOCUMENT))
    for kind, components in DOCUMENT["components"].items():
        for name, component in components.items():
            if kind == "schemas":
                Draft202012Validator.check_schema(component)
            if kind not in ("securitySchemes",) and name != "Event":  # the data of a stream, which no schema can name
                assert f"#/components/{kind}/{name}" in used, f"{kind}/{name} is used nowhere"


def references(node: Any) -> list[str]:
    if isinstance(node, Mapping):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in references(value)]
    return [found for value in node for found in references(value)] if isinstance(node, list) else []


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        node: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


@pytest.mark.parametrize(("path", "name", "schema"), BOUNDED, ids=[f"{path}?{name}" for path, name, _ in BOUNDED])
def test_documented_bounds_of_a_query_are_those_of_the_code(
    gateway: RunningGateway, path: str, name: str, schema: Mapping[str, Any]
) -> None:
    client = gateway.client(scopes=SCOPES)
    job = client.post("/v1/jobs", files={"document": ("a.txt", b"text")}, data={"extractor": "invoice"}).json()
    path = path.replace("{job_id}", job["id"]).replace("{number}", "1")
    for value in (schema["minimum"], schema["maximum"]):
        assert client.get(path, params={name: value}).status_code == 200
    for value in (schema["minimum"] - 1, schema["maximum"] + 1):
        refusal = client.get(path, params={name: value})
        assert (refusal.status_code, refusal.json()["parameter"]) == (400, name)


def test_documented_bounds_of_the_form_are_those_of_the_code(client: httpx.Client) -> None:
    operation = DOCUMENT["paths"]["/v1/jobs"]["post"]
    fields = operation["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]

    def send(**more: str) -> str:
        files = {"document": ("a.txt", b"text")}
        answer = client.post("/v1/jobs", files=files, data={"extractor": "invoice", **more})
        return answer.json().get("code", "")

    for value in (fields["priority"]["minimum"], fields["priority"]["maximum"]):
        assert send(priority=str(value)) == ""
    for value in (fields["priority"]["minimum"] - 1, fields["priority"]["maximum"] + 1):
        assert send(priority=str(value)) == "priority-invalid"
    assert send(instructions="x" * fields["instructions"]["maxLength"]) == ""
    assert send(instructions="x" * (fields["instructions"]["maxLength"] + 1)) == "field-too-large"
    assert send(schema=" " * (fields["schema"]["maxLength"] + 1)) == "field-too-large"


def test_picture_of_no_page_is_described(client: httpx.Client) -> None:
    assert client.get(f"/v1/jobs/{uuid4()}/pages/0.png").status_code == 404  # the client checks the rest
