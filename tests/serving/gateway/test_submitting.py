"""POST /v1/jobs: what makes a job, and what each mistake of a client is told."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from serving.gateway.forms import (
    BOUNDARY,
    DOCUMENT,
    FORM_TYPE,
    SCHEMA,
    body,
    document_part,
    field,
    part,
    post_body,
    submit,
    submitted,
)
from serving.gateway.running import WORKER, RunningGateway


def test_document_and_extractor_make_a_queued_job(gateway: RunningGateway, client: httpx.Client) -> None:
    response = submit(client, DOCUMENT, "faktura č. 7.txt", extractor="invoice")
    assert response.status_code == 202
    job = response.json()
    assert response.headers["location"] == f"/v1/jobs/{job['id']}"
    assert client.get(response.headers["location"]).json() == job
    assert (job["state"], job["worker"], job["extractor"]) == ("queued", WORKER, "invoice")
    assert (job["name"], job["bytes"], job["priority"], job["attempt"]) == ("faktura č. 7.txt", len(DOCUMENT), 0, 0)
    lease = gateway.lease()
    assert gateway.run(gateway.store.leased_document(lease)) == DOCUMENT
    assert lease.job.request["schema"] == gateway.parts.catalog.extractors["invoice"].schema


def test_own_schema_goes_to_the_default_worker(gateway: RunningGateway, client: httpx.Client) -> None:
    job = submit(client, schema=SCHEMA, instructions="Totals include VAT.").json()
    assert (job["worker"], job["extractor"]) == (gateway.parts.catalog.default_worker, None)
    assert gateway.lease().job.request == {"schema": json.loads(SCHEMA), "instructions": "Totals include VAT."}


def test_client_instructions_come_after_those_of_the_extractor(gateway: RunningGateway, client: httpx.Client) -> None:
    submitted(client, extractor="invoice", instructions="The supplier is Czech.")
    own = gateway.parts.catalog.extractors["invoice"].instructions
    assert gateway.lease().job.request["instructions"] == f"{own}\nThe supplier is Czech."


def test_parts_may_come_in_any_order(client: httpx.Client) -> None:
    first = post_body(client, body(document_part(), field("extractor", b"invoice")))
    second = post_body(client, body(field("extractor", b"invoice"), document_part()))
    assert (first.status_code, second.status_code) == (202, 202)


def test_higher_priority_is_leased_first(gateway: RunningGateway, client: httpx.Client) -> None:
    ordinary = submitted(client)
    urgent = submitted(client, extractor="invoice", priority="100")
    later = submitted(client, extractor="invoice", priority="-100")
    assert [gateway.lease().job.id for _ in range(3)] == [urgent, ordinary, later]


@pytest.mark.parametrize("priority", ["101", "-101", "1.5", "high", "", "1_0", "１", "9" * 1000])
def test_priority_must_be_a_whole_number_in_bounds(client: httpx.Client, priority: str) -> None:
    response = submit(client, extractor="invoice", priority=priority)
    assert (response.status_code, response.json()["code"]) == (400, "priority-invalid")


def test_large_document_comes_out_as_it_went_in(gateway: RunningGateway, client: httpx.Client) -> None:
    document = bytes(range(256)) * 4096 * 5 + b"tail"  # 5 MiB: above what stays in memory and above one chunk of the store
    assert submit(client, document).json()["bytes"] == len(document)
    assert gateway.run(gateway.store.leased_document(gateway.lease())) == document


def test_document_without_a_name_and_without_content_is_a_job(client: httpx.Client) -> None:
    response = post_body(client, body(part(b"", b'form-data; name="document"'), field("extractor", b"invoice")))
    assert response.status_code == 202
    assert (response.json()["name"], response.json()["bytes"]) == ("", 0)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\me\scan.pdf", "scan.pdf"),
        ("a\u2028b\u0085c.pdf", "abc.pdf"),
        ("x" * 300, "x" * 200),
        ("<script>.pdf", "<script>.pdf"),
    ],
)
def test_document_name_has_no_folder_and_no_control_character(client: httpx.Client, sent: str, shown: str) -> None:
    escaped = sent.replace("\\", "\\\\")
    response = post_body(client, body(document_part(name=escaped), field("extractor", b"invoice")))
    assert response.json()["name"] == shown


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (body(field("extractor", b"invoice")), "document-missing"),
        (body(), "document-missing"),
        (body(document_part()), "task-unclear"),
        (body(document_part(), field("extractor", b"invoice"), field("schema", SCHEMA.encode())), "task-unclear"),
        (body(document_part(), document_part(), field("extractor", b"invoice")), "field-repeated"),
        (body(document_part(), field("extractor", b"a"), field("extractor", b"b")), "field-repeated"),
        (body(document_part(), field("colour", b"red")), "field-unknown"),
        (body(document_part(), part(b"", b"attachment")), "form-malformed"),
        (body(document_part(), part(b"", b"form-data")), "form-malformed"),
        (body(document_part(), field("extractor", b"\xff")), "field-not-text"),
        (body(document_part(), field("extractor", b"a\0b")), "field-not-text"),
        (document_part() + field("extractor", b"invoice"), "form-malformed"),
        (b"", "form-malformed"),
        (b"no form at all", "form-malformed"),
        (body(document_part())[2:], "form-malformed"),
    ],
)
def test_form_that_is_not_one_says_what_is_wrong(client: httpx.Client, content: bytes, code: str) -> None:
    response = post_body(client, content)
    assert (response.status_code, response.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("content_type", "status", "code"),
    [
        ("application/json", 415, "not-a-form"),
        ("application/x-www-form-urlencoded", 415, "not-a-form"),
        ("multipart/mixed; boundary=x", 415, "not-a-form"),
        ("multipart/form-data", 400, "form-malformed"),
        ("multipart/form-data; boundary=", 400, "form-malformed"),
        ("multipart/form-data; boundary=" + "x" * 71, 400, "form-malformed"),
        ('multipart/form-data; boundary="a b"', 400, "form-malformed"),
        (FORM_TYPE.replace(BOUNDARY.decode(), "another"), 400, "form-malformed"),
    ],
)
def test_content_type_must_be_that_of_a_form(client: httpx.Client, content_type: str, status: int, code: str) -> None:
    response = post_body(client, body(document_part(), field("extractor", b"invoice")), content_type)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_missing_content_type_is_named(client: httpx.Client) -> None:
    assert client.post("/v1/jobs", content=b"").json()["code"] == "not-a-form"


def test_unknown_extractor_is_told_the_known_ones(client: httpx.Client) -> None:
    response = submit(client, extractor="receipt")
    assert (response.status_code, response.json()["code"]) == (422, "extractor-unknown")
    assert "invoice" in response.json()["hint"]


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"type": "object", "properties": {"a": {"type": "string", "format": "ipv6"}}}, "/properties/a/format"),
        ({"type": "object", "properties": {"a/b": {"type": "colour"}}}, "/properties/a~1b/type"),
        ({"type": "array", "items": {"type": "string"}}, "/type"),
        ({"type": "object", "properties": {}}, "/properties"),
        (["not", "an", "object"], ""),
    ],
)
def test_refused_schema_names_the_keyword_by_json_pointer(client: httpx.Client, schema: Any, path: str) -> None:
    response = submit(client, schema=json.dumps(schema))
    assert (response.status_code, response.json()["code"], response.json()["path"]) == (422, "schema-refused", path)


@pytest.mark.parametrize(
    "schema",
    [
        "",
        "{",
        "NaN",
        '{"type": "object", "properties": {"a": {"type": "number", "minimum": NaN}}}',
        '{"type": "object", "properties": {"a": {"type": "number", "minimum": 1e999}}}',
        '{"type": "object", "properties": {"a": {"type": "number", "minimum": -1e999}}}',
        '{"type": "object", "properties": {"a": {"type": "string", "title": "\\ud800"}}}',
        '{"type": "object", "properties": {"a": {"type": "integer", "minimum": ' + "9" * 5000 + "}}}",
        "[" * 100_000,
        '{"a":' * 40_000,
        '{"type": "object", "properties": {"a": ' * 60 + '{"type": "string"}' + "}}" * 60,
        '{"type": "object", "properties": {"a": ' * 400 + '{"type": "string"}' + "}}" * 400,
        '{"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}}',
        '{"type": "object", "properties": {"a": {"$ref": "https://example.com/schema"}}}',
        '{"type": "object", "properties": {"a": {"type": "string", "default": ' + "[" * 300 + "]" * 300 + "}}}",
    ],
)
def test_schema_that_cannot_be_used_is_refused_and_breaks_nothing(client: httpx.Client, schema: str) -> None:
    response = submit(client, schema=schema)
    assert (response.status_code, response.json()["code"]) == (422, "schema-refused"), response.text


def test_several_clients_at_once_get_each_their_own_job(gateway: RunningGateway) -> None:
    documents = {f"client-{number}.bin": bytes([number]) * (200_000 + number) for number in range(8)}

    def send(name: str) -> tuple[str, str]:
        client = gateway.client(f"tenant-{name[7]}")
        return name, submit(client, documents[name], name).json()["id"]

    with ThreadPoolExecutor(8) as pool:
        ids = dict(pool.map(send, documents))
    leases = {str(lease.job.id): lease for lease in (gateway.lease() for _ in documents)}
    for name, job_id in ids.items():
        assert leases[job_id].job.document_name == name
        assert gateway.run(gateway.store.leased_document(leases[job_id])) == documents[name]
