"""The embedded PostgreSQL over one folder: kept, killed, taken over."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from lamplighter_serving.errors import SettingsError
from lamplighter_serving.local.child import ChildFailed, Children
from lamplighter_serving.local.place import Place, lasting_place
from lamplighter_serving.local.postgres import running_postgres


def serve(place: Place, work: Callable[[int, str], Awaitable[None]]) -> None:
    """Runs a server over the place, and `work` with its process id and address."""

    async def run() -> None:
        with Children(os.environ, place) as children:
            async with running_postgres(children, place.postgres, kept=True) as (server, url):
                await work(server.pid, url)

    asyncio.run(run())


def ask(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else None


def servers(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["name", "cwd"]):
        if process.info["name"] == "postgres" and process.info["cwd"] == str(folder):
            found.append(process)
    return found


def test_what_was_written_is_there_after_a_stop_a_kill_and_a_server_left_running(short_path: Path) -> None:
    async def write(_pid: int, url: str) -> None:
        ask(url, "CREATE TABLE lamp (lit int)")

    async def die(pid: int, url: str) -> None:
        ask(url, "INSERT INTO lamp VALUES (1)")
        os.kill(pid, signal.SIGKILL)

    async def read(_pid: int, url: str) -> None:
        assert ask(url, "SELECT lit FROM lamp") == [(1,)]
        # It is a server of this machine's files: no port, and no statement in its log.
        assert ask(url, "SHOW listen_addresses") == [("",)]
        assert ask(url, "SHOW log_min_error_statement") == [("panic",)]

    async def read_again(_pid: int, url: str) -> None:
        # The first one has not been told to stop; a second over the same folder ends it and takes over.
        await asyncio.to_thread(serve, place, read)

    with lasting_place(short_path / 'a folder with "marks"?') as place:
        serve(place, write)
        serve(place, die)
        serve(place, read_again)
        assert servers(place.postgres) == []


@pytest.mark.parametrize("lock", ["postmaster.pid", ".s.PGSQL.5432.lock"])
def test_a_lock_of_a_killed_server_whose_number_another_has_now_is_no_hindrance(
    short_path: Path, lock: str, postgres_url: str
) -> None:
    async def nothing(_pid: int, _url: str) -> None:
        pass

    with lasting_place(short_path) as place:
        serve(place, nothing)
        with psycopg.connect(postgres_url) as other:
            # PostgreSQL minds only processes of its own user, so it is one of another server of that user. The form of the
            # file is PostgreSQL's (miscadmin.h): process id, folder, start time, port, folder of the socket.
            left = f"{other.info.backend_pid}\n{place.postgres}\n1700000000\n5432\n{place.postgres}\n"
            (place.postgres / lock).write_text(left)
            serve(place, nothing)


def test_a_creation_that_was_cut_off_is_begun_anew(short_path: Path) -> None:
    async def nothing(_pid: int, _url: str) -> None:
        pass

    with lasting_place(short_path) as place:
        half = short_path / "postgres.new"
        half.mkdir()
        (half / "PG_VERSION").write_text("18\n")
        serve(place, nothing)
        assert not half.exists()
        assert (place.postgres / "PG_VERSION").exists()


def test_a_server_that_cannot_start_is_told_with_postgresqls_own_reason(short_path: Path) -> None:
    async def nothing(_pid: int, _url: str) -> None:
        pass

    with lasting_place(short_path) as place:
        serve(place, nothing)
        (place.postgres / "postgresql.conf").write_text("max_connections = many\n")
        with pytest.raises(ChildFailed, match=r"configuration file .* contains errors"):
            serve(place, nothing)


def test_data_of_another_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    async def nothing(_pid: int, _url: str) -> None:
        pass

    with lasting_place(tmp_path) as place:
        place.postgres.mkdir()
        (place.postgres / "PG_VERSION").write_text("14\n")
        with pytest.raises(SettingsError, match="PostgreSQL 14's; this demo brings PostgreSQL 18"):
            serve(place, nothing)
        assert (place.postgres / "PG_VERSION").read_text() == "14\n"


def test_a_path_with_a_comma_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    async def nothing(_pid: int, _url: str) -> None:
        pass

    with lasting_place(tmp_path / "mine, yours") as place:
        with pytest.raises(SettingsError, match="has a comma"):
            serve(place, nothing)
        assert not place.postgres.exists()


def test_a_path_too_long_for_a_socket_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    async def nothing(_pid: int, _url: str) -> None:
        pass

    with lasting_place(tmp_path / ("x" * 120)) as place:
        with pytest.raises(SettingsError, match="a Unix socket may have 107"):
            serve(place, nothing)
        assert not place.postgres.exists()
