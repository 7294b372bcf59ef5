"""`lamplighter-gateway` as one types it: what it prints where, and its exit codes."""

import asyncio
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import httpx
import pytest

from embedded_postgres import embedded_postgres
from lamplighter_serving.database import Database
from lamplighter_serving.gateway.main import main
from lamplighter_serving.gateway.scaler.externalscaler_pb2 import ScaledObjectRef
from lamplighter_serving.gateway.scaler.externalscaler_pb2_grpc import ExternalScalerStub
from lamplighter_serving.queue.migrate import migrate
from serving.gateway.conftest import own_log
from serving.gateway.processes import environment, serving
from serving.gateway.running import wait_until

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The commands' environment."""
    for name, value in environment(database_url).items():
        monkeypatch.setenv(name, value)
    return database_url


def run(capsys: Captured, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command in this process."""
    try:
        with own_log():
            code = main(arguments)
    except SystemExit as exit_:  # argparse
        code = int(str(exit_.code))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.usefixtures("database")
def test_key_is_made_listed_and_revoked(capsys: Captured) -> None:
    code, out, _ = run(capsys, "keys", "create", "--tenant", "anna", "--name", "scanner", "--format", "json")
    made = json.loads(out)
    assert (code, made["tenant"], made["name"]) == (0, "anna", "scanner")
    assert made["key"].startswith(f"ll_{made['prefix']}_")

    code, out, _ = run(capsys, "keys", "list", "--format", "json")
    (listed,) = json.loads(out)["keys"]
    assert (code, listed) == (0, {name: value for name, value in made.items() if name != "key"})
    assert made["key"].split("_")[2] not in out

    code, out, _ = run(capsys, "keys", "revoke", made["prefix"], "--format", "json")
    assert (code, json.loads(out)["id"]) == (0, made["id"])
    assert json.loads(out)["revoked_at"] is not None


@pytest.mark.usefixtures("database")
def test_texts_say_the_same_as_the_json(capsys: Captured) -> None:
    code, out, _ = run(capsys, "keys", "create", "--tenant", "anna", "--name", "scanner")
    key = out.splitlines()[0]
    prefix = key.split("_")[1]
    assert code == 0
    assert "only time" in out
    _, out, _ = run(capsys, "keys", "list")
    head, row = out.splitlines()
    assert head.split() == ["prefix", "tenant", "name", "scopes", "created_at", "last_used_at", "revoked_at"]
    assert row.split()[:4] == [prefix, "anna", "scanner", "read,submit"]
    assert key.split("_")[2] not in out
    _, out, _ = run(capsys, "keys", "list", "--tenant", "bert")
    assert len(out.splitlines()) == 1
    _, out, _ = run(capsys, "keys", "revoke", prefix)
    assert out.startswith(f"revoked {prefix} of tenant anna")


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("form", ["text", "json"])
def test_revoking_what_is_not_there_is_exit_1_and_says_nothing_of_a_pasted_key(capsys: Captured, form: str) -> None:
    pasted = "ll_abcdefgh_" + "s" * 43
    code, out, err = run(capsys, "keys", "revoke", pasted, "--format", form)
    assert (code, out) == (1, "")
    assert "keys list" in err
    assert "s" * 43 not in err
    if form == "json":
        assert json.loads(err)["error"]["code"] == "key-not-found"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("keys",),
        ("keys", "create", "--tenant", "Not A Tenant"),
        ("keys", "create", "--tenant", ""),
        ("keys", "create", "--tenant", "a" * 64),
        ("keys", "create", "--name", "x" * 101),
        ("keys", "create", "--name", "a\nb"),
        ("keys", "list", "--format", "yaml"),
        ("migrate", "--phase", "later"),
        ("unknown",),
    ],
)
def test_arguments_that_make_no_sense_are_exit_2(capsys: Captured, arguments: tuple[str, ...]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("usage: lamplighter-gateway")


@pytest.mark.parametrize("form", ["text", "json"])
def test_database_that_does_not_answer_is_exit_2(capsys: Captured, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:hunter2@127.0.0.1:1/none")
    code, out, err = run(capsys, "keys", "list", "--format", form)
    assert (code, out) == (2, "")
    assert "The database did not answer." in err
    assert "hunter2" not in err


def test_missing_setting_is_exit_2_and_named(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    code, _, err = run(capsys, "serve")
    assert code == 2
    assert "DATABASE_URL is not set." in err


@pytest.mark.usefixtures("database")
def test_migrating_a_migrated_database_applies_nothing(capsys: Captured) -> None:
    assert run(capsys, "migrate")[:2] == (0, "nothing to apply\n")
    code, out, _ = run(capsys, "migrate", "--phase", "pre", "--format", "json")
    assert (code, json.loads(out)) == (0, {"applied": []})


def test_help_shows_what_one_can_type(capsys: Captured) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for word in ("serve", "migrate", "keys create", "keys revoke", "DATABASE_URL"):
        assert word in out


def test_first_start_prints_a_key_once_and_sigterm_is_exit_0(database_url: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path / "first.log") as first:
        answer = httpx.get(f"http://127.0.0.1:{first.http_port}/v1/jobs", headers={"authorization": f"Bearer {first.key}"})
        assert answer.status_code == 200
        assert first.stop() == 0
    events = [json.loads(line)["event"] for line in first.log.read_text().splitlines()]
    assert events[0] == "listening"
    assert events[-2:] == ["stopping", "stopped"]
    assert first.key.split("_")[2] not in first.log.read_text()
    with serving(database_url, tmp_path / "second.log") as second:
        assert [line.keys() for line in second.output] == [{"http_port", "scaler_port"}]
        assert second.stop() == 0


def test_start_waits_for_a_database_that_comes_later_and_meanwhile_tells_keda_what_it_can(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    reference = ScaledObjectRef(name="extract", namespace="test", scalerMetadata={"worker": "extract"})
    with embedded_postgres() as server, ThreadPoolExecutor(1) as threads:
        asyncio.run(_migrated(server.url))
        server.stop()

        def begin_when_somebody_waits() -> None:
            wait_until(lambda: log.exists() and "waiting-for-database" in log.read_text())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                asked = ExternalScalerStub(channel)
                assert asked.GetMetricSpec(reference).metricSpecs[0].metricName == "lamplighter-extract"
                with pytest.raises(grpc.RpcError) as refused:
                    asked.IsActive(reference)
                assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
            server.start()

        begun = threads.submit(begin_when_somebody_waits)
        with serving(server.url, log, LAMPLIGHTER_SCALER_PORT=str(port)) as gateway:
            begun.result()
            assert httpx.get(f"http://127.0.0.1:{gateway.http_port}/readyz").status_code == 200
            assert gateway.stop() == 0


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("name", ["LAMPLIGHTER_PORT", "LAMPLIGHTER_SCALER_PORT"])
def test_taken_port_is_exit_2_and_named(capsys: Captured, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        monkeypatch.setenv(name, port)
        code, _, err = run(capsys, "serve")
    assert code == 2
    assert port in err
    assert name in err


def test_start_on_a_database_without_tables_says_what_to_run(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    for name, value in environment(postgres_url).items():
        monkeypatch.setenv(name, value)
    code, _, err = run(capsys, "serve")
    assert code == 2
    assert "lamplighter-gateway migrate" in err


async def _migrated(url: str) -> None:
    async with Database(url, connections=1) as database:
        await migrate(database)
