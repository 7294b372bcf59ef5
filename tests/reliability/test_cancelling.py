"""Jobs cancelled while workers work on them: nothing of them is ever published."""

import httpx
import psycopg
import pytest

from reliability import invoices
from reliability.client import PatientClient
from reliability.fleet import Fleet

pytestmark = pytest.mark.kill

JOBS = 8
#: Long enough that a running job is still running when its cancellation arrives.
DELAY_SECONDS = 1.0


def test_cancelled_running_job_is_never_published(database_url: str) -> None:
    with Fleet(database_url, invoices.catalog(extract={"delaySeconds": DELAY_SECONDS})) as fleet:
        fleet.start(gateways=2, workers=2)
        with PatientClient(fleet.addresses, fleet.key) as client:
            job_ids = [client.submit(invoices.document(n), f"{n}.txt", invoices.EXTRACTOR) for n in range(JOBS)]
            cancelled, kept = job_ids[::2], job_ids[1::2]
            for job_id in cancelled:
                client.wait_for_state(job_id, "running")
                answer = client.request("DELETE", f"/v1/jobs/{job_id}")
                assert (answer.status_code, answer.json()["state"]) == (httpx.codes.OK, "cancelled")
            # All others done, and the workers gone after finishing what they held: whatever was to come has come.
            assert [client.wait(job_id)["state"] for job_id in kept] == ["done"] * len(kept)
            assert [worker.stop() for worker in fleet.workers] == [0, 0]
            for job_id in cancelled:
                assert [event["kind"] for event in client.follow(job_id)] == ["queued", "running", "cancelled"]
                refused = client.request("GET", f"/v1/jobs/{job_id}/result")
                assert (refused.status_code, refused.json()["code"]) == (httpx.codes.CONFLICT, "job-cancelled")
        assert set(fleet.stop().values()) == {0}
        assert fleet.leftovers() == []
        noticed = [worker.events(name) for worker in fleet.workers for name in ("lease-lost", "write-refused")]
        assert {event["job"] for events in noticed for event in events} == set(cancelled)
    with psycopg.connect(database_url) as connection:
        published = {str(row[0]) for row in connection.execute("SELECT job_id FROM results")}
    assert published == set(kept)
