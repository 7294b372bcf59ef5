"""The Idempotency-Key: sending again gives the job of the first time, never a second one."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from serving.gateway.forms import DOCUMENT, SCHEMA, body, document_part, field, submit
from serving.gateway.running import RunningGateway


def keyed(client: httpx.Client, key: str = "order-17", **more: str) -> httpx.Response:
    return submit(client, headers={"idempotency-key": key}, **more)


def test_same_request_again_gives_the_first_job(gateway: RunningGateway, client: httpx.Client) -> None:
    first, second = keyed(client), keyed(client)
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"]
    assert len(client.get("/v1/jobs").json()["jobs"]) == 1


def test_answer_to_a_repetition_shows_the_job_as_it_stands_now(gateway: RunningGateway, client: httpx.Client) -> None:
    keyed(client)
    gateway.lease()
    assert keyed(client).json()["state"] == "running"


def test_order_of_the_parts_does_not_make_another_request(client: httpx.Client) -> None:
    headers = {"idempotency-key": "k", "content-type": "multipart/form-data; boundary=lamplighter-test"}
    parts = document_part(), field("schema", SCHEMA.encode()), field("priority", b"3")
    first = client.post("/v1/jobs", content=body(*parts), headers=headers)
    second = client.post("/v1/jobs", content=body(*reversed(parts)), headers=headers)
    assert (first.status_code, second.status_code) == (202, 200)


def test_key_with_another_request_is_refused_and_names_the_job(client: httpx.Client) -> None:
    first = keyed(client).json()
    others = [
        keyed(client, schema=SCHEMA),
        keyed(client, extractor="invoice", priority="1"),
        keyed(client, extractor="invoice", instructions="x"),
        submit(client, DOCUMENT + b"!", headers={"idempotency-key": "order-17"}),
        submit(client, DOCUMENT, "other.txt", headers={"idempotency-key": "order-17"}),
    ]
    assert {response.status_code for response in others} == {409}
    assert {response.json()["code"] for response in others} == {"idempotency-conflict"}
    assert all(first["id"] in response.text for response in others)


def test_keys_of_two_tenants_do_not_meet(gateway: RunningGateway, client: httpx.Client) -> None:
    other = gateway.client("other")
    assert keyed(client).json()["id"] != keyed(other).json()["id"]


def test_requests_at_the_same_time_make_one_job(gateway: RunningGateway, client: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: keyed(client), range(16)))
    assert sorted({response.status_code for response in responses}) == [200, 202]
    assert [response.status_code for response in responses].count(202) == 1
    assert len({response.json()["id"] for response in responses}) == 1


@pytest.mark.parametrize("key", ["", "a" * 256, "ké", "a\tb"])
def test_key_must_be_printable_ascii_of_sensible_length(client: httpx.Client, key: str) -> None:
    response = submit(client, headers=[(b"idempotency-key", key.encode("latin-1"))])  # type: ignore[arg-type]
    assert (response.status_code, response.json()["code"]) == (400, "idempotency-key-invalid")


@pytest.mark.parametrize("key", ["a", "a" * 255, "order 17 / ~"])
def test_any_printable_ascii_is_a_key(client: httpx.Client, key: str) -> None:
    assert keyed(client, key).status_code == 202
