"""The engine in Ray Serve, in a real Ray: one process lives through a story (engines/serve_scenario.py), the tests read it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lamplighter_serving.worker.guard import guarded

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parents[1]
CANARY = "canary-7731"
#: Several starts of Ray on a machine that may be busy.
PATIENCE_SECONDS = 280


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lamp-home-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def story(home: Path) -> Iterator[dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="lamp-"))
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "serving.engines.serve_scenario", str(folder)]
    with guarded(folder):
        said = subprocess.run(
            command, env=environment, cwd=TESTS, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
        )
        assert said.returncode == 0, said.stderr
        *noise, report = said.stdout.splitlines()
        yield json.loads(report) | {"output": "\n".join([*noise, said.stderr])}


def test_the_start_reports_its_steps_in_order(story: dict[str, Any]) -> None:
    assert story["stages"] == ["import", "ray", "serve", "load"]


def test_calls_overlap_up_to_the_engines_concurrency(story: dict[str, Any]) -> None:
    # Four calls, two at once: two delays. Without overlap it would be four.
    assert 2.0 <= story["overlap"]["delays"] < 3.5


def test_an_engines_refusal_arrives_as_one_and_quotes_nothing(story: dict[str, Any]) -> None:
    assert story["too_long"]["kind"] == "EngineRefused"
    assert "the context 512" in story["too_long"]["sentence"]


def test_a_dying_replica_is_an_engine_away_and_serve_starts_a_new_one(story: dict[str, Any]) -> None:
    assert story["died"]["kind"] == "EngineUnavailable"
    assert story["back_seconds"] > 0


def test_a_cancelled_call_is_cancelled_in_the_replica_too(story: dict[str, Any]) -> None:
    assert story["cancelled"] == "answered"


def test_the_pieces_of_an_answer_arrive_one_after_the_other(story: dict[str, Any]) -> None:
    # The last of them may come with the answer alone, which is whole.
    assert story["written"]["answer"] == f'"{"lamp" * 50}"'
    assert story["written"]["answer"].startswith("".join(story["written"]["pieces"]))
    assert len(story["written"]["pieces"]) > 3


def test_closing_leaves_no_process(story: dict[str, Any]) -> None:
    assert story["children_after_close"] == []


def test_nothing_is_written_below_home(story: dict[str, Any], home: Path) -> None:
    assert story
    assert list(home.rglob("*")) == []


def test_no_error_and_no_line_of_output_has_the_prompt(story: dict[str, Any]) -> None:
    assert CANARY not in json.dumps(story)


def test_all_listen_on_loopback_but_serves_replica_and_that_wants_the_token(story: dict[str, Any]) -> None:
    assert any(each["loopback"] for each in story["listeners"])
    outside = [each for each in story["listeners"] if not each["loopback"]]
    assert [each["answer"] for each in outside] == ["UNAUTHENTICATED"] * len(outside)
    assert all("ServeReplica" in each["process"] for each in outside)


def test_servers_that_nobody_asks_are_not_started(story: dict[str, Any]) -> None:
    running = "\n".join(story["children"])
    assert "raylet" in running
    for server in ("monitor.py", "log_monitor.py", "dashboard.py"):
        assert server not in running
