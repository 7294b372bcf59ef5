"""PostgreSQL restarted three times in the middle of 64 jobs, each time it goes away in another way.

One run gives facts; what they must be is said in test_postgres_restart.py.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from lamplighter_serving.database import Database
from lamplighter_serving.queue.migrate import migrate
from reliability import invoices
from reliability.audit import Account, account, rows
from reliability.client import PatientClient, Trouble
from reliability.crowd import JOBS, Crowd
from reliability.falling import FallingPostgres, Shutdown, falling_postgres
from reliability.fleet import LEASE_SECONDS, Fleet
from reliability.member import wait_until
from reliability.probes import HEALTH, JOBS_PATH, READY, Probes

#: So the jobs come for longer than the first two outages take.
PAUSE_SECONDS = 0.7
#: Jobs done before each outage: it is in the middle.
DONE_BEFORE = (JOBS // 8, JOBS * 3 // 8, JOBS * 5 // 8)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutageFacts:
    """What one run saw. `away_seconds`: from the database's end until every gateway was ready again, by kind."""

    seed: int
    acknowledged: int
    account: Account
    rows: Mapping[str, int]
    trouble: Trouble
    probed: Mapping[tuple[str, int], int]  # (path, status) to how often
    probes_without_retry_after: int
    slowest_probe_seconds: float
    away_seconds: Mapping[str, float]
    exit_statuses: Mapping[str, int]
    leftovers: Sequence[str]
    seconds: float


def run(seed: int) -> OutageFacts:
    """One run on a server of its own."""
    began = time.monotonic()
    with falling_postgres() as postgres:
        asyncio.run(migrated(postgres.url))
        with Fleet(postgres.url, invoices.catalog()) as fleet:
            fleet.start(gateways=2, workers=2)
            with Crowd(fleet, seed=seed, pause_seconds=PAUSE_SECONDS) as crowd, Probes(fleet.addresses, fleet.key) as probes:
                away = {how.name: _outage(postgres, probes, how, done) for how, done in zip(Shutdown, DONE_BEFORE, strict=True)}
                told = crowd.told()
            with PatientClient(fleet.addresses, fleet.key) as client:
                seen = account(client, told.submitted, told.streams)
            exit_statuses = fleet.stop()
            return OutageFacts(
                seed=seed,
                acknowledged=len(told.submitted),
                account=seen,
                rows=rows(postgres.url),
                trouble=told.trouble,
                probed=probes.counts(),
                probes_without_retry_after=probes.without_retry_after,
                slowest_probe_seconds=probes.slowest_seconds,
                away_seconds=away,
                exit_statuses=exit_statuses,
                leftovers=fleet.leftovers(),
                seconds=time.monotonic() - began,
            )


def _outage(postgres: FallingPostgres, probes: Probes, how: Shutdown, done: int) -> float:
    """One outage, until every gateway refuses what needs the database and lives; the last one outlasts the leases too."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        wait_until(f"{done} jobs are done and one is running", lambda: _is_busy(connection, done))
    began = time.monotonic()
    postgres.go(how)
    for path, status in ((READY, 503), (JOBS_PATH, 503), (HEALTH, 200)):
        probes.wait_for(path, status)
    if how is Shutdown.KILLED:
        wait_until("every lease has ended", lambda: time.monotonic() > began + LEASE_SECONDS + 1)
    postgres.come_back()
    probes.wait_for(READY, 200)
    return time.monotonic() - began


def _is_busy(connection: "psycopg.Connection[tuple[int, int]]", done: int) -> bool:
    query = "SELECT count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'running') FROM jobs"
    row = connection.execute(query).fetchone()
    return row is not None and row[0] >= done and row[1] > 0


async def migrated(url: str) -> None:
    """Applies every migration."""
    async with Database(url, connections=1) as database:
        await migrate(database)
