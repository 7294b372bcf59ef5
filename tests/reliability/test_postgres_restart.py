"""PostgreSQL goes away in the middle of 64 jobs, in three ways: clients are told to come back, and every job is done once."""

import pytest

from reliability import outages
from reliability.crowd import JOBS
from reliability.falling import Shutdown
from reliability.probes import HEALTH, JOBS_PATH, READY

pytestmark = pytest.mark.kill


def test_every_job_is_done_exactly_once_through_restarts_of_postgres() -> None:
    facts = outages.run(seed=1)
    assert facts.account.wrong == ()
    assert facts.acknowledged == JOBS
    assert facts.account.jobs == facts.account.done == facts.account.done_events == facts.account.right_answers == JOBS
    assert facts.rows == {
        "jobs": JOBS,
        "done": JOBS,
        "results": JOBS,
        "done_events": JOBS,
        "outcomes": JOBS,
        "documents": JOBS,
        "held": 0,
    }
    assert facts.away_seconds.keys() == {how.name for how in Shutdown}
    # Alive all the time, ready or not, and never an error that nobody foresaw.
    assert facts.probed.keys() == {(HEALTH, 200), (READY, 200), (READY, 503), (JOBS_PATH, 200), (JOBS_PATH, 503)}
    assert not facts.trouble.statuses.keys() - {200, 202, 503}
    assert facts.trouble.lost == 0
    assert facts.trouble.without_retry_after == facts.probes_without_retry_after == 0
    assert set(facts.exit_statuses.values()) == {0}
    assert facts.leftovers == []
