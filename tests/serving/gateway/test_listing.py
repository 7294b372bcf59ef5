"""A tenant's list of jobs: newest first, in pages, by state, by a word."""

import base64
import uuid
from collections.abc import Iterator

import httpx
import pytest

from lamplighter_serving.queue.job import Problem
from serving.gateway.forms import submitted
from serving.gateway.running import RunningGateway
from serving.gateway.test_reading import RESULT


def pages(client: httpx.Client, **query: str | int) -> Iterator[list[str]]:
    """The names on each page, until there is no next one."""
    while True:
        answer = client.get("/v1/jobs", params=query).json()
        yield [job["name"] for job in answer["jobs"]]
        if answer["next_cursor"] is None:
            return
        query["cursor"] = answer["next_cursor"]


def test_list_is_empty_before_the_first_job(client: httpx.Client) -> None:
    assert client.get("/v1/jobs").json() == {"jobs": [], "next_cursor": None}


def test_pages_hold_every_job_once_newest_first(client: httpx.Client) -> None:
    names = [f"{number}.txt" for number in range(7)]
    for name in names:
        submitted(client, name=name)
    assert list(pages(client, limit=3)) == [["6.txt", "5.txt", "4.txt"], ["3.txt", "2.txt", "1.txt"], ["0.txt"]]
    assert list(pages(client, limit=7)) == [list(reversed(names))]


def test_job_that_comes_while_one_pages_moves_nothing(client: httpx.Client) -> None:
    for number in range(4):
        submitted(client, name=f"{number}.txt")
    reading = pages(client, limit=2)
    assert next(reading) == ["3.txt", "2.txt"]
    submitted(client, name="new.txt")
    assert list(reading) == [["1.txt", "0.txt"]]


def test_state_chooses(gateway: RunningGateway, client: httpx.Client) -> None:
    for name in ("cancelled", "running", "done", "failed", "queued"):
        submitted(client, name=name)
    client.delete(f"/v1/jobs/{client.get('/v1/jobs', params={'q': 'cancelled'}).json()['jobs'][0]['id']}")
    gateway.lease()
    gateway.run(gateway.store.complete(gateway.lease(), RESULT))
    gateway.run(gateway.store.fail(gateway.lease(), Problem(code="x", sentence="x")))
    for state in ("queued", "running", "done", "failed", "cancelled"):
        assert list(pages(client, state=state)) == [[state]]
    assert list(pages(client, state="dead")) == [[]]


def test_search_finds_part_of_a_name_and_of_an_id_in_any_case(client: httpx.Client) -> None:
    first = submitted(client, name="Faktura Řehoř 2026.pdf")
    submitted(client, name="100%_sure.pdf")
    assert list(pages(client, q="řehoř")) == [["Faktura Řehoř 2026.pdf"]]
    assert list(pages(client, q="FAKTURA")) == [["Faktura Řehoř 2026.pdf"]]
    assert list(pages(client, q=str(first)[4:16])) == [["Faktura Řehoř 2026.pdf"]]
    assert list(pages(client, q="%")) == [["100%_sure.pdf"]]  # no wildcard
    assert list(pages(client, q="_")) == [["100%_sure.pdf"]]
    assert list(pages(client, q="' OR 1=1 --")) == [[]]


def test_search_and_state_hold_together(client: httpx.Client) -> None:
    cancelled = submitted(client, name="a1.txt")
    submitted(client, name="a2.txt")
    client.delete(f"/v1/jobs/{cancelled}")
    assert list(pages(client, q="a", state="queued")) == [["a2.txt"]]


def test_jobs_of_another_tenant_are_in_no_list(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    other = gateway.client("other")
    assert list(pages(other)) == [[]]
    assert list(pages(other, q=str(job_id))) == [[]]


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "nonsense",
        "é",
        cursor(""),
        cursor("2026-01-01T00:00:00+00:00"),
        cursor(f"2026-01-01T00:00:00 {uuid.UUID(int=0)}"),
        cursor(f"9999-12-31T23:59:59+00:00 {uuid.UUID(int=0)}"),
        cursor(f"9999-12-31T23:59:59-23:59 {uuid.UUID(int=0)}"),
        cursor(f"0001-01-01T00:00:00+23:59 {uuid.UUID(int=0)}"),
        cursor(f"2026-01-01T00:00:00+23:00 {uuid.UUID(int=0)}"),
        cursor(f"2026-01-01T00:00:00+00:00:01 {uuid.UUID(int=0)}"),
        cursor("infinity ffffffff-ffff-ffff-ffff-ffffffffffff"),
        cursor("2026-01-01T00:00:00+00:00 ' OR 1=1"),
    ],
)
def test_forged_cursor_gives_a_page_of_ones_own_jobs(gateway: RunningGateway, client: httpx.Client, forged: str) -> None:
    submitted(gateway.client("other"), name="theirs")
    response = client.get("/v1/jobs", params={"cursor": forged})
    assert response.status_code == 200
    assert response.json()["jobs"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("limit", "١"),
        ("limit", ""),
        ("state", "lost"),
        ("state", ""),
        ("q", "a\nb"),
        ("q", "a\0b"),
        ("q", "x" * 201),
    ],
)
def test_query_outside_its_bounds_is_refused_by_name(client: httpx.Client, name: str, value: str) -> None:
    response = client.get("/v1/jobs", params={name: value})
    assert (response.status_code, response.json()["code"], response.json()["parameter"]) == (400, "query-invalid", name)
