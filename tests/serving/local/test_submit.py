"""The client over the network's worst moments; the gateway here is a list of what it answers."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from lamplighter_serving.local.submit import TRIES, Answer, Client, GatewayAway

JOB = {"id": "7", "created_at": "2026-03-01T08:00:00.5Z", "finished_at": "2026-03-01T08:00:02Z", "problem": None}
RESULT = {"data": {"total": 1}, "seconds": {"wait": 0.1, "read": 0.2, "extract": 0.3}}


def answer(tmp_path: Path, handle: Callable[[httpx.Request], httpx.Response]) -> Answer:
    document = tmp_path / "a.txt"
    document.write_text("Faktura")

    async def run() -> Answer:
        async with Client("http://gateway", "ll_key", transport=httpx.MockTransport(handle), retry_seconds=0.0) as client:
            return await client.answer(document, "invoice")

    return asyncio.run(run())


def test_an_answer_has_the_data_the_phases_and_the_time_by_the_databases_clock(tmp_path: Path) -> None:
    states = iter(["queued", "running", "done"])

    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer ll_key"
        if request.url.path.endswith("/result"):
            return httpx.Response(200, json=RESULT)
        return httpx.Response(202 if request.method == "POST" else 200, json=JOB | {"state": next(states)})

    done = answer(tmp_path, handle)
    assert (done.name, done.state, done.data, done.seconds) == ("a.txt", "done", {"total": 1}, 1.5)
    assert (done.wait_seconds, done.read_seconds, done.extract_seconds) == (0.1, 0.2, 0.3)


def test_a_submission_whose_answer_was_lost_is_sent_again_under_the_same_key(tmp_path: Path) -> None:
    keys = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            keys.append(request.headers["idempotency-key"])
            if len(keys) == 1:
                raise httpx.ReadError("lost", request=request)
            if len(keys) == 2:
                return httpx.Response(503, json={})
        return httpx.Response(200, json=RESULT if request.url.path.endswith("/result") else JOB | {"state": "done"})

    assert answer(tmp_path, handle).state == "done"
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_a_gateway_that_never_answers_is_an_error_after_all_tries(tmp_path: Path) -> None:
    tries = []

    def handle(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(GatewayAway, match="did not answer"):
        answer(tmp_path, handle)
    assert len(tries) == TRIES


def test_a_document_that_the_gateway_refuses_has_its_reason(tmp_path: Path) -> None:
    problem = {"code": "document-too-large", "detail": "It has too many bytes.", "hint": "Split it."}
    refused = answer(tmp_path, lambda _: httpx.Response(413, content=json.dumps(problem)))
    assert (refused.state, refused.problem) == ("refused", "document-too-large: It has too many bytes. Split it.")


def test_a_job_that_failed_has_its_problem(tmp_path: Path) -> None:
    problem = {"code": "document-empty", "sentence": "It has no page.", "hint": ""}
    failed = answer(tmp_path, lambda _: httpx.Response(200, json=JOB | {"state": "failed", "problem": problem}))
    assert (failed.state, failed.problem, failed.data) == ("failed", "document-empty: It has no page.", None)
