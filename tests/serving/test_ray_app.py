"""A worker as a Serve application in a Ray that someone else started: one process lives the story, the tests read it."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lamplighter_serving.worker.guard import guarded
from serving.worker.worker_process import WORKER, write_catalog

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parents[1]
PATIENCE_SECONDS = 280


@pytest.fixture(scope="module")
def story(module_database_url: str) -> Iterator[dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="ra-"))
    temporary = folder / "t"
    temporary.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": module_database_url,
        "LAMPLIGHTER_CATALOG": str(write_catalog(folder, "scripted", {"answers": ["Read."]})),
        "LAMPLIGHTER_WORKER": WORKER,
        "LAMPLIGHTER_CPUS": "1",
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(TESTS),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    }
    command = [sys.executable, "-m", "serving.ray_app_scenario", str(folder / "ray"), str(port)]
    with guarded(folder):
        said = subprocess.run(
            command, env=environment, cwd=TESTS, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
        )
        assert said.returncode == 0, said.stderr
        yield json.loads(said.stdout.splitlines()[-1])


def test_the_model_is_listed_and_answers_in_the_form_of_the_openai_api(story: dict[str, Any]) -> None:
    assert [model["id"] for model in story["models"]["data"]] == ["model-of-the-test"]
    assert story["chat"]["status"] == 200
    assert story["chat"]["body"]["choices"][0]["message"]["content"] == "Read."


def test_what_is_not_served_is_refused_with_a_sentence(story: dict[str, Any]) -> None:
    assert story["refused"]["status"] == 400
    assert "stream" in story["refused"]["body"]["error"]["message"]
    assert story["elsewhere"] == 404


def test_it_leases_jobs_like_any_worker(story: dict[str, Any]) -> None:
    assert story["result"] == {"invoice_number": "2024001", "total_amount": 1210.0}


def test_deleting_the_application_drains_its_worker(story: dict[str, Any]) -> None:
    assert story["workers_left"] == []
