"""The kill matrix: 64 jobs from 8 clients while every worker and every gateway is killed again and again.

One run gives facts: what they must be is said in test_killing.py, `python -m reliability` prints them as a table.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reliability import invoices
from reliability.audit import Account, account, rows
from reliability.client import PatientClient, Trouble
from reliability.crowd import Crowd
from reliability.fleet import Fleet
from reliability.killer import Killer

GATEWAYS = 2
WORKERS = 2
#: Of each member. More than a cluster has in a month, within a quarter of a minute.
KILLS_EACH = 3
#: So the jobs come for as long as the killing lasts.
PAUSE_SECONDS = 1.0
#: A job that loses its workers is not to blame here, so the usual limit of 5 would end some by sheer count: of some 75 attempts
#: of a run up to 15 are lost (docs/reliability.md), one in five, and 64 * 0.2 ** 5 is 2 %. With 10 it is less than 0.001 %.
ATTEMPTS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixFacts:
    """What one run saw."""

    seed: int
    acknowledged: int
    account: Account
    rows: Mapping[str, int]
    kills: Mapping[str, int]
    trouble: Trouble
    exit_statuses: Mapping[str, int]
    leftovers: Sequence[str]
    seconds: float


def run(database_url: str, seed: int) -> MatrixFacts:
    """One run on a migrated, empty database."""
    began = time.monotonic()
    with Fleet(database_url, invoices.catalog(attempts=ATTEMPTS)) as fleet:
        fleet.start(gateways=GATEWAYS, workers=WORKERS)
        with (
            Crowd(fleet, seed=seed, pause_seconds=PAUSE_SECONDS) as crowd,
            Killer(fleet.members, seed=seed, kills=KILLS_EACH) as killer,
        ):
            killer.wait()
            fleet.wait_ready()
            told = crowd.told()
        with PatientClient(fleet.addresses, fleet.key) as client:
            seen = account(client, told.submitted, told.streams)
        exit_statuses = fleet.stop()
        return MatrixFacts(
            seed=seed,
            acknowledged=len(told.submitted),
            account=seen,
            rows=rows(database_url),
            kills={member.name: member.kills for member in fleet.members},
            trouble=told.trouble,
            exit_statuses=exit_statuses,
            leftovers=fleet.leftovers(),
            seconds=time.monotonic() - began,
        )
