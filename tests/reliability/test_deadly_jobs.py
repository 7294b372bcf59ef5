"""A job that ends every worker that takes it: it is given up after its attempts, and nobody else's work is."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from lamplighter_serving.engines.scripted import DIE_STATUS
from reliability import invoices
from reliability.client import FINAL, PatientClient
from reliability.deadly_worker import DEADLY
from reliability.fleet import Fleet
from reliability.member import Member, wait_until

pytestmark = pytest.mark.kill

TESTS = Path(__file__).parent.parent
ATTEMPTS = 3
OTHERS = 8
#: Of every call of the engine: a job takes longer than the rests of its neighbours differ, so it always has them beside it.
LONG_SECONDS = 4.0


def test_job_that_ends_every_worker_is_dead_after_its_attempts_and_others_are_done(database_url: str) -> None:
    catalog = invoices.catalog(attempts=ATTEMPTS, extract={"delaySeconds": 0.1}, deadly={"dieCall": 1})
    with Fleet(database_url, catalog) as fleet:
        fleet.add_gateway("gateway")
        fleet.add_worker("worker")
        deadly = fleet.add_worker("deadly", "deadly")
        fleet.wait_ready()
        with PatientClient(fleet.addresses, fleet.key) as client:
            job_id = client.submit(invoices.document(0), "deadly.txt", invoices.extractor("deadly"))
            others = [client.submit(invoices.document(n), f"{n}.txt", invoices.EXTRACTOR) for n in range(1, OTHERS + 1)]
            statuses = _restart_until_final(client, deadly, [job_id])
            job = client.get(f"/v1/jobs/{job_id}")
            assert (job["state"], job["attempt"], job["problem"]["code"]) == ("dead", ATTEMPTS, "worker-lost")
            assert statuses == [DIE_STATUS] * ATTEMPTS
            kinds = [event["kind"] for event in client.follow(job_id)]
            assert kinds == ["queued", "running", "retry", "running", "retry", "running", "dead"]
            refused = client.request("GET", f"/v1/jobs/{job_id}/result")
            assert (refused.status_code, refused.json()["problem"]["code"]) == (httpx.codes.CONFLICT, "worker-lost")
            assert [client.wait(other)["state"] for other in others] == ["done"] * OTHERS
        assert set(fleet.stop().values()) == {0}
        assert fleet.leftovers() == []


def test_jobs_beside_one_that_ends_every_worker_are_done(database_url: str) -> None:
    with Fleet(database_url, invoices.catalog(attempts=ATTEMPTS, extract={"delaySeconds": LONG_SECONDS})) as fleet:
        fleet.add_gateway("gateway")
        worker = fleet.add_worker(
            "worker",
            command=(sys.executable, "-m", "reliability.deadly_worker"),
            environment={"PYTHONPATH": os.pathsep.join((str(TESTS), os.environ.get("PYTHONPATH", "")))},
        )
        fleet.wait_ready()
        with PatientClient(fleet.addresses, fleet.key) as client:
            # As many as one worker holds: the three meet again and again.
            numbers = (DEADLY, 1, 2)
            job_ids = [client.submit(invoices.document(number), f"{number}.txt", invoices.EXTRACTOR) for number in numbers]
            _restart_until_final(client, worker, job_ids)
            assert [client.get(f"/v1/jobs/{job_id}")["state"] for job_id in job_ids] == ["dead", "done", "done"]
        assert set(fleet.stop().values()) == {0}
        assert fleet.leftovers() == []


def _restart_until_final(client: PatientClient, worker: Member, job_ids: Sequence[str]) -> list[int]:
    """Starts the worker again whenever it ended; the exit statuses it had."""
    statuses = []

    def final() -> bool:
        if not worker.alive:
            statuses.append(worker.wait_end())
            worker.start()
        return all(client.get(f"/v1/jobs/{job_id}")["state"] in FINAL for job_id in job_ids)

    wait_until("the jobs are final", final)
    return statuses
