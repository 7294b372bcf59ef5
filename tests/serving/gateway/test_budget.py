"""Bytes of uploads in flight: never more than the whole, no tenant more than its share, and all of them given back."""

import socket
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.errors import SettingsError
from lamplighter_serving.gateway.form import FORM_BYTES
from lamplighter_serving.gateway.limits import TENANT_SHARE, ByteBudget, Hold
from lamplighter_serving.gateway.problems import RequestRefused
from serving.gateway.conftest import NewGateway
from serving.gateway.forms import document_part, submit
from serving.gateway.running import RunningGateway, wait_until
from serving.gateway.test_uploading import connect

TOTAL = 1000
TENANTS = ("anna", "bert", "cyril")

steps = st.lists(st.tuples(st.sampled_from(TENANTS), st.integers(0, 4), st.sampled_from(["take", "end"]), st.integers(0, 500)))


@given(steps=steps, least=st.integers(0, TOTAL))
def test_whole_and_share_hold_whatever_is_taken_and_given_back(steps: list[tuple[str, int, str, int]], least: int) -> None:
    budget = ByteBudget(TOTAL, least_tenant_bytes=least)
    share = max(int(TOTAL * TENANT_SHARE), least)
    holds: dict[tuple[str, int], tuple[Hold, int]] = {}
    for tenant, number, step, count in steps:
        hold, held = holds.setdefault((tenant, number), (budget.hold(tenant), 0))
        whole = sum(bytes_held for _, bytes_held in holds.values())
        of_tenant = sum(bytes_held for (whose, _), (_, bytes_held) in holds.items() if whose == tenant)
        if step == "end":
            hold.__exit__(None, None, None)
            del holds[tenant, number]
        else:
            refusal = 503 if whole + count > TOTAL else 429 if of_tenant + count > share else None
            if refusal is None:
                hold.take(count)
                holds[tenant, number] = hold, held + count
                continue
            with pytest.raises(RequestRefused) as refused:
                hold.take(count)
            assert refused.value.status == refusal
            assert int(refused.value.headers["retry-after"]) > 0
        assert budget.held_bytes == sum(bytes_held for _, bytes_held in holds.values()) <= TOTAL
    for hold, _ in holds.values():
        hold.__exit__(None, None, None)
    assert budget.held_bytes == 0


@given(first=st.integers(0, TOTAL * 2), second=st.integers(0, TOTAL // 4))
def test_greedy_tenant_leaves_a_quarter_to_the_others(first: int, second: int) -> None:
    budget = ByteBudget(TOTAL)
    with budget.hold("greedy") as greedy, budget.hold("modest") as modest:
        for _ in range(first):
            try:
                greedy.take(1)
            except RequestRefused:
                break
        modest.take(second)  # is not refused


def fill(gateway: RunningGateway, stack: ExitStack, count: int, tenant: str) -> None:
    """Holds `count` bytes more with an upload that does not end before the stack."""
    wanted = gateway.parts.budget.held_bytes + count
    connection: socket.socket = stack.enter_context(connect(gateway, length=700_000, tenant=tenant))
    begin = document_part(b"")[:-2]
    connection.sendall(begin + b"x" * (count - len(begin)))
    wait_until(lambda: gateway.parts.budget.held_bytes >= wanted)


@pytest.fixture
def narrow(new_gateway: NewGateway) -> RunningGateway:
    """Takes documents of 500 kB, 1.2 MB in flight: 900 kB for one tenant."""
    return new_gateway({"LAMPLIGHTER_MAX_DOCUMENT_BYTES": "500000", "LAMPLIGHTER_MAX_UPLOADS_BYTES": "1200000"})


def test_tenant_beyond_its_share_gets_429_while_another_is_served(narrow: RunningGateway) -> None:
    with ExitStack() as stack:
        fill(narrow, stack, 450_000, "busy")
        fill(narrow, stack, 400_000, "busy")
        response = submit(narrow.client("busy"), b"x" * 100_000)
        assert (response.status_code, response.json()["code"]) == (429, "uploads-share-used")
        assert int(response.headers["retry-after"]) > 0
        assert submit(narrow.client("quiet"), b"x" * 100_000).status_code == 202


def test_all_uploads_together_beyond_the_whole_get_503(narrow: RunningGateway) -> None:
    with ExitStack() as stack:
        for tenant in ("anna", "bert"):
            fill(narrow, stack, 490_000, tenant)
        response = submit(narrow.client("cyril"), b"x" * 300_000)
        assert (response.status_code, response.json()["code"]) == (503, "uploads-busy")
        assert int(response.headers["retry-after"]) > 0


def test_room_is_there_again_once_uploads_end(narrow: RunningGateway) -> None:
    with ExitStack() as stack:
        fill(narrow, stack, 450_000, "busy")
        fill(narrow, stack, 400_000, "busy")
    wait_until(lambda: not narrow.parts.budget.held_bytes)
    assert submit(narrow.client("busy"), b"x" * 100_000).status_code == 202


def test_one_document_of_full_size_fits_the_smallest_budget(new_gateway: NewGateway) -> None:
    gateway = new_gateway(
        {"LAMPLIGHTER_MAX_DOCUMENT_BYTES": "300000", "LAMPLIGHTER_MAX_UPLOADS_BYTES": str(300_000 + FORM_BYTES)}
    )
    assert submit(gateway.client(), b"x" * 300_000).status_code == 202


def test_budget_below_one_document_is_refused_at_start(new_gateway: NewGateway) -> None:
    with pytest.raises(SettingsError, match=r"LAMPLIGHTER_MAX_UPLOADS_BYTES.*300000.*LAMPLIGHTER_MAX_DOCUMENT_BYTES"):
        new_gateway({"LAMPLIGHTER_MAX_DOCUMENT_BYTES": "300000", "LAMPLIGHTER_MAX_UPLOADS_BYTES": "300000"})
