"""One job as its tenant reads it: state, waiting for the end, result."""

import threading
import time
import uuid
from datetime import timedelta

import httpx
import pytest

from lamplighter_serving.queue.job import Problem
from serving.gateway.forms import submitted
from serving.gateway.running import DEADLINE_SECONDS, RunningGateway, wait_until

RESULT = {
    "data": {"total": 12.0, "naïve": "čeština"},
    "fields": [
        {
            "path": "/total",
            "value": 12.0,
            "page": 1,
            "box": [1.0, 2.0, 3.0, 4.0],
            "text": "12.00",
            "score": 0.9,
            "prior": 0.8,
            "model": None,
        }
    ],
    "pages": [{"number": 1, "width": 595.0, "height": 842.0}],
    "seconds": {"wait": 0.1, "read": 0.2, "extract": 0.3},
}
PROBLEM = Problem(code="document-damaged", sentence="The document cannot be read.", hint="Save it again.")


def test_job_shows_each_state_it_goes_through(gateway: RunningGateway, client: httpx.Client) -> None:
    path = f"/v1/jobs/{submitted(client)}"
    assert client.get(path).json()["state"] == "queued"
    lease = gateway.lease()
    running = client.get(path).json()
    assert (running["state"], running["attempt"], running["finished_at"]) == ("running", 1, None)
    gateway.run(gateway.store.complete(lease, RESULT))
    done = client.get(path).json()
    assert (done["state"], done["problem"]) == ("done", None)
    assert done["created_at"] <= done["started_at"] <= done["finished_at"]


def test_job_shows_nothing_of_its_request_its_tenant_and_its_lease(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client, extractor="invoice", instructions="our secret supplier")
    gateway.lease()
    text = client.get(f"/v1/jobs/{job_id}").text
    assert "our secret supplier" not in text
    assert not {"tenant", "request", "fence", "holder", "lease_expires_at"} & client.get(f"/v1/jobs/{job_id}").json().keys()


def test_result_is_there_once_the_job_is_done(gateway: RunningGateway, client: httpx.Client) -> None:
    path = f"/v1/jobs/{submitted(client)}/result"
    early = client.get(path)
    assert (early.status_code, early.json()["code"], early.json()["state"]) == (409, "job-not-done", "queued")
    gateway.run(gateway.store.complete(gateway.lease(), RESULT))
    assert client.get(path).json() == RESULT


def test_result_of_a_failed_job_says_why(gateway: RunningGateway, client: httpx.Client) -> None:
    path = f"/v1/jobs/{submitted(client)}/result"
    gateway.run(gateway.store.fail(gateway.lease(), PROBLEM))
    answer = client.get(path).json()
    assert (answer["status"], answer["code"], answer["state"]) == (409, "job-failed", "failed")
    assert PROBLEM.sentence in answer["detail"]
    assert answer["hint"] == PROBLEM.hint
    assert answer["problem"]["code"] == PROBLEM.code


def test_result_of_a_dead_job_says_why(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    for _ in range(5):
        gateway.run(gateway.store.retry(gateway.lease(), PROBLEM, delay=timedelta()))
    answer = client.get(f"/v1/jobs/{job_id}/result").json()
    assert (answer["code"], answer["state"]) == ("job-failed", "dead")
    assert client.get(f"/v1/jobs/{job_id}").json()["attempt"] == 5


def test_result_of_a_cancelled_job_is_told_apart(client: httpx.Client) -> None:
    job_id = submitted(client)
    client.delete(f"/v1/jobs/{job_id}")
    assert client.get(f"/v1/jobs/{job_id}/result").json()["code"] == "job-cancelled"


@pytest.mark.parametrize("end", ["", "/result", "/events", "/pages/1.png"])
def test_job_of_another_tenant_is_not_there(gateway: RunningGateway, client: httpx.Client, end: str) -> None:
    job_id = submitted(client)
    mine, theirs = (c.get(f"/v1/jobs/{i}{end}") for c, i in ((client, uuid.uuid4()), (gateway.client("other"), job_id)))
    assert (theirs.status_code, theirs.json()["code"]) == (404, "job-not-found")
    assert theirs.json().keys() == mine.json().keys()  # nothing tells a foreign job from none
    assert theirs.json()["detail"].replace(str(job_id), "") == mine.json()["detail"].replace(mine.url.path.split("/")[3], "")


def test_waiting_ends_with_the_job(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    answers: list[httpx.Response] = []
    waiter = threading.Thread(target=lambda: answers.append(client.get(f"/v1/jobs/{job_id}?wait=60s")))
    waiter.start()
    wait_until(lambda: gateway.held() == 1)
    lease = gateway.lease()  # a change that is not the end
    gateway.run(gateway.store.record(lease, "running", {}))
    begin = time.monotonic()
    gateway.run(gateway.store.complete(lease, RESULT))
    waiter.join(DEADLINE_SECONDS)
    assert answers[0].json()["state"] == "done"
    assert time.monotonic() - begin < 5  # far below the minute it would have waited
    assert gateway.held() == 0


def test_waiting_for_an_ended_job_answers_at_once(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    client.delete(f"/v1/jobs/{job_id}")
    assert client.get(f"/v1/jobs/{job_id}?wait=60s", timeout=10).json()["state"] == "cancelled"


def test_waiting_ends_with_its_time(client: httpx.Client) -> None:
    job_id = submitted(client)
    assert client.get(f"/v1/jobs/{job_id}?wait=50ms").json()["state"] == "queued"
    for nothing in ("0", "0s", "0.0m", "00"):
        assert client.get(f"/v1/jobs/{job_id}", params={"wait": nothing}).json()["state"] == "queued"


def test_many_may_wait_at_once(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    answers: list[str] = []
    clients = [gateway.client() for _ in range(20)]

    def wait(one: httpx.Client) -> None:
        answers.append(one.get(f"/v1/jobs/{job_id}?wait=60s").json()["state"])

    threads = [threading.Thread(target=wait, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    wait_until(lambda: gateway.held() == len(clients))
    client.delete(f"/v1/jobs/{job_id}")
    for thread in threads:
        thread.join(DEADLINE_SECONDS)
    assert answers == ["cancelled"] * len(clients)


def test_client_that_hangs_up_is_not_waited_for(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    with pytest.raises(httpx.ReadTimeout):
        client.get(f"/v1/jobs/{job_id}?wait=60s", timeout=0.1)
    wait_until(lambda: gateway.held() == 0)


@pytest.mark.parametrize("wait", ["", "30", "-1s", "1y", "s", "1e9s", "30 s s", "nan", "9" * 500 + "s"])
def test_wait_that_is_no_duration_is_refused(client: httpx.Client, wait: str) -> None:
    response = client.get(f"/v1/jobs/{uuid.uuid4()}", params={"wait": wait})
    assert (response.status_code, response.json()["code"], response.json()["parameter"]) == (400, "query-invalid", "wait")
