"""A worker that stands still past its lease: its job goes to another one, and what it brings afterwards is refused."""

from datetime import UTC, datetime

import pytest

from reliability import invoices
from reliability.client import PatientClient
from reliability.fleet import Fleet
from reliability.member import wait_until

pytestmark = pytest.mark.kill

#: Of every call of the engine; a job takes two such times. The first worker is paused while its engine works, and when it goes
#: on it brings its answer before the second one does.
FIRST_SECONDS, SECOND_SECONDS = 2.0, 4.0
#: After its start a job's document has been read and its engine is at work.
READ_SECONDS = 1.0


def test_late_write_of_a_paused_worker_is_refused_and_the_worker_works_on(database_url: str) -> None:
    first_catalog = invoices.catalog(model="first", extract={"delaySeconds": FIRST_SECONDS})
    second_catalog = invoices.catalog(model="second", extract={"delaySeconds": SECOND_SECONDS})
    with Fleet(database_url, first_catalog) as fleet:
        fleet.start(gateways=1, workers=1)
        (first,) = fleet.workers
        with PatientClient(fleet.addresses, fleet.key) as client:
            job_id = client.submit(invoices.document(1), "1.txt", invoices.EXTRACTOR)
            wait_until("the engine works", lambda: _running_seconds(client, job_id) > READ_SECONDS)
            first.pause()
            second = fleet.add_worker("second", catalog=second_catalog)
            wait_until("the second worker has the job", lambda: client.get(f"/v1/jobs/{job_id}")["attempt"] == 2)
            first.resume()
            wait_until("the first worker notices", lambda: bool(first.events("lease-lost") or first.events("write-refused")))
            assert client.wait(job_id)["state"] == "done"
            result = client.result(job_id)
            assert (result["engine"]["model"], result["data"]) == ("second", invoices.answer(1))
            assert second.stop() == 0
            # The first one works on, and the job it lost stays as the second one left it.
            next_id = client.submit(invoices.document(2), "2.txt", invoices.EXTRACTOR)
            assert client.wait(next_id)["state"] == "done"
            assert client.result(next_id)["engine"]["model"] == "first"
            assert client.result(job_id) == result
            assert [event["kind"] for event in client.follow(job_id)] == ["queued", "running", "retry", "running", "done"]
        assert set(fleet.stop().values()) == {0}
        assert fleet.leftovers() == []


def _running_seconds(client: PatientClient, job_id: str) -> float:
    began = client.get(f"/v1/jobs/{job_id}")["started_at"]
    return 0.0 if began is None else (datetime.now(UTC) - datetime.fromisoformat(began)).total_seconds()
