"""`lamplighter-submit` over the real gateway, with a test for a worker: a folder in, a file out, resumed at any point."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lamplighter_serving.client.folder import Progress
from lamplighter_serving.client.submit import main, progress_text
from lamplighter_serving.engines.base import EngineFacts
from lamplighter_serving.extract.outcome import FieldValue, Outcome
from lamplighter_serving.gateway.keys import new_key
from lamplighter_serving.queue.job import Problem
from lamplighter_serving.worker.result import PhaseSeconds, result_json
from serving.gateway.conftest import NewGateway
from serving.gateway.running import TENANT, RunningGateway, wait_until

FACTS = EngineFacts(name="scripted", model="model", context_tokens=4096, concurrency=1)
VALUE = FieldValue(path="/total", value=7.0, page=1, text="7,00", score=0.9)
OUTCOME = Outcome(data={"total": 7.0}, fields=(VALUE,), page_sizes=((1, 595.0, 842.0),), prompt_tokens=1, completion_tokens=1)
Run = Callable[..., "Future[int]"]


@pytest.fixture
def gateway(new_gateway: NewGateway, monkeypatch: pytest.MonkeyPatch) -> RunningGateway:
    running = new_gateway()
    monkeypatch.setenv("LAMPLIGHTER_ADDRESS", running.address)
    monkeypatch.setenv("LAMPLIGHTER_KEY", running.key())
    return running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    (documents / "older").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "older/c.txt"):
        (documents / name).write_text(f"Faktura {name}")
    for name in ("README.md", "notes.json", ".hidden.txt"):
        (documents / name).write_text("no document")
    return documents


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "results.jsonl"


@pytest.fixture
def run(folder: Path, out: Path) -> Iterator[Run]:
    with ThreadPoolExecutor() as pool:
        yield lambda *more: pool.submit(main, [str(folder), "--extractor", "invoice", "--out", str(out), *more])


def jobs(gateway: RunningGateway) -> list[Any]:
    return list(gateway.run(gateway.store.list_jobs(TENANT, limit=100)).jobs)


def work(gateway: RunningGateway, count: int, *, fails: str = "") -> None:
    """Does so many jobs; the one of the document `fails` fails."""
    for _ in range(count):
        wait_until(lambda: any(job.state == "queued" for job in jobs(gateway)))
        lease = gateway.lease()
        if lease.job.document_name == fails:
            gateway.run(gateway.store.fail(lease, Problem(code="document-empty", sentence="It has no page.")))
        else:
            result = result_json(OUTCOME, FACTS, PhaseSeconds(wait=0, read=0, extract=0))
            gateway.run(gateway.store.complete(lease, result))


def lines(out: Path) -> dict[str, dict[str, Any]]:
    entries = [json.loads(line) for line in out.read_text().splitlines()]
    assert len({entry["file"] for entry in entries}) == len(entries)
    return {entry["file"]: entry for entry in entries}


def test_every_document_of_a_folder_becomes_a_line_with_its_data(
    gateway: RunningGateway, run: Run, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = run()
    work(gateway, 3)
    assert running.result(20) == 0
    assert set(lines(out)) == {"a.txt", "b.txt", "older/c.txt"}
    assert lines(out)["a.txt"]["data"] == {"total": 7.0}
    assert lines(out)["a.txt"]["fields"][0]["text"] == "7,00"
    assert "3 documents: 3 done, in" in capsys.readouterr().out


def test_a_document_without_a_result_has_its_problem_and_the_exit_code_says_so(
    gateway: RunningGateway, run: Run, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = run("--format", "json")
    work(gateway, 3, fails="b.txt")
    assert running.result(20) == 1
    failed = lines(out)["b.txt"]
    assert (failed["state"], failed["problem"]["code"]) == ("failed", "document-empty")
    assert json.loads(capsys.readouterr().out)["states"] == {"done": 2, "failed": 1}


def test_a_second_run_asks_for_nothing_that_is_settled_and_for_what_is_new(
    gateway: RunningGateway, run: Run, folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = run()
    work(gateway, 3)
    assert running.result(20) == 0
    (folder / "d.txt").write_text("Faktura d")
    running = run()
    work(gateway, 1)
    assert running.result(20) == 0
    assert len(jobs(gateway)) == 4
    assert "4 documents: 1 done, 3 settled before" in capsys.readouterr().out


def test_a_run_that_was_killed_finds_its_jobs_again_and_cuts_off_half_a_line(
    gateway: RunningGateway, run: Run, out: Path
) -> None:
    running = run()
    work(gateway, 3)
    assert running.result(20) == 0
    first, second, _ = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(first + second[:20])
    assert run().result(20) == 0  # both jobs are done already, and found by their keys
    assert len(jobs(gateway)) == 3
    assert set(lines(out)) == {"a.txt", "b.txt", "older/c.txt"}


def test_a_changed_document_is_another_one(gateway: RunningGateway, run: Run, folder: Path, out: Path) -> None:
    running = run()
    work(gateway, 3)
    assert running.result(20) == 0
    (folder / "a.txt").write_text("Faktura a, corrected")
    running = run()
    work(gateway, 1)
    assert running.result(20) == 0
    assert [json.loads(line)["file"] for line in out.read_text().splitlines()].count("a.txt") == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--extractor", "nothing"), "There is no extractor of that name. Extractors:"),
        (("--at-once", "0"), "--at-once is 0; it may be from 1 to 100."),
    ],
)
def test_what_no_document_could_succeed_with_ends_the_run_at_once(
    gateway: RunningGateway, run: Run, more: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*more).result(20) == 2
    assert said in capsys.readouterr().err
    assert jobs(gateway) == []


def test_a_wrong_key_is_told_and_not_quoted(
    gateway: RunningGateway, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = new_key()
    monkeypatch.setenv("LAMPLIGHTER_KEY", stranger.text)
    assert run().result(20) == 2
    said = capsys.readouterr().err
    assert "unknown or revoked" in said
    assert stranger.text.rpartition("_")[2] not in said


def test_an_output_that_is_something_else_is_left_as_it_is(run: Run, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out.write_text("my notes\n")
    assert run().result(20) == 2
    assert "line 1, is not of an earlier run" in capsys.readouterr().err
    assert out.read_text() == "my notes\n"


def test_an_empty_folder_is_told(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / "empty"), "--extractor", "invoice", "--out", str(out)]) == 2
    assert "has no document" in capsys.readouterr().err


def test_progress_says_how_far_it_is_and_how_long_it_takes() -> None:
    progress = Progress(files=100, settled=10, under_way=5)
    progress.ended.update(done=38, failed=2)
    assert progress_text(progress, 20.0) == (
        "[###############...............] 50 of 100, 2 without a result, 5 under way, about 25 s left"
    )
