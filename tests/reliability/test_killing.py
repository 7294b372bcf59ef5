"""Workers and gateways killed again and again while 64 jobs go through: no job is lost, none is done twice."""

import pytest

from reliability import matrix
from reliability.crowd import JOBS

pytestmark = pytest.mark.kill


def test_every_job_is_done_exactly_once_while_everything_is_killed(database_url: str, kill_seed: int) -> None:
    facts = matrix.run(database_url, kill_seed)
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
    assert set(facts.kills.values()) == {matrix.KILLS_EACH}
    assert set(facts.exit_statuses.values()) == {0}
    assert facts.leftovers == []
    assert not facts.trouble.statuses.keys() - {200, 202}
