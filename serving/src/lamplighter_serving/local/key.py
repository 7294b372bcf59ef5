"""The demo's API key. The gateway keeps only hashes, so the demo keeps its own key in its data folder, for its user alone.

One key for good: yesterday's scripts work today. Whoever can read the file could read the database beside it as well.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from ..client import ApiError, AsyncClient
from ..database import Database
from ..gateway.auth import OPEN_TENANT
from ..gateway.key_table import KeyTable
from ..gateway.keys import new_key
from .gateway import Gateway
from .place import Place
from .talk import say

NAME = "demo"


@asynccontextmanager
async def usable_key(gateway: Gateway, place: Place, database_url: str, *, embedded: bool) -> AsyncIterator[str]:
    """A key that this gateway takes, for the length of the block, and for good in a place that stays.

    `embedded`: the database is the demo's own, else the user's.
    """
    if gateway.first_key is not None:
        if place.kept:
            _keep(place.key, gateway.first_key)
        elif not embedded:
            # It stays in the user's database, and nobody else will ever say it.
            say(f"the database had no API key; it has this one now: {gateway.first_key}")
        yield gateway.first_key
    elif place.kept:
        yield await _kept(place.key, gateway, database_url)
    else:
        key = await _make(database_url)
        try:
            yield key
        finally:
            async with Database(database_url, connections=1) as database:
                await KeyTable(database).revoke(key.split("_")[1])


async def _kept(file: Path, gateway: Gateway, database_url: str) -> str:
    if key := _read(file):
        async with AsyncClient(gateway.address, key) as client:
            with suppress(ApiError):  # the database is another one than the key's
                await client.extractors()
                return key
    key = await _make(database_url)
    _keep(file, key)
    return key


def _read(file: Path) -> str:
    return file.read_text().strip() if file.exists() else ""


def _keep(file: Path, key: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(key + "\n")


async def _make(database_url: str) -> str:
    new = new_key()
    async with Database(database_url, connections=1) as database:
        await KeyTable(database).create(new, tenant=OPEN_TENANT, name=NAME)
    return new.text
