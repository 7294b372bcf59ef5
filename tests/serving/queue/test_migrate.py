"""Migrations: applied once, in order, together or by several processes, and refused when files and database do not agree."""

import asyncio
import multiprocessing
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from lamplighter_serving.database import Database, Query
from lamplighter_serving.errors import StoreError
from lamplighter_serving.queue.migrate import MIGRATIONS, MigrationRefused, migrate, read_migrations
from serving.queue.databases import copied_database
from serving.queue.racer import migrate_once

pytestmark = pytest.mark.anyio

TABLES = Query(name="tables", text=b"SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """A database without any table."""
    with copied_database(postgres_url, "template0") as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three migrations: before, after, before."""
    (tmp_path / "0001_pre_one.sql").write_text("CREATE TABLE one (n integer); INSERT INTO one VALUES (1);")
    (tmp_path / "0002_post_two.sql").write_text("UPDATE one SET n = n * 10;")
    (tmp_path / "0003_pre_three.sql").write_text("CREATE TABLE three (n integer);")
    return tmp_path


async def tables(database: Database) -> list[str]:
    return [row["name"] for row in await database.rows(TABLES)]


async def test_every_file_is_applied_once_in_order(empty_url: str, folder: Path) -> None:
    async with Database(empty_url) as database:
        assert await migrate(database, folder=folder) == ("0001_pre_one.sql", "0002_post_two.sql", "0003_pre_three.sql")
        assert await migrate(database, folder=folder) == ()
        assert await tables(database) == ["lamplighter_migrations", "one", "three"]
        assert await database.row(Query(name="n", text=b"SELECT n FROM one")) == {"n": 10}


async def test_pre_runs_before_a_rollout_and_post_after_it(empty_url: str, folder: Path) -> None:
    async with Database(empty_url) as database:
        assert await migrate(database, phase="pre", folder=folder) == ("0001_pre_one.sql", "0003_pre_three.sql")
        assert await migrate(database, phase="pre", folder=folder) == ()
        assert await migrate(database, phase="post", folder=folder) == ("0002_post_two.sql",)


async def test_post_is_refused_while_a_pre_file_is_missing(empty_url: str, folder: Path) -> None:
    async with Database(empty_url) as database:
        with pytest.raises(MigrationRefused, match=r"2 pre files are not applied: 0001_pre_one\.sql, 0003_pre_three\.sql"):
            await migrate(database, phase="post", folder=folder)
        assert await tables(database) == ["lamplighter_migrations"]


async def test_a_changed_file_is_refused_with_both_checksums(empty_url: str, folder: Path) -> None:
    async with Database(empty_url) as database:
        await migrate(database, folder=folder)
        (before, *_) = read_migrations(folder)
        (folder / "0001_pre_one.sql").write_text("CREATE TABLE changed ()")
        (after, *_) = read_migrations(folder)
        with pytest.raises(MigrationRefused, match=r"0001_pre_one\.sql was changed") as refusal:
            await migrate(database, folder=folder)
        assert before.checksum[:12] in refusal.value.sentence
        assert after.checksum[:12] in refusal.value.sentence


async def test_a_file_that_fails_half_way_leaves_nothing_of_itself_and_what_came_before(empty_url: str, folder: Path) -> None:
    (folder / "0002_post_two.sql").write_text("CREATE TABLE two (n integer); SELECT 1 / 0;")
    async with Database(empty_url) as database:
        with pytest.raises(StoreError, match="22012"):
            await migrate(database, folder=folder)
        assert await tables(database) == ["lamplighter_migrations", "one"]
        (folder / "0002_post_two.sql").write_text("CREATE TABLE two (n integer);")
        assert await migrate(database, folder=folder) == ("0002_post_two.sql", "0003_pre_three.sql")


async def test_an_unknown_phase_is_refused_with_those_there_are(empty_url: str) -> None:
    async with Database(empty_url) as database:
        with pytest.raises(MigrationRefused, match="'now' is not one of: pre, post, all"):
            await migrate(database, phase="now")


@pytest.mark.parametrize("name", ["1_pre_x.sql", "0004_x.sql", "0004_during_x.sql", "0004_pre_.sql", "0004-pre-x.sql", "x.sql"])
def test_a_file_with_another_name_is_refused_by_its_name(folder: Path, name: str) -> None:
    (folder / name).write_text("SELECT 1")
    with pytest.raises(MigrationRefused, match="NNNN_pre_<name>"):
        read_migrations(folder)


def test_a_number_used_twice_is_refused_with_both_names(folder: Path) -> None:
    (folder / "0002_pre_other.sql").write_text("SELECT 1")
    with pytest.raises(MigrationRefused, match=r"0002_pre_other\.sql and 0002_post_two\.sql"):
        read_migrations(folder)


async def test_an_older_program_leaves_a_newer_database_alone(empty_url: str, folder: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.mkdir()
    shutil.copy(folder / "0001_pre_one.sql", older)
    async with Database(empty_url) as database:
        await migrate(database, folder=folder)
        assert await migrate(database, folder=older) == ()


async def test_many_tasks_of_one_process_may_migrate_at_once(empty_url: str) -> None:
    async with Database(empty_url) as database:
        applied = await asyncio.gather(*(migrate(database) for _ in range(6)))
    assert sorted(name for names in applied for name in names) == [each.file_name for each in read_migrations(MIGRATIONS)]


def test_four_processes_may_migrate_at_once(empty_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=4, mp_context=spawn) as processes:
        applied = list(processes.map(migrate_once, [empty_url] * 4))
    assert sorted(name for names in applied for name in names) == [each.file_name for each in read_migrations(MIGRATIONS)]


def test_the_products_own_migrations_can_be_read() -> None:
    numbers = [each.number for each in read_migrations(MIGRATIONS)]
    # Gaps are allowed: two changes under way at once take numbers of their own.
    assert numbers == sorted(int(path.name[:4]) for path in MIGRATIONS.glob("*.sql"))
