"""What both stores promise of fairness: turns between tenants, whatever one of them has queued."""

from datetime import timedelta

import pytest

from lamplighter_serving.queue.store import JobStore
from serving.queue.jobs import HOLDER, LEASE, OTHER_TENANT, PROBLEM, TENANT, WORKER, lease_one, submit
from serving.queue.timed import TimedStore

pytestmark = pytest.mark.anyio


async def turns(store: JobStore, count: int, *, at_once: int = 1) -> str:
    """Whose jobs come next, by the first letter of the tenant."""
    given = ""
    for _ in range(count // at_once):
        leases = await store.lease(WORKER, holder=HOLDER, limit=at_once, duration=LEASE)
        given += "".join(lease.job.tenant[0] for lease in leases)
        for lease in leases:
            await store.complete(lease, {})
    return given


@pytest.mark.parametrize("busy", [1, 3])
async def test_the_first_job_of_a_tenant_waits_for_no_queued_job_of_another(store: JobStore, busy: int) -> None:
    for _ in range(20):
        await submit(store)
    for _ in range(busy):
        await lease_one(store)
    job = await submit(store, tenant=OTHER_TENANT)
    assert (await lease_one(store)).job.id == job.id


async def test_two_tenants_with_much_to_do_take_turns(store: JobStore) -> None:
    for _ in range(8):
        await submit(store)
    for _ in range(4):
        await submit(store, tenant=OTHER_TENANT)
    assert await turns(store, 12) == "agagagagaaaa"


async def test_turns_are_kept_within_one_call_too(store: JobStore) -> None:
    for tenant in [TENANT] * 6 + [OTHER_TENANT] * 6:
        await submit(store, tenant=tenant)
    assert await turns(store, 12, at_once=4) == "agagagagagag"


async def test_a_weight_gives_so_many_turns_to_one_of_another(timed: TimedStore) -> None:
    await timed.weigh(OTHER_TENANT, 3)
    for tenant in [TENANT] * 12 + [OTHER_TENANT] * 12:
        await submit(timed.store, tenant=tenant)
    given = await turns(timed.store, 16)
    assert (given.count("a"), given.count("g")) == (4, 12)
    assert "aa" not in given
    assert "gggg" not in given


async def test_weights_hold_within_one_call_and_across_calls(timed: TimedStore) -> None:
    await timed.weigh(TENANT, 2)
    for tenant in [TENANT] * 30 + [OTHER_TENANT] * 30:
        await submit(timed.store, tenant=tenant)
    given = await turns(timed.store, 30, at_once=5)
    assert (given.count("a"), given.count("g")) == (20, 10)


async def test_a_high_priority_takes_no_turn_from_another_tenant(store: JobStore) -> None:
    for _ in range(4):
        await submit(store, priority=100)
    await submit(store, tenant=OTHER_TENANT)
    await submit(store, tenant=OTHER_TENANT)
    assert (await turns(store, 6)).startswith("agag")


async def test_a_priority_below_zero_waits_for_the_other_work_of_everybody(store: JobStore) -> None:
    await submit(store, priority=-1)
    await submit(store, tenant=OTHER_TENANT)
    await submit(store, tenant=OTHER_TENANT)
    assert await turns(store, 3) == "gga"


async def test_a_tenant_that_was_away_has_saved_no_turns(store: JobStore) -> None:
    for _ in range(10):
        await submit(store)
    await turns(store, 5)
    for _ in range(5):
        await submit(store, tenant=OTHER_TENANT)
    assert await turns(store, 6) == "gagaga"


async def test_a_retry_is_a_turn(timed: TimedStore) -> None:
    for tenant in (TENANT, OTHER_TENANT, OTHER_TENANT):
        await submit(timed.store, tenant=tenant)
    await timed.store.retry(await lease_one(timed.store), PROBLEM, delay=timedelta(0))
    assert await turns(timed.store, 3) == "gag"


async def test_turns_in_one_class_do_not_count_in_another(store: JobStore) -> None:
    for _ in range(3):
        await submit(store, worker="ocr", tenant=OTHER_TENANT)
    for _ in range(3):
        await lease_one(store, worker="ocr")
    await submit(store, tenant=OTHER_TENANT)
    await submit(store)
    assert await turns(store, 2) == "ga"


async def test_a_tenant_whose_retries_all_wait_takes_no_turn(timed: TimedStore) -> None:
    await submit(timed.store)
    await timed.store.retry(await lease_one(timed.store), PROBLEM, delay=timedelta(hours=1))
    await submit(timed.store, tenant=OTHER_TENANT)
    assert await turns(timed.store, 2) == "g"
