"""Pictures of a job's pages: over HTTP with the real renderer, and the memory that keeps them."""

import asyncio
import io
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lamplighter_serving.gateway.pictures import MOST_DRAWING, PictureCache
from serving.gateway.forms import submitted
from serving.gateway.running import RunningGateway


def test_page_is_drawn_as_wide_as_asked(client: httpx.Client) -> None:
    job_id = submitted(client, "Faktura č. 7\nCelkem 12,00 Kč".encode())
    for query, width in (("", 900), ("?width=100", 100), ("?width=2400", 2400)):
        response = client.get(f"/v1/jobs/{job_id}/pages/1.png{query}")
        assert response.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(response.content)).width == width


def test_page_behind_the_last_is_not_there(client: httpx.Client) -> None:
    response = client.get(f"/v1/jobs/{submitted(client)}/pages/2.png")
    assert (response.status_code, response.json()["code"]) == (422, "document-page-missing")


def test_document_that_cannot_be_drawn_says_why(client: httpx.Client) -> None:
    response = client.get(f"/v1/jobs/{submitted(client, b'%PDF-1.7 broken')}/pages/1.png")
    assert response.status_code == 422
    assert response.json()["code"].startswith("document-")


def test_document_that_retention_deleted_is_gone(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    with psycopg.connect(gateway.settings.database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM document_chunks")
    response = client.get(f"/v1/jobs/{job_id}/pages/1.png")
    assert (response.status_code, response.json()["code"]) == (410, "document-gone")


def test_picture_of_another_tenant_is_not_shown_even_when_it_is_kept(gateway: RunningGateway, client: httpx.Client) -> None:
    path = f"/v1/jobs/{submitted(client)}/pages/1.png"
    assert client.get(path).status_code == 200
    assert gateway.client("other").get(path).status_code == 404


JOB = uuid4()


def test_those_who_ask_at_once_share_one_drawing() -> None:
    drawn = 0

    async def draw() -> bytes:
        nonlocal drawn
        drawn += 1
        await asyncio.sleep(0)
        return b"picture"

    async def ask() -> list[bytes]:
        cache = PictureCache()
        return await asyncio.gather(*(cache.picture((JOB, 1, 900), draw) for _ in range(5)))

    assert asyncio.run(ask()) == [b"picture"] * 5
    assert drawn == 1


def test_client_that_goes_away_takes_the_drawing_from_nobody() -> None:
    async def ask() -> bytes:
        go = asyncio.Event()

        async def draw() -> bytes:
            await go.wait()
            return b"picture"

        cache = PictureCache()
        first, second = (asyncio.create_task(cache.picture((JOB, 1, 900), draw)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        go.set()
        return await second

    assert asyncio.run(ask()) == b"picture"


def test_failed_drawing_is_tried_again() -> None:
    async def fail() -> bytes:
        raise LookupError

    async def draw() -> bytes:
        return b"picture"

    async def ask() -> bytes:
        cache = PictureCache()
        with pytest.raises(LookupError):
            await cache.picture((JOB, 1, 900), fail)
        return await cache.picture((JOB, 1, 900), draw)

    assert asyncio.run(ask()) == b"picture"


def test_no_more_documents_than_allowed_are_in_memory_at_once() -> None:
    drawing = most = 0

    async def draw() -> bytes:
        nonlocal drawing, most
        drawing += 1
        most = max(most, drawing)
        await asyncio.sleep(0)
        drawing -= 1
        return b""

    async def ask() -> None:
        cache = PictureCache()
        await asyncio.gather(*(cache.picture((JOB, number, 900), draw) for number in range(10)))

    asyncio.run(ask())
    assert most == MOST_DRAWING


@given(asked=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 120)), max_size=30))
def test_kept_pictures_never_take_more_than_their_room(asked: list[tuple[int, int]]) -> None:
    async def ask() -> None:
        cache = PictureCache(most_bytes=100)
        for number, size in asked:

            async def draw(size: int = size) -> bytes:
                return b"x" * size

            await cache.picture((UUID(int=number), 1, 900), draw)
            assert cache.size_bytes <= 100

    asyncio.run(ask())
