"""What both stores promise of worker processes: who is there, and what they counted."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lamplighter_serving.queue.store import JobStore, Presence, Retention, Tally
from serving.queue.timed import Elapse

pytestmark = pytest.mark.anyio

STARTED = datetime(2026, 1, 1, 12, tzinfo=UTC)
PRESENCE = Presence(
    holder="worker-1",
    worker="extract",
    state="waking",
    stage="weights",
    stages={"pull": 1.5, "boot \x00": 0.25},
    started_at=STARTED,
    beat_at=STARTED,
)
MINUTE = timedelta(minutes=1)
RETENTION = Retention(documents=timedelta(days=30), jobs=timedelta(days=30))


def counter(total: float, worker: str = "extract", label: str = "") -> Tally:
    return Tally(worker=worker, metric="pages_total", label=label, bounds=(), counts=(0,), total=total)


def histogram(counts: tuple[int, ...], total: float, bounds: tuple[float, ...] = (1.0, 5.0)) -> Tally:
    return Tally(worker="extract", metric="job_seconds", label="", bounds=bounds, counts=counts, total=total)


async def sums(store: JobStore) -> dict[tuple[str, str, str], Tally]:
    return {(tally.worker, tally.metric, tally.label): tally for tally in await store.tallies()}


async def test_a_presence_comes_back_with_the_time_of_its_beat(store: JobStore) -> None:
    await store.beat(PRESENCE)
    (seen,) = await store.presences(within=MINUTE)
    assert replace(seen, beat_at=STARTED) == PRESENCE
    # The time is the store's: one that a worker with a wrong clock would bring is of no use.
    assert seen.beat_at != STARTED


async def test_the_newest_beat_of_a_holder_counts(store: JobStore) -> None:
    await store.beat(PRESENCE)
    lit = replace(PRESENCE, state="lit", stage="", stages={"pull": 2.0}, started_at=STARTED + MINUTE)
    await store.beat(lit)
    (seen,) = await store.presences(within=MINUTE)
    assert replace(seen, beat_at=STARTED) == lit


async def test_a_presence_that_went_silent_is_not_listed_and_returns_with_its_next_beat(
    store: JobStore, elapse: Elapse
) -> None:
    await store.beat(PRESENCE)
    await elapse(MINUTE)
    assert list(await store.presences(within=MINUTE)) == []
    assert len(await store.presences(within=3 * MINUTE)) == 1
    await store.beat(PRESENCE)
    assert len(await store.presences(within=MINUTE)) == 1


async def test_presences_are_ordered_by_class_and_age(store: JobStore) -> None:
    for holder, worker, minutes in [("d", "b", 0), ("c", "a", 2), ("b", "a", 1), ("a", "a", 2)]:
        await store.beat(replace(PRESENCE, holder=holder, worker=worker, started_at=STARTED + minutes * MINUTE))
    assert [each.holder for each in await store.presences(within=MINUTE)] == ["b", "a", "c", "d"]


async def test_a_holder_that_left_is_gone_and_its_tallies_stay(store: JobStore) -> None:
    await store.beat(PRESENCE)
    await store.tally(PRESENCE.holder, [counter(3)])
    await store.leave(PRESENCE.holder)
    assert list(await store.presences(within=MINUTE)) == []
    assert list(await store.tallies()) == [counter(3)]
    await store.leave(PRESENCE.holder)


async def test_no_tallies_are_no_sums(store: JobStore) -> None:
    assert list(await store.tallies()) == []
    await store.tally("a", [])
    assert list(await store.tallies()) == []


async def test_writing_tallies_again_replaces_them(store: JobStore) -> None:
    await store.tally("a", [counter(3), histogram((1, 2, 3), 20.5)])
    await store.tally("a", [counter(5), histogram((2, 2, 3), 21.5)])
    await store.tally("a", [counter(5)])
    assert await sums(store) == {
        ("extract", "pages_total", ""): counter(5),
        ("extract", "job_seconds", ""): histogram((2, 2, 3), 21.5),
    }


async def test_tallies_of_several_holders_are_added(store: JobStore) -> None:
    await store.tally("a", [counter(3), counter(1, label="ocr"), histogram((1, 2, 3), 20.5)])
    await store.tally("b", [counter(4), counter(7, worker="other"), histogram((10, 0, 1), 9.5)])
    assert await sums(store) == {
        ("extract", "pages_total", ""): counter(7),
        ("extract", "pages_total", "ocr"): counter(1, label="ocr"),
        ("other", "pages_total", ""): counter(7, worker="other"),
        ("extract", "job_seconds", ""): histogram((11, 2, 4), 30.0),
    }


async def test_counts_under_older_bounds_move_to_the_first_newer_bound_that_holds_them(store: JobStore) -> None:
    await store.tally("old", [histogram((4, 3, 2), 20.0, bounds=(1.0, 5.0))])
    await store.tally("new", [histogram((1, 1, 1, 1), 10.0, bounds=(2.0, 4.0, 8.0))])
    # 1 → 2, 5 → 8, +Inf → +Inf
    assert list(await store.tallies()) == [histogram((5, 1, 4, 3), 30.0, bounds=(2.0, 4.0, 8.0))]


async def test_the_bounds_written_last_stay(store: JobStore) -> None:
    await store.tally("a", [histogram((1, 1), 2.0, bounds=(1.0,))])
    await store.tally("b", [histogram((1, 1), 2.0, bounds=(2.0,))])
    await store.tally("a", [histogram((1, 1), 2.0, bounds=(1.0,))])
    # What was counted up to 2 may be above 1: only +Inf holds it.
    assert list(await store.tallies()) == [histogram((1, 3), 4.0, bounds=(1.0,))]


async def test_tallies_of_holders_gone_for_a_week_stay_counted_through_every_purge(store: JobStore, elapse: Elapse) -> None:
    for number in range(3):
        await store.tally(f"gone-{number}", [counter(10), histogram((1, 0, 0), 0.5)])
        await elapse(timedelta(days=8))
        await store.purge(RETENTION)
        await store.purge(RETENTION)
    await store.tally("living", [counter(1), histogram((0, 1, 0), 3.0)])
    await store.purge(RETENTION)
    assert await sums(store) == {
        ("extract", "pages_total", ""): counter(31),
        ("extract", "job_seconds", ""): histogram((3, 1, 0), 4.5),
    }
    await store.tally("living", [counter(2)])
    assert (await sums(store))["extract", "pages_total", ""] == counter(32)


async def test_holders_that_go_one_after_the_other_join_the_sum_of_those_before(store: JobStore, elapse: Elapse) -> None:
    """The sum itself is younger than a week whenever the next one joins it."""
    for number in range(4):
        await store.tally(f"gone-{number}", [counter(10)])
        await elapse(timedelta(days=3))
        await store.purge(RETENTION)
    await elapse(timedelta(days=4))
    await store.purge(RETENTION)
    await store.purge(RETENTION)
    assert list(await store.tallies()) == [counter(40)]


async def test_concurrent_holders_and_purges_lose_no_count(store: JobStore, elapse: Elapse) -> None:
    for number in range(8):
        await store.tally(f"gone-{number}", [counter(1)])
    await elapse(timedelta(days=8))
    await asyncio.gather(
        *(store.purge(RETENTION) for _ in range(4)), *(store.tally(f"living-{number}", [counter(1)]) for number in range(8))
    )
    assert list(await store.tallies()) == [counter(16)]


async def test_large_counts_are_kept_exactly(store: JobStore) -> None:
    await store.tally("a", [histogram((2**40, 0, 1), 0.1 + 0.2)])
    await store.tally("b", [histogram((1, 0, 0), 0.0)])
    assert list(await store.tallies()) == [histogram((2**40 + 1, 0, 1), 0.1 + 0.2)]
