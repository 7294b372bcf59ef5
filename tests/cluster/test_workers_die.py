"""Worker pods that are killed, thrown away, evicted and cut while they work on a real node: each document is answered once.

The worker is the real image, its replicas are KEDA's. `tests/reliability` does the same to bare processes, more often.
`make test-cluster ARGS="-k workers_die --write-tables"` writes the table of docs/reliability.md.
"""

from collections.abc import Iterator

import pytest

from cluster.deaths import DEATHS
from cluster.kill_matrix import COLUMNS, JOBS, row, run
from cluster.real_node import RealNode
from cluster.report import write_table
from cluster.trial import Trial

SECTION = "Killed on a real node"

pytestmark = [pytest.mark.slow, pytest.mark.kill, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[tuple[object, ...]]]:
    """The rows so far; they are written when that was asked for and none is missing."""
    rows: list[tuple[object, ...]] = []
    yield rows
    if request.config.getoption("--write-tables") and len(rows) == len(DEATHS):
        write_table(SECTION, COLUMNS, rows)


@pytest.mark.parametrize("name", DEATHS)
def test_every_document_is_answered_once(lit: RealNode, release: Trial, table: list[tuple[object, ...]], name: str) -> None:
    death = DEATHS[name]
    facts = run(lit, release, name, death)
    table.append(row(death, facts))
    seen = facts.account
    assert seen.wrong == ()
    assert facts.acknowledged == JOBS
    assert seen.jobs == seen.done == seen.done_events == seen.right_answers == JOBS
    assert facts.rows == {
        "jobs": JOBS,
        "done": JOBS,
        "results": JOBS,
        "done_events": JOBS,
        "outcomes": JOBS,
        "documents": JOBS,
        "held": 0,
    }
    if not death.takes_grace:
        assert seen.lost_attempts >= 1, "the workers were idle: nothing was tried"
