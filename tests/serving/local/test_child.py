"""Processes tied to their starter."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lamplighter_serving.local.child import ChildFailed, Children, last_words
from lamplighter_serving.local.place import Place
from serving.local.ground import eventually

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"


def place(folder: Path) -> Place:
    (folder / "logs").mkdir()
    return Place(folder=folder, kept=True)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ('{"event": "listening"}\nlamplighter-worker: The model is missing. Fetch it.\n', "The model is missing. Fetch it."),
        ('{"error": {"code": "x", "sentence": "It is taken.", "hint": "Take another."}}\n', "It is taken. Take another."),
        ("2026-03-01 08:00 UTC [7] FATAL:  could not write lock file\nLOG:  down\n", "could not write lock file"),
        ('Traceback (most recent call last):\n  File "x", line 1\nValueError: a secret total\n', "ValueError."),
        ('{"event": "stopped"}\n', ""),
    ],
)
def test_last_words_are_the_sentence_of_a_log_and_never_a_surprises_text(tmp_path: Path, log: str, words: str) -> None:
    (tmp_path / "log").write_text(log)
    with (tmp_path / "log").open("rb") as stream:
        assert last_words(stream) == words


def test_a_child_that_ignores_sigterm_is_killed_after_its_seconds(tmp_path: Path) -> None:
    async def run() -> int | None:
        with Children(os.environ, place(tmp_path)) as children:
            child = await children.start("it", sys.executable, "-c", STUBBORN, listen=True)
            assert await child.line() == "up\n"
            await child.stop((signal.SIGTERM, 0.2))
            return child.status

    assert asyncio.run(run()) == -signal.SIGKILL


def test_the_end_of_a_child_is_told_with_its_status_and_where_its_log_is(tmp_path: Path) -> None:
    async def run(where: Place) -> ChildFailed:
        with Children(os.environ, where) as children:
            child = await children.start("it", sys.executable, "-c", "raise SystemExit(3)")
            await child.gone()
            return child.failure()

    kept = place(tmp_path)
    failure = asyncio.run(run(kept))
    assert failure.sentence == "it ended with status 3."
    assert str(tmp_path / "logs/it.log") in failure.hint
    assert "--data" in asyncio.run(run(replace(kept, kept=False))).hint


@pytest.mark.kill
def test_a_child_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    starter = f"""
import asyncio, os, pathlib, sys
from lamplighter_serving.local.child import Children
from lamplighter_serving.local.place import Place
async def run():
    children = Children(os.environ, Place(folder=pathlib.Path({str(tmp_path)!r}), kept=True))
    child = await children.start("it", sys.executable, "-c", {STUBBORN!r}, listen=True)
    await child.line()
    print(child.pid, flush=True)
    await child.gone()
asyncio.run(run())
"""
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert psutil.pid_exists(pid)
        process.kill()
    eventually(lambda: not psutil.pid_exists(pid), 10.0)
