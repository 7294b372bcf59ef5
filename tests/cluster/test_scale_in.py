"""The autoscaler takes a replica away: the idle one goes, and a busy one that is chosen finishes its jobs first."""

import json
import time
from typing import Any

import psycopg
import pytest

from cluster.deaths import allow
from cluster.kill_matrix import JOBS, REPLICAS, light
from cluster.real_node import RealNode
from cluster.trial import Trial
from lamplighter_serving.worker.deletion_cost import ANNOTATION
from reliability import invoices
from reliability.client import PatientClient
from reliability.member import wait_until

#: Amounts of a document. Each is one call of the engine, so a worker that has nothing else takes half a minute for it.
LONG = 200
#: Of a document that is done within maxJobSeconds though its worker has three.
SHORTER = 80
#: More than one worker leases at a time (two at work, one read ahead), so both have some.
ENOUGH_FOR_BOTH = 4
#: Whichever worker is faster takes a job; it is offered again until the younger one has it.
MOST_TRIES = 30
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def submit(client: PatientClient, amounts: int) -> str:
    """A job with so many amounts to find."""
    text = "\n".join(f"Amount {number}: {100.5 + number:.2f} EUR" for number in range(amounts)).encode()
    properties = {f"amount_{number}": {"type": ["number", "null"], "title": f"Amount {number}"} for number in range(amounts)}
    schema = {"type": "object", "additionalProperties": False, "required": [], "properties": properties}
    document = {"document": ("amounts.txt", text, "text/plain")}
    answer = client.request("POST", "/v1/jobs", files=document, data={"schema": json.dumps(schema)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def holder(release: Trial, job_id: str) -> str:
    """The pod that has the job, once one has it."""
    with psycopg.connect(release.database_url, autocommit=True) as connection:

        def held() -> str:
            row = connection.execute("SELECT holder FROM jobs WHERE id = %s", [job_id]).fetchone()
            return "" if row is None or row[0] is None else str(row[0])

        wait_until("a worker has the job", lambda: bool(held()))
        # worker-<host name>-<process>; a pod's host name is its own.
        return held().removeprefix("worker-").rpartition("-")[0]


def lit_pods(release: Trial) -> list[dict[str, Any]]:
    """Both workers, the older one first."""
    pods = release.worker_pods("--field-selector=status.phase=Running")
    return sorted(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))


def cost(release: Trial, pod: str) -> str:
    """What its end is said to cost."""
    return str(release.cluster.get("pod", pod, release.namespace)["metadata"].get("annotations", {}).get(ANNOTATION, "0"))


@pytest.fixture
def both(lit: RealNode, release: Trial) -> list[str]:
    """The names of both workers, the older one first, both idle."""
    with PatientClient([release.address], release.new_key(f"wake-{time.time_ns()}")) as client:
        jobs = [client.submit(invoices.document(number), f"{number}.txt", invoices.EXTRACTOR) for number in range(JOBS)]
        light(release)
        for job_id in jobs:
            client.follow(job_id)
    names = [pod["metadata"]["name"] for pod in lit_pods(release)]
    assert len(names) == REPLICAS
    wait_until("both are idle", lambda: [cost(release, name) for name in names] == ["0", "0"])
    return names


def test_the_idle_pod_goes_though_without_its_cost_the_busy_one_would(release: Trial, both: list[str]) -> None:
    # Of two that are alike in all else the younger one goes.
    older, younger = both
    with PatientClient([release.address], release.new_key("idle")) as client:
        for _ in range(MOST_TRIES):
            job_id = submit(client, LONG)
            if holder(release, job_id) == younger:
                break
            client.request("DELETE", f"/v1/jobs/{job_id}")
            client.wait(job_id)
        wait_until("the busy one says so", lambda: cost(release, younger) == "100")
        wait_until("the other one does not", lambda: cost(release, older) == "0")
        allow(release, 1)
        try:
            release.must("wait", "pod", older, "--for=delete", "--timeout=120s")
            assert [pod["metadata"]["name"] for pod in release.worker_pods()] == [younger]
            job = client.wait(job_id)
            assert (job["state"], job["attempt"]) == ("done", 1)
        finally:
            allow(release, REPLICAS)


def test_a_busy_pod_that_is_chosen_finishes_its_jobs_within_its_grace(release: Trial, both: list[str]) -> None:
    with PatientClient([release.address], release.new_key("busy")) as client:
        jobs = [submit(client, SHORTER) for _ in range(ENOUGH_FOR_BOTH)]
        assert {holder(release, job_id) for job_id in jobs} == set(both)
        allow(release, 1)
        try:
            release.wait_for_replicas(1, within_seconds=60)
            for job_id in jobs:
                job = client.wait(job_id)
                assert (job["state"], job["attempt"]) == ("done", 1)
        finally:
            allow(release, REPLICAS)
