"""Both clients over the network's worst moments, and over the real gateway: they do the same."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.client import ApiError, AsyncClient, Client, GatewayAway, JobEnded, Result
from lamplighter_serving.client.calls import MOST_PAUSE_SECONDS, pause_seconds
from serving.client.canned import JOB, RESULT, result_or

Handle = Callable[[httpx.Request], httpx.Response]
Extract = Callable[..., Result]


def by_waiting(document: Path, handle: Handle, **more: Any) -> Result:
    with Client("http://gateway", "ll_key", transport=httpx.MockTransport(handle), **more) as client:
        return client.extract(document, extractor="invoice")


def by_awaiting(document: Path, handle: Handle, **more: Any) -> Result:
    async def run() -> Result:
        async with AsyncClient("http://gateway", "ll_key", transport=httpx.MockTransport(handle), **more) as client:
            return await client.extract(document, extractor="invoice")

    return asyncio.run(run())


@pytest.fixture(params=[by_waiting, by_awaiting])
def extract(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Extract:
    monkeypatch.setattr("lamplighter_serving.client.calls.FIRST_PAUSE_SECONDS", 0.001)
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text("Faktura")
    return path


def test_a_document_becomes_its_data_with_the_place_of_each_value(extract: Extract, document: Path) -> None:
    states = iter(["queued", "running", "done"])

    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer ll_key"
        return result_or(request, JOB if request.url.path.endswith("/result") else JOB | {"state": next(states)})

    result = extract(document, handle)
    assert result.data == {"total": 1}
    assert (result.fields[0].path, result.fields[0].box) == ("/total", (1, 2, 3, 4))
    assert result.whole == RESULT


def test_a_submission_whose_answer_was_lost_is_sent_again_under_the_same_key(extract: Extract, document: Path) -> None:
    keys = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            keys.append(request.headers["idempotency-key"])
            if len(keys) == 1:
                raise httpx.ReadError("lost", request=request)
            if len(keys) == 2:
                return httpx.Response(503, json={}, headers={"retry-after": "0"})
        return result_or(request, JOB)

    assert extract(document, handle).data == {"total": 1}
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_a_gateway_that_never_answers_is_an_error_when_patience_is_over(extract: Extract, document: Path) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(GatewayAway, match=r"did not answer for 0\.01 s"):
        extract(document, handle, patience_seconds=0.01)


def test_a_refusal_is_not_tried_again_and_has_its_code_and_way_out(extract: Extract, document: Path) -> None:
    problem = {"code": "document-too-large", "detail": "It has too many bytes.", "hint": "Split it."}
    with pytest.raises(ApiError, match="It has too many bytes") as refusal:
        extract(document, lambda _: httpx.Response(413, content=json.dumps(problem)))
    assert (refusal.value.status, refusal.value.code, refusal.value.hint) == (413, "document-too-large", "Split it.")


def test_a_job_that_failed_is_an_error_with_its_problem(extract: Extract, document: Path) -> None:
    problem = {"code": "document-empty", "sentence": "It has no page.", "hint": ""}
    with pytest.raises(JobEnded, match="It has no page") as ended:
        extract(document, lambda _: httpx.Response(200, json=JOB | {"state": "failed", "problem": problem}))
    assert (ended.value.job_id, ended.value.state, ended.value.code) == ("7", "failed", "document-empty")


def test_what_is_not_of_our_api_is_an_error_and_no_traceback(extract: Extract, document: Path) -> None:
    with pytest.raises(GatewayAway, match="no JSON of ours"):
        extract(document, lambda _: httpx.Response(200, text="<html>Welcome</html>"))


@given(st.integers(1, 60), st.sampled_from([None, 429, 502, 503]), st.text(max_size=5))
def test_a_pause_is_never_negative_and_never_long(tries: int, status: int | None, retry_after: str) -> None:
    response = None if status is None else httpx.Response(status)
    if response is not None:
        response.headers["retry-after"] = retry_after.encode("ascii", "ignore").decode()
    pause = pause_seconds(response, tries)
    assert pause is not None
    assert 0 <= pause <= MOST_PAUSE_SECONDS
