"""Scopes, quotas, rates, usage and the audit log, over HTTP and in the database."""

import json
from datetime import UTC, datetime

import psycopg
import pytest

from lamplighter_serving.gateway.main import main
from lamplighter_serving.gateway.quotas import Quotas
from lamplighter_serving.gateway.tenant_table import TenantTable
from lamplighter_serving.gateway.tenants import Agreement
from serving.gateway.conftest import own_log
from serving.gateway.forms import submit
from serving.gateway.running import TENANT, RunningGateway

DOCUMENT = b"an invoice"
RESULT = {"usage": {"prompt_tokens": 70, "completion_tokens": 30}, "seconds": {"wait": 9.0, "read": 0.5, "extract": 1.5}}


def agree(gateway: RunningGateway, **terms: int) -> None:
    """Agrees it, and lets the gateway forget what it knew."""
    table = TenantTable(gateway.keys._database)
    gateway.run(table.agree(Agreement(tenant=TENANT, **terms)))
    gateway.parts.quotas._known.clear()


@pytest.fixture(autouse=True)
def forget(gateway: RunningGateway) -> None:
    gateway.parts.quotas._known.clear()


@pytest.mark.parametrize(
    ("scopes", "reads", "submits", "audits"),
    [
        (("read",), 200, 403, 403),
        (("submit",), 403, 202, 403),
        (("admin",), 403, 403, 200),
        (("read", "submit"), 200, 202, 403),
    ],
)
def test_a_key_may_do_what_its_scopes_say(
    gateway: RunningGateway, scopes: tuple[str, ...], reads: int, submits: int, audits: int
) -> None:
    client = gateway.client(scopes=scopes)
    assert client.get("/v1/jobs").status_code == reads
    assert submit(client, DOCUMENT, extractor="invoice").status_code == submits
    assert client.get("/v1/audit").status_code == audits
    if reads == 403:
        assert client.get("/v1/jobs").json()["scope"] == "read"


def test_usage_adds_up_jobs_bytes_tokens_and_seconds_of_the_day(gateway: RunningGateway) -> None:
    client = gateway.client()
    for _ in range(2):
        submit(client, DOCUMENT, extractor="invoice")
    gateway.run(gateway.store.complete(gateway.lease(), RESULT))
    (day,) = client.get("/v1/usage").json()["usage"]
    assert day == {
        "tenant": TENANT,
        "day": datetime.now(UTC).date().isoformat(),
        "worker": "extract",
        "jobs": 2,
        "bytes": 2 * len(DOCUMENT),
        "prompt_tokens": 70,
        "completion_tokens": 30,
        "work_seconds": 2.0,
    }
    assert gateway.client(tenant="other").get("/v1/usage").json() == {"usage": []}


def test_a_document_in_several_pieces_is_counted_once_and_whole(gateway: RunningGateway) -> None:
    client = gateway.client()
    submit(client, b"x" * 2_500_000, extractor="invoice")
    (day,) = client.get("/v1/usage").json()["usage"]
    assert (day["jobs"], day["bytes"]) == (1, 2_500_000)


@pytest.mark.parametrize("terms", [{"jobs_a_day": 1}, {"bytes_a_day": 10}, {"tokens_a_day": 0}])
def test_a_quota_that_is_used_up_refuses_jobs_until_midnight(gateway: RunningGateway, terms: dict[str, int]) -> None:
    agree(gateway, **terms)
    client = gateway.client()
    first = submit(client, DOCUMENT, extractor="invoice")
    refusal = first if "tokens_a_day" in terms else submit(client, DOCUMENT, extractor="invoice")
    assert (refusal.status_code, refusal.json()["code"]) == (429, "quota-used")
    assert 0 < int(refusal.headers["retry-after"]) <= 24 * 3600
    assert client.get("/v1/jobs").status_code == 200
    assert submit(gateway.client(tenant="other"), DOCUMENT, extractor="invoice").status_code == 202


def test_a_quota_counts_what_other_gateways_took(gateway: RunningGateway) -> None:
    agree(gateway, jobs_a_day=2)
    client = gateway.client()
    with psycopg.connect(gateway.settings.database_url, autocommit=True) as connection:
        today = "(now() AT TIME ZONE 'UTC')::date"
        connection.execute(f"INSERT INTO usage (tenant, day, worker, jobs) VALUES ('{TENANT}', {today}, 'extract', 2)")
    assert submit(client, DOCUMENT, extractor="invoice").status_code == 429


def test_requests_beyond_the_rate_are_refused_until_time_has_passed(gateway: RunningGateway) -> None:
    now = 100.0
    agree(gateway, requests_a_minute=2)
    quotas = Quotas(TenantTable(gateway.keys._database), clock=lambda: now)
    for _ in range(2):
        gateway.run(quotas.request(TENANT))
    with pytest.raises(Exception, match="2 requests a minute") as refused:
        gateway.run(quotas.request(TENANT))
    assert refused.value.headers == {"retry-after": "30"}  # type: ignore[attr-defined]
    now += 30
    gateway.run(quotas.request(TENANT))


def test_acts_of_administration_are_logged_and_the_log_cannot_be_changed(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LAMPLIGHTER_HOLDER", "operator-7")

    def run(*arguments: str) -> dict[str, list[dict[str, object]]]:
        with own_log():
            assert main([*arguments, "--format", "json"]) == 0
        printed: dict[str, list[dict[str, object]]] = json.loads(capsys.readouterr().out)
        return printed

    prefix = str(run("keys", "create", "--tenant", "anna", "--scope", "read")["prefix"])
    run("tenants", "set", "anna", "--weight", "3", "--jobs-a-day", "10")
    assert run("tenants", "set", "anna", "--jobs-a-day", "none")["tenants"][0]["weight"] == 3
    for _ in range(2):  # the second time there is nothing to do
        run("keys", "revoke", prefix)
    acts = run("audit", "--tenant", "anna")["audit"]
    assert [act["act"] for act in acts] == ["key-revoked", "tenant-changed", "tenant-changed", "key-created"]
    assert {act["actor"] for act in acts} == {"operator-7"}
    assert acts[-1]["detail"] == {"name": "", "scopes": ["read"]}
    assert run("audit", "--tenant", "bert")["audit"] == []
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in ("DELETE FROM audit", "UPDATE audit SET actor = ''", "TRUNCATE audit"):
            with pytest.raises(psycopg.errors.RaiseException, match="rows are only added"):
                connection.execute(statement)  # type: ignore[call-overload]


def test_tables_for_people_have_a_line_for_each_tenant(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    with own_log():
        main(["tenants", "set", "anna", "--weight", "3"])
        main(["usage"])
    header, row, usage = capsys.readouterr().out.splitlines()
    assert header.split()[:2] == ["tenant", "weight"]
    assert row.split() == ["anna", "3", "-", "-", "-", "-"]
    assert usage.startswith("day ")
