"""Every error is a problem document (RFC 9457), whichever route and whatever mistake, and repeats nothing of the request."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.requests import Request

from lamplighter_serving.errors import LamplighterError
from lamplighter_serving.gateway.problems import problem_response, respond_to_error
from serving.gateway.described import DOCUMENT, METHODS, operations, parameters
from serving.gateway.forms import submit
from serving.gateway.running import RunningGateway

CANARY = "canary-6f1d"
#: Streams do not end; tests of events look at theirs.
ANSWERED = [
    pytest.param(path, method, id=f"{method} {path}")
    for path, method, operation in operations()
    if "text/event-stream" not in operation["responses"].get("200", {}).get("content", {})
]
AUTHORIZATIONS = (None, "", "Bearer", "Bearer nonsense", "Basic dXNlcjpwYXNz", f"Bearer ll_abcdefgh_{'x' * 43}")
NO_JOBS = (str(uuid4()), "7", CANARY, "%00", "..%2f..", "a" * 3000, "é", "{}", "'--")
NO_PAGES = ("0", "-1", "x", "1.5", "٣", "9999999", "100001", "9" * 400, "%2e%2e")
KEYED = [
    pytest.param(path, method, id=f"{method} {path}") for path, method, operation in operations() if "security" not in operation
]
WITH_JOB = [pytest.param(path, method, id=f"{method} {path}") for path, method, _ in operations() if "{job_id}" in path]
WRONG = [
    pytest.param(path, method, id=f"{method} {path}")
    for path, item in DOCUMENT["paths"].items()
    for method in METHODS
    if method not in item and method not in ("head", "trace")
]


def filled(path: str, job_id: str = "") -> str:
    return path.replace("{job_id}", job_id or str(uuid4())).replace("{number}", "1")


def problem(response: httpx.Response) -> Mapping[str, Any]:
    """The problem document of an answer, checked against RFC 9457's members and against the answer's status line."""
    assert response.headers["content-type"].startswith("application/problem+json")
    document: Mapping[str, Any] = response.json()
    assert document["status"] == response.status_code
    assert document["type"] == f"urn:lamplighter:problem:{document['code']}"
    assert document["title"]
    assert document["detail"].endswith(".")
    return document


@pytest.mark.parametrize(("path", "method"), KEYED)
def test_request_without_a_good_key_is_401(gateway: RunningGateway, path: str, method: str) -> None:
    client = gateway.client(None)
    for authorization in AUTHORIZATIONS:
        headers = {} if authorization is None else {"authorization": authorization}
        response = client.request(method, filled(path), headers=headers)
        assert response.status_code == 401
        assert problem(response)["code"] in ("key-missing", "key-unknown")
        assert response.headers["www-authenticate"].startswith('Bearer realm="lamplighter"')
        assert "x" * 43 not in response.text


@pytest.mark.parametrize(("path", "method"), WRONG)
def test_wrong_method_is_405_and_names_the_right_ones(client: httpx.Client, path: str, method: str) -> None:
    response = client.request(method, filled(path))
    assert response.status_code == 405
    assert problem(response)["code"] == "method-not-allowed"
    allowed = {name.strip().lower() for name in response.headers["allow"].split(",")}
    assert allowed - {"head"} == set(DOCUMENT["paths"][path]) & set(METHODS)


@pytest.mark.parametrize(("path", "method"), WITH_JOB)
def test_id_of_no_job_is_404(client: httpx.Client, path: str, method: str) -> None:
    for job_id in NO_JOBS:
        response = client.request(method, filled(path, job_id))
        assert response.status_code == 404
        assert problem(response)["code"] in ("job-not-found", "route-not-found")
        assert CANARY not in response.text


def test_number_of_no_page_is_404(client: httpx.Client) -> None:
    job_id = submit(client).json()["id"]
    for number in NO_PAGES:
        response = client.get(f"/v1/jobs/{job_id}/pages/{number}.png")
        assert (response.status_code, problem(response)["code"]) == (404, "page-not-found")


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/jobs/", "/v2/jobs", f"/{CANARY}", "/v1//jobs", "/%00", "/healthz/"])
def test_path_of_nothing_is_404_and_never_a_redirect(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, problem(response)["code"]) == (404, "route-not-found")
    assert CANARY not in response.text


def test_mistakes_of_a_form_do_not_come_back_in_the_answer(client: httpx.Client) -> None:
    answers = [
        submit(client, extractor=CANARY),
        submit(client, schema=CANARY),
        submit(
            client,
            schema=f'{{"type": "object", "properties": {{"a": {{"type": "string", "default": NaN, "title": "{CANARY}"}}}}}}',
        ),
        submit(client, priority=CANARY, extractor="invoice"),
        submit(client, **{CANARY: "x"}),
        submit(client, headers={"idempotency-key": CANARY * 30}, extractor="invoice"),
        client.get("/v1/jobs", params={"limit": CANARY}),
        client.get("/v1/jobs", params={"state": CANARY}),
        client.get(f"/v1/jobs/{uuid4()}", params={"wait": CANARY}),
    ]
    for answer in answers:
        assert answer.status_code >= 400
        assert CANARY not in problem(answer).values()
        assert CANARY not in answer.text


@pytest.mark.parametrize(("path", "method"), ANSWERED)
def test_every_answer_has_the_headers_that_keep_it_private(client: httpx.Client, path: str, method: str) -> None:
    headers = client.request(method, filled(path)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "server" not in headers


def test_request_id_of_a_client_is_taken_over_when_it_is_plain(client: httpx.Client) -> None:
    assert client.get("/healthz", headers={"x-request-id": "trace-17"}).headers["x-request-id"] == "trace-17"
    for forged in ("a b", "x" * 65, '"}\\n{"'):
        assert client.get("/healthz", headers={"x-request-id": forged}).headers["x-request-id"] != forged
    ids = {client.get("/healthz").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


def test_failure_of_our_own_is_500_without_a_word_of_why(gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError(CANARY)

    client = gateway.client()
    monkeypatch.setattr(gateway.parts.lampboard, "lamps", fail)
    response = client.get("/v1/lamps")
    assert (response.status_code, problem(response)["code"]) == (500, "internal-error")
    assert CANARY not in response.text
    assert response.headers["x-request-id"] in response.json()["hint"]
    assert response.headers["x-content-type-options"] == "nosniff"


def test_error_of_ours_that_has_no_status_of_its_own_is_500() -> None:
    response = respond_to_error(Request({"type": "http", "path": "/"}), LamplighterError("Something else."))
    assert response.status_code == 500


def test_further_members_stand_beside_the_standard_ones() -> None:
    assert b'"limit_bytes": 7' in problem_response(413, "document-too-large", "Too large.", extras={"limit_bytes": 7}).body


def test_header_parameters_are_all_known_to_the_tests() -> None:
    headers = {name for path, _, operation in operations() for name in parameters(path, operation, "header")}
    assert headers == {"Idempotency-Key", "Last-Event-ID"}  # test_idempotency, test_job_events
