"""Which key a demo uses: its own from last time, a new one, or one for this run alone."""

import asyncio
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from lamplighter_serving.client import ApiError, AsyncClient
from lamplighter_serving.database import Database
from lamplighter_serving.gateway.key_table import KeyTable
from lamplighter_serving.local.child import Children
from lamplighter_serving.local.gateway import running_gateway
from lamplighter_serving.local.key import usable_key
from lamplighter_serving.local.place import Place


async def accepted(address: str, key: str) -> bool:
    async with AsyncClient(address, key) as client:
        with suppress(ApiError):
            await client.extractors()
            return True
    return False


def test_a_key_is_kept_and_replaced_only_when_the_gateway_does_not_take_it(database_url: str, tmp_path: Path) -> None:
    place = Place(folder=tmp_path, kept=True)
    place.logs.mkdir()

    async def key_of(gateway: object) -> str:
        async with usable_key(gateway, place, database_url, embedded=True) as key:  # type: ignore[arg-type]
            return key

    async def run() -> None:
        with Children(os.environ, place) as children:
            async with running_gateway(children, database_url=database_url, host="127.0.0.1", port=0) as gateway:
                assert await key_of(gateway) == gateway.first_key
                assert place.key.stat().st_mode & 0o777 == 0o600
                later = replace(gateway, first_key=None)  # a start over a database that has keys
                assert await key_of(later) == gateway.first_key
                place.key.write_text("ll_of_another_database")
                another = await key_of(later)
                assert another != gateway.first_key
                assert await accepted(gateway.address, another)
                assert await key_of(later) == another

    asyncio.run(run())


def test_a_run_that_keeps_nothing_ends_its_key_and_tells_the_one_it_cannot_end(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(folder=tmp_path, kept=False)

    async def run() -> None:
        with Children(os.environ, place) as children:
            async with running_gateway(children, database_url=database_url, host="127.0.0.1", port=0) as gateway:
                async with usable_key(gateway, place, database_url, embedded=False) as first:
                    assert first == gateway.first_key
                assert first in capsys.readouterr().err
                async with usable_key(replace(gateway, first_key=None), place, database_url, embedded=False) as key:
                    assert await accepted(gateway.address, key)
                async with Database(database_url, connections=1) as database:
                    keys = {each.prefix: each for each in await KeyTable(database).list()}
                assert keys[key.split("_")[1]].revoked_at is not None
                assert keys[first.split("_")[1]].revoked_at is None
                assert not place.key.exists()

    asyncio.run(run())
