"""The command as a user runs it: over a folder, for as long as it is wanted, and what is left of it afterwards."""

import json
import re
import signal
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

import httpx
import pytest

from serving.local.ground import demo, eventually, write_catalog, write_invoices

#: What every process is gone after, once the demo is.
GONE_SECONDS = 10.0


@pytest.fixture
def temporary(short_path: Path) -> Path:
    """Where the demo puts temporary files."""
    folder = short_path / "tmp"
    folder.mkdir()
    return folder


@pytest.fixture
def catalog(short_path: Path) -> Path:
    return write_catalog(short_path / "catalog.json")


def refusal(*arguments: str) -> str:
    """What the demo says when it cannot run."""
    command = [sys.executable, str(Path(sysconfig.get_path("scripts")) / "lamplighter-demo"), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_a_folder_becomes_a_line_a_document_and_nothing_is_left(short_path: Path, temporary: Path, catalog: Path) -> None:
    invoices = write_invoices(short_path / "invoices", 3)
    with demo("--once", str(invoices), catalog=catalog, temporary=temporary) as running:
        status, out, talk = running.end()
        assert status == 0, talk
        assert running.left() == []
    *documents, summary = out.splitlines()
    assert re.fullmatch(r"demo: 3 documents, 3 valid, wake \d+\.\d\d s, p50 \d+\.\d\d s", summary)
    for number, line in enumerate(sorted(documents), 1):
        assert line.startswith(f"invoice-{number}.txt  done  invoice_number=2026000{number} total_amount=1210.0  wait ")
    assert list(temporary.iterdir()) == []


def test_a_document_that_cannot_be_read_makes_the_status_1(short_path: Path, temporary: Path, catalog: Path) -> None:
    invoices = write_invoices(short_path / "invoices", 1)
    (invoices / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing of the kind")
    with demo("--once", str(invoices), "--format", "json", catalog=catalog, temporary=temporary) as running:
        status, out, _ = running.end()
    assert status == 1
    *documents, summary = map(json.loads, out.splitlines())
    broken, good = sorted(documents, key=lambda document: document["name"])
    assert (broken["state"], broken["valid"], broken["data"]) == ("failed", False, None)
    assert broken["problem"].startswith("document-damaged: ")
    assert (good["valid"], good["violations"]) == (True, [])
    assert set(good["seconds"]) == {"wait", "read", "extract", "total"}
    assert (summary["documents"], summary["valid"]) == (2, 1)


@pytest.mark.kill
def test_ctrl_c_in_a_run_and_a_worker_that_hangs_leave_nothing(short_path: Path, temporary: Path) -> None:
    catalog = write_catalog(short_path / "catalog.json", loadSeconds=600.0)
    invoices = write_invoices(short_path / "invoices", 1)
    with demo("--once", str(invoices), catalog=catalog, temporary=temporary) as running:
        running.child("worker")
        status, out, talk = running.ask(signal.SIGINT)
        assert (status, out) == (2, "")
        assert "SIGINT: stopping" in talk
        assert "Traceback" not in talk
        eventually(lambda: not running.left(), GONE_SECONDS)
    assert list(temporary.iterdir()) == []


@pytest.mark.kill
def test_a_killed_run_leaves_nothing_either(short_path: Path, temporary: Path) -> None:
    catalog = write_catalog(short_path / "catalog.json", loadSeconds=600.0)
    invoices = write_invoices(short_path / "invoices", 1)
    with demo("--once", str(invoices), catalog=catalog, temporary=temporary) as running:
        running.child("worker")
        assert running.left()
        running.ask(signal.SIGKILL)
        eventually(lambda: not running.left() and not list(temporary.iterdir()), GONE_SECONDS)


@pytest.mark.kill
def test_keys_and_jobs_outlive_a_killed_demo_and_a_stopped_one(short_path: Path, temporary: Path, catalog: Path) -> None:
    arguments = ("--data", str(temporary / "data"), "--port", "0", "--format", "json")
    # Short leases: the killed worker may have held the job's.
    lease = {"LAMPLIGHTER_LEASE": "3s", "LAMPLIGHTER_HEARTBEAT": "500ms"}
    with demo(*arguments, catalog=catalog, temporary=temporary, **lease) as first:
        greeting = first.greeting()
        headers = {"authorization": f"Bearer {greeting['key']}"}
        submitted = httpx.post(
            f"{greeting['address']}/v1/jobs",
            headers=headers,
            data={"extractor": "invoice"},
            files={"document": ("a.txt", b"Faktura")},
            trust_env=False,
        )
        assert submitted.status_code == 202
        first.child("worker")
        assert "Another demo runs" in refusal(*arguments)
        first.ask(signal.SIGKILL)
        eventually(lambda: not first.left(), GONE_SECONDS)
    with demo(*arguments, catalog=catalog, temporary=temporary, **lease) as second:
        again = second.greeting()
        assert again["key"] == greeting["key"]
        job = f"{again['address']}/v1/jobs/{submitted.json()['id']}?wait=60s"
        # Its worker comes because of the job that was there, and the killed worker's lease ends by itself.
        assert httpx.get(job, headers=headers, timeout=90, trust_env=False).json()["state"] in ("done", "failed")
        status, _, talk = second.ask(signal.SIGTERM)
        assert (status, "Traceback" in talk) == (0, False)
        assert second.left() == []


@pytest.mark.kill
def test_a_demo_without_its_gateway_ends_with_a_sentence(temporary: Path, catalog: Path) -> None:
    with demo("--data", str(temporary / "data"), "--port", "0", catalog=catalog, temporary=temporary) as running:
        assert running.process.stdout is not None
        assert "/#key=ll_" in running.process.stdout.readline()
        running.child("gateway").kill()
        status, _, talk = running.end()
        assert status == 2
        assert "lamplighter-demo: gateway was ended by SIGKILL." in talk
        assert "Traceback" not in talk
        assert running.left() == []


def test_a_worker_whose_settings_are_wrong_ends_the_run_with_its_own_words(short_path: Path, temporary: Path) -> None:
    catalog = write_catalog(short_path / "catalog.json", noSuchOption=1)
    invoices = write_invoices(short_path / "invoices", 1)
    with demo("--once", str(invoices), catalog=catalog, temporary=temporary) as running:
        status, out, talk = running.end()
    assert (status, out) == (2, "")
    assert "engineOptions of a scripted engine has unknown keys: noSuchOption." in talk
    assert "Traceback" not in talk


def test_a_port_that_is_taken_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal("--data", str(tmp_path), "--port", str(port))
    assert said.startswith(f"lamplighter-demo: Port {port} of 127.0.0.1 cannot be used: Address already in use.")
    assert "--port N" in said


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_port_that_is_none_is_refused_before_anything_is_made(port: str, tmp_path: Path) -> None:
    assert "a whole number from 0" in refusal("--data", str(tmp_path / "data"), f"--port={port}")
    assert not (tmp_path / "data").exists()


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    assert "has no document" in refusal("--once", str(tmp_path))


@pytest.mark.slow
def test_the_default_catalog_reads_an_invoice_with_its_model_behind_ray_serve(short_path: Path, temporary: Path) -> None:
    invoices = write_invoices(short_path / "invoices", 1)
    with demo("--once", str(invoices), catalog=None, temporary=temporary) as running:
        status, out, talk = running.end()
        assert status == 0, talk
        eventually(lambda: not running.left(), GONE_SECONDS)
    assert re.search(r"^demo: 1 documents, 1 valid, wake \d+\.\d\d s, p50 \d+\.\d\d s$", out, re.MULTILINE)
    assert list(temporary.iterdir()) == []
