"""Brings the database's tables to what this version needs.

A migration is a file `NNNN_pre_<name>.sql` or `NNNN_post_<name>.sql`. A `pre` file adds what the new program needs and runs
before the rollout, while the old program still works; a `post` file takes away what only the old one used and runs after it.
So a `pre` file never needs a `post` file to have run. An applied file is never edited: its checksum is kept and compared.
Each file is one transaction, under one lock, so any number of processes may migrate at once.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from ..database import Database, Transaction, load_queries
from ..errors import StoreError

MIGRATIONS = Path(__file__).parent / "sql" / "migrations"
PHASES = ("pre", "post", "all")

_QUERIES = load_queries(Path(__file__).parent / "sql" / "bookkeeping")
_FILE_NAME = re.compile(r"(\d{4})_(pre|post)_\w+\.sql")


class MigrationRefused(StoreError):
    """The migrations in this program and those in the database do not go together; nothing more was applied."""

    code = "migration-refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """One file. `number` is unique over both phases and gives the order."""

    number: int
    phase: str
    file_name: str
    text: bytes

    @property
    def checksum(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.text).hexdigest()


def read_migrations(folder: Path) -> tuple[Migration, ...]:
    """All migrations of a folder in order. Raises `MigrationRefused` for a strange name or a number used twice."""
    migrations: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise MigrationRefused(f"{path} is not named NNNN_pre_<name>.sql or NNNN_post_<name>.sql.")
        number = int(match[1])
        if number in migrations:
            raise MigrationRefused(f"{path.name} and {migrations[number].file_name} have the same number.")
        migrations[number] = Migration(number=number, phase=match[2], file_name=path.name, text=path.read_bytes())
    return tuple(migrations.values())


async def migrate(database: Database, *, phase: str = "all", folder: Path = MIGRATIONS) -> tuple[str, ...]:
    """Applies what is missing of `phase` (pre, post, all), in order; returns the names of the files it applied.

    Raises `MigrationRefused` when an applied file has changed, or for `post` while a `pre` file is missing.
    """
    if phase not in PHASES:
        raise MigrationRefused(f"The phase {phase!r} is not one of: {', '.join(PHASES)}.")
    migrations = read_migrations(folder)
    if phase == "post":
        await _refuse_missing_pre(database, migrations)
    chosen = [migration for migration in migrations if phase in (migration.phase, "all")]
    return tuple([migration.file_name for migration in chosen if await _apply(database, migration)])


async def _apply(database: Database, migration: Migration) -> bool:
    async with database.transaction() as transaction:
        applied = await _applied_checksums(transaction)
        if migration.number in applied:
            _refuse_changed(migration, applied[migration.number])
            return False
        await transaction.script(migration.text)
        facts = {"number": migration.number, "file_name": migration.file_name, "checksum": migration.checksum}
        await transaction.rows(_QUERIES["note_migration"], facts)
        return True


async def _refuse_missing_pre(database: Database, migrations: tuple[Migration, ...]) -> None:
    async with database.transaction() as transaction:
        applied = await _applied_checksums(transaction)
    missing = [each.file_name for each in migrations if each.phase == "pre" and each.number not in applied]
    if missing:
        raise MigrationRefused(
            f"The phase post was asked for, but {len(missing)} pre files are not applied: {', '.join(missing)}.",
            hint="Run the phase pre before the rollout and post after it.",
        )


async def _applied_checksums(transaction: Transaction) -> dict[int, str]:
    """Checksum by number. Takes the lock first: creating the table twice at once would fail in one of the two."""
    await transaction.rows(_QUERIES["lock_migrations"])
    await transaction.rows(_QUERIES["create_migrations"])
    return {row["number"]: row["checksum"] for row in await transaction.rows(_QUERIES["list_migrations"])}


def _refuse_changed(migration: Migration, applied: str) -> None:
    if migration.checksum != applied:
        raise MigrationRefused(
            f"{migration.file_name} was changed after it was applied: the database has checksum {applied[:12]}, "
            f"the file has {migration.checksum[:12]}.",
            hint="Restore the file and put the change into a migration of its own.",
        )
