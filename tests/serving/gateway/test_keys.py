"""API keys over HTTP, in both stores, and as they lie in the database."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter_serving.database import Database
from lamplighter_serving.gateway.auth import OPEN_TENANT, REMEMBERED_SECONDS, Authenticator
from lamplighter_serving.gateway.key_memory import MemoryKeys
from lamplighter_serving.gateway.key_table import KeyTable
from lamplighter_serving.gateway.keys import ApiKey, KeyNotFound, KeyStore, NewKey, new_key, split_key
from lamplighter_serving.gateway.problems import RequestRefused
from serving.gateway.conftest import NewGateway
from serving.gateway.running import TENANT, RunningGateway

T = TypeVar("T")
OpenStore = Callable[[], AbstractAsyncContextManager[KeyStore]]


@pytest.fixture(params=["table", "memory"])
def open_store(request: pytest.FixtureRequest) -> OpenStore:
    """Opens the store on the loop that uses it. Both pass the same tests."""
    url = request.getfixturevalue("database_url") if request.param == "table" else ""

    @asynccontextmanager
    async def store() -> AsyncIterator[KeyStore]:
        if not url:
            yield MemoryKeys()
            return
        async with Database(url, connections=4) as database:
            yield KeyTable(database)

    return store


def in_store(open_store: OpenStore, work: Callable[[KeyStore], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_store() as store:
            return await work(store)

    return asyncio.run(run())


def test_created_key_is_live_until_it_is_revoked(open_store: OpenStore) -> None:
    async def work(store: KeyStore) -> None:
        new = new_key()
        key = await store.create(new, tenant="anna", name="scanner")
        assert (key.tenant, key.name, key.prefix, key.secret_hash) == ("anna", "scanner", new.prefix, new.secret_hash)
        assert (key.last_used_at, key.revoked_at) == (None, None)
        assert [live.id for live in await store.live(new.prefix)] == [key.id]
        assert await store.live("unknown") == []
        revoked = await store.revoke(new.prefix)
        assert revoked.revoked_at is not None
        assert await store.live(new.prefix) == []
        assert await store.revoke(str(key.id)) == revoked  # again, and by id: nothing changes

    in_store(open_store, work)


def test_keys_are_listed_oldest_first_of_one_tenant_or_all(open_store: OpenStore) -> None:
    async def work(store: KeyStore) -> None:
        for tenant, name in (("anna", "1"), ("bert", "2"), ("anna", "3")):
            await store.create(new_key(), tenant=tenant, name=name)
        assert [key.name for key in await store.list()] == ["1", "2", "3"]
        assert [key.name for key in await store.list("anna")] == ["1", "3"]
        assert await store.list("nobody") == []

    in_store(open_store, work)


def test_use_is_noted_at_most_once_a_minute(open_store: OpenStore) -> None:
    async def work(store: KeyStore) -> None:
        key = await store.create(new_key(), tenant="anna", name="")
        await store.used(key.id)
        (first,) = await store.list()
        await store.used(key.id)
        (second,) = await store.list()
        assert first.last_used_at is not None
        assert second.last_used_at == first.last_used_at

    in_store(open_store, work)


def test_first_key_is_made_once_however_many_gateways_start(open_store: OpenStore) -> None:
    async def work(store: KeyStore) -> None:
        made = await asyncio.gather(*(store.create_first(new_key(), tenant="default", name="") for _ in range(4)))
        first = [key for key in made if key]
        assert len(first) == 1
        await store.revoke(first[0].prefix)
        assert await store.create_first(new_key(), tenant="default", name="") is None  # a revoked key was a key

    in_store(open_store, work)


def test_key_that_is_not_there_cannot_be_revoked_and_is_not_repeated(open_store: OpenStore) -> None:
    new = new_key()

    async def work(store: KeyStore) -> None:
        with pytest.raises(KeyNotFound) as error:
            await store.revoke(new.text)  # pasted whole
        assert new.text.split("_")[2] not in error.value.sentence

    in_store(open_store, work)


def test_database_has_no_secret_only_its_hash(gateway: RunningGateway) -> None:
    text = gateway.key()
    _, prefix, secret = text.split("_")
    with psycopg.connect(gateway.settings.database_url) as connection:
        (row,) = connection.execute("SELECT api_keys::text, secret_hash FROM api_keys").fetchall()
    assert prefix in row[0]
    assert secret not in row[0]
    assert bytes(row[1]) == hashlib.sha256(secret.encode()).digest()


def test_keys_are_asked_for_unless_switched_off(new_gateway: NewGateway) -> None:
    assert new_gateway().client(None).get("/v1/lamps").status_code == 401
    open_gateway = new_gateway({"LAMPLIGHTER_AUTHENTICATION": "off"})
    client = open_gateway.client(None)
    job = client.post("/v1/jobs", files={"document": ("a.txt", b"a")}, data={"extractor": "invoice"})
    assert job.status_code == 202
    assert len(open_gateway.run(open_gateway.store.list_jobs(OPEN_TENANT, limit=10)).jobs) == 1
    assert client.get("/v1/lamps", headers={"authorization": "Bearer nonsense"}).status_code == 200


def test_scheme_is_read_in_any_case_and_the_key_exactly(gateway: RunningGateway) -> None:
    client, key = gateway.client(None), gateway.key()
    for good in (f"Bearer {key}", f"bearer {key}", f"BEARER   {key}"):
        assert client.get("/v1/lamps", headers={"authorization": good}).status_code == 200
    for bad in (f"Bearer {key.lower()}", f"Bearer {key}x", f"Bearer {key[:-1]}", f"Bearer{key}", key, f"Basic {key}"):
        assert client.get("/v1/lamps", headers={"authorization": bad}).status_code == 401


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class CountingKeys(MemoryKeys):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def live(self, prefix: str) -> Sequence[ApiKey]:
        self.asked += 1
        return await super().live(prefix)


def test_revoked_key_ends_within_seconds_and_a_new_one_works_at_once() -> None:
    async def work() -> None:
        keys, clock, new = CountingKeys(), Clock(), new_key()
        authenticator = Authenticator(keys, clock=clock)
        header = f"Bearer {new.text}"
        with pytest.raises(RequestRefused):
            await authenticator.tenant(header)  # not there yet; that is not remembered
        await keys.create(new, tenant=TENANT, name="")
        assert await authenticator.tenant(header) == TENANT
        asked = keys.asked
        clock.seconds += REMEMBERED_SECONDS - 0.01
        assert await authenticator.tenant(header) == TENANT
        assert keys.asked == asked  # from memory
        await keys.revoke(new.prefix)
        clock.seconds += 0.01
        with pytest.raises(RequestRefused) as refused:
            await authenticator.tenant(header)
        assert (refused.value.status, refused.value.code) == (401, "key-unknown")
        assert REMEMBERED_SECONDS <= 10

    asyncio.run(work())


def test_wrong_secret_of_a_known_prefix_is_refused_after_the_right_one_was_remembered() -> None:
    async def work() -> None:
        keys, new, other = MemoryKeys(), new_key(), new_key()
        await keys.create(new, tenant=TENANT, name="")
        authenticator = Authenticator(keys)
        assert await authenticator.tenant(f"Bearer {new.text}") == TENANT
        with pytest.raises(RequestRefused):
            await authenticator.tenant(f"Bearer ll_{new.prefix}_{other.text.split('_')[2]}")

    asyncio.run(work())


def test_two_keys_with_one_prefix_open_each_its_own_tenant() -> None:
    async def work() -> None:
        keys, first, second = MemoryKeys(), new_key(), new_key()
        twin = NewKey(
            text=f"ll_{first.prefix}_{second.text.split('_')[2]}", prefix=first.prefix, secret_hash=second.secret_hash
        )
        await keys.create(first, tenant="anna", name="")
        await keys.create(twin, tenant="bert", name="")
        authenticator = Authenticator(keys)
        assert await authenticator.tenant(f"Bearer {first.text}") == "anna"
        assert await authenticator.tenant(f"Bearer {twin.text}") == "bert"

    asyncio.run(work())


def test_hashes_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr("hmac.compare_digest", compare)

    async def work() -> None:
        keys, new = MemoryKeys(), new_key()
        key = await keys.create(new, tenant=TENANT, name="")
        assert key.opened_by(new.secret_hash)
        assert not key.opened_by(new_key().secret_hash)

    asyncio.run(work())
    assert len(compared) == 2
    assert all(len(one) == len(other) == 32 for one, other in compared)


def test_keys_are_long_random_and_all_different() -> None:
    texts = {new_key().text for _ in range(200)}
    assert len(texts) == 200
    assert all(re.fullmatch(r"ll_[A-Za-z0-9]{8}_[A-Za-z0-9]{43}", text) for text in texts)
    assert len({split_key(text) for text in texts}) == 200


@settings(max_examples=50)
@given(text=st.one_of(st.text(max_size=80), st.from_regex(r"ll_[A-Za-z0-9]{7,9}_[A-Za-z0-9]{42,44}")))
def test_any_text_is_a_key_or_none(text: str) -> None:
    parts = split_key(text)
    assert (parts is not None) == bool(re.fullmatch(r"ll_[A-Za-z0-9]{8}_[A-Za-z0-9]{43}", text))
    assert parts is None or f"ll_{parts[0]}_{parts[1]}" == text


def test_unknown_id_is_no_key(open_store: OpenStore) -> None:
    with pytest.raises(KeyNotFound):
        in_store(open_store, lambda store: store.revoke(str(uuid4())))
