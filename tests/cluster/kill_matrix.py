"""Sixty-four documents while the workers of one release on a real node come to an end, in one way after the other.

The image, the pods and the scaling are the real ones; the engine is scripted, so that a run takes a minute. One run gives
facts; what they must be is said in test_workers_die.py, which also writes them into docs/reliability.md.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from cluster.deaths import Death
from cluster.real_node import RealNode
from cluster.trial import Trial
from reliability import invoices
from reliability.audit import Account, account, rows
from reliability.client import PatientClient
from reliability.member import wait_until

JOBS = 64
REPLICAS = 2
#: Enough for a job to lose its worker in each of two replicas' lives, and then some.
ATTEMPTS = 10
#: A worker that has been killed more than once is started again later and later; the kubelet's longest pause here is 40 s.
LIT_WITHIN_SECONDS = 120
_ENTRY = invoices.catalog()
VALUES = {
    "workers": {
        "extract": {
            "models": {
                "smollm2-135m-instruct": {"engine": "scripted", "engineOptions": {"delaySeconds": 0.3, "trust": None}},
            },
            "resources": {"requests": {"cpu": "500m", "memory": "768Mi"}, "limits": {"memory": "1536Mi"}},
            "scale": {
                "max": REPLICAS,
                "jobsPerReplica": 8,
                "cooldownSeconds": 120,
                "maxJobSeconds": 60,
                "maxAttempts": ATTEMPTS,
            },
        }
    },
    "extractors": {invoices.EXTRACTOR: {**_ENTRY["extractors"][invoices.EXTRACTOR], "worker": "extract"}},
}
COLUMNS = (
    "what happens, once a job is done",
    "acknowledged",
    "jobs",
    "done",
    "done events",
    "right answers",
    "results in the database",
    "attempts lost with a worker",
    "most attempts of a job",
    "seconds",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeFacts:
    """What one run saw. `rows` are those that the database gained."""

    acknowledged: int
    account: Account
    rows: Mapping[str, int]
    seconds: float


def run(lit: RealNode, release: Trial, name: str, death: Death) -> NodeFacts:
    """Submits the documents as a tenant of their own, and ends every worker once a job is done. The release is quiet before."""
    before = rows(release.database_url)
    began = time.monotonic()
    with PatientClient([release.address], release.new_key(name)) as client:
        submitted = {
            client.submit(invoices.document(number), f"{number}.txt", invoices.EXTRACTOR): number for number in range(JOBS)
        }
        light(release)
        first, *_ = submitted
        client.wait(first)
        death.bring(lit, release, release.worker_pods("--field-selector=status.phase=Running"))
        streams = {job_id: client.follow(job_id) for job_id in submitted}
        seconds = time.monotonic() - began
        found = account(client, submitted, streams)
    return NodeFacts(
        acknowledged=len(submitted),
        account=found,
        rows={key: count - before[key] for key, count in rows(release.database_url).items()},
        seconds=seconds,
    )


def light(release: Trial) -> None:
    """Waits until every replica that may be is lit."""

    def all_are_lit() -> bool:
        pods = release.worker_pods("--field-selector=status.phase=Running")
        return sum(pod["status"]["containerStatuses"][0]["ready"] for pod in pods) == REPLICAS

    wait_until("both workers are lit", all_are_lit, LIT_WITHIN_SECONDS)


def row(death: Death, facts: NodeFacts) -> tuple[object, ...]:
    """One line of the table."""
    seen = facts.account
    return (
        death.what,
        facts.acknowledged,
        seen.jobs,
        seen.done,
        seen.done_events,
        seen.right_answers,
        facts.rows["results"],
        seen.lost_attempts,
        seen.most_attempts,
        f"{facts.seconds:.0f}",
    )
