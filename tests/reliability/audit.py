"""What became of a batch of jobs, asked of the API and of the database: two accounts that must agree.

Knows what a job may look like in the end, not what happened to the processes on the way.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from reliability.client import PatientClient
from reliability.invoices import answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A batch in numbers. `wrong` names each job that is not as it must be, and why."""

    jobs: int
    done: int
    done_events: int
    right_answers: int
    lost_attempts: int  # leases that ended with their worker
    most_attempts: int
    wrong: tuple[str, ...]


def account(client: PatientClient, submitted: Mapping[str, int], streams: Mapping[str, Sequence[Mapping[str, Any]]]) -> Account:
    """The batch `submitted` (job id to invoice number) as clients see it; `streams` are the events they followed."""
    listed = client.jobs()
    wrong = [f"{job['id']} was never acknowledged" for job in listed if job["id"] not in submitted]
    wrong += [f"{job_id} is lost" for job_id in submitted.keys() - {job["id"] for job in listed}]
    right = 0
    kinds: Counter[str] = Counter()
    for job in listed:
        events = streams.get(job["id"], ())
        kinds.update(event["kind"] for event in events)
        wrong += [f"{job['id']} {problem}" for problem in _problems(job, events)]
        result = client.get(f"/v1/jobs/{job['id']}/result")["data"] if job["state"] == "done" else None
        right += result == answer(submitted.get(job["id"], -1))
    return Account(
        jobs=len(listed),
        done=sum(job["state"] == "done" for job in listed),
        done_events=kinds["done"],
        right_answers=right,
        lost_attempts=kinds["retry"],
        most_attempts=max((job["attempt"] for job in listed), default=0),
        wrong=tuple(wrong),
    )


def _problems(job: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> list[str]:
    sequences = [event["sequence"] for event in events]
    kinds = Counter(event["kind"] for event in events)
    found = []
    if job["state"] != "done":
        found.append(f"is {job['state']}: {job['problem']}")
    if kinds["done"] != 1:
        found.append(f"has {kinds['done']} done events")
    if sequences != sorted(set(sequences)):
        found.append(f"told its events out of order or twice: {sequences}")
    if kinds["running"] != kinds["retry"] + kinds["done"] + kinds["queued"] - 1:
        found.append(f"has attempts without an end: {dict(kinds)}")
    return found


def rows(database_url: str) -> Mapping[str, int]:
    """The same batch as the database has it."""
    queries = {
        "jobs": "SELECT count(*) FROM jobs",
        "done": "SELECT count(*) FROM jobs WHERE state = 'done'",
        "results": "SELECT count(*) FROM results",
        "done_events": "SELECT count(*) FROM job_events WHERE kind = 'done'",
        "outcomes": "SELECT coalesce(sum(jobs), 0) FROM outcomes WHERE state = 'done'",
        "documents": "SELECT count(DISTINCT job_id) FROM document_chunks",
        "held": "SELECT count(*) FROM jobs WHERE holder IS NOT NULL OR lease_expires_at IS NOT NULL",
    }
    with psycopg.connect(database_url) as connection:
        found = {}
        for name, query in queries.items():
            row = connection.execute(query).fetchone()
            assert row is not None
            found[name] = int(row[0])
        return found
