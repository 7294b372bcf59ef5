"""Notices that wait: merged, in order, bounded."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.queue.job import Wakeup
from lamplighter_serving.queue.notices import RESYNC, WAITING_MOST, Mailbox

WAKEUPS = st.builds(
    Wakeup, worker=st.sampled_from(["a", "b"]), job_id=st.none(), kind=st.sampled_from(["committed", "changed", "lamp"])
) | st.just(RESYNC)


def told(*puts: Wakeup) -> list[Wakeup]:
    """What a reader gets that comes after all of them."""

    async def main() -> list[Wakeup]:
        mailbox = Mailbox()
        for wakeup in puts:
            mailbox.put(wakeup)
        found: list[Wakeup] = []
        reading = asyncio.create_task(read(mailbox, found))
        await asyncio.sleep(0)  # a reader that finds something does not wait
        reading.cancel()
        await asyncio.wait([reading])
        return found

    return asyncio.run(main())


async def read(mailbox: Mailbox, found: list[Wakeup]) -> None:
    async for wakeup in mailbox.read():
        found.append(wakeup)


def wakeup(number: int) -> Wakeup:
    return Wakeup(worker=str(number), job_id=None, kind="changed")


@given(puts=st.lists(WAKEUPS, max_size=30))
def test_each_different_notice_is_told_once_in_order_or_all_are_one_resync(puts: list[Wakeup]) -> None:
    expected = [RESYNC] if RESYNC in puts else list(dict.fromkeys(puts))
    assert told(*puts) == expected


def test_as_many_as_fit_are_told_one_by_one() -> None:
    assert told(*map(wakeup, range(WAITING_MOST))) == [wakeup(number) for number in range(WAITING_MOST)]


@pytest.mark.parametrize("count", [WAITING_MOST + 1, 3 * WAITING_MOST])
def test_more_than_fit_become_one_resync(count: int) -> None:
    assert told(*map(wakeup, range(count))) == [RESYNC]


def test_a_notice_told_before_is_told_again_when_it_comes_again() -> None:
    async def main() -> list[Wakeup]:
        mailbox = Mailbox()
        notices = mailbox.read()
        found = []
        for one in (wakeup(1), wakeup(1), RESYNC, wakeup(2)):
            mailbox.put(one)
            found.append(await anext(notices))
        return found

    assert asyncio.run(main()) == [wakeup(1), wakeup(1), RESYNC, wakeup(2)]


def test_a_reader_waits_for_the_next_notice() -> None:
    async def main() -> Wakeup:
        mailbox = Mailbox()
        reading = asyncio.create_task(anext(mailbox.read()))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        assert not reading.done()
        mailbox.put(wakeup(1))
        return await reading  # type: ignore[no-any-return]

    assert asyncio.run(main()) == wakeup(1)


def test_a_reader_that_stopped_waiting_loses_nothing() -> None:
    async def main() -> list[Wakeup]:
        mailbox = Mailbox()
        first = asyncio.create_task(anext(mailbox.read()))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        mailbox.put(wakeup(1))
        mailbox.put(wakeup(2))
        notices = mailbox.read()
        return [await anext(notices), await anext(notices)]

    assert asyncio.run(main()) == [wakeup(1), wakeup(2)]
