"""What both stores promise of a tenant's list: newest first, pages without gaps or doubles, state, and a literal search."""

import unicodedata

import pytest

from lamplighter_serving.queue.cursor import Place
from lamplighter_serving.queue.job import Job, JobState
from lamplighter_serving.queue.store import JobStore
from serving.queue.jobs import OTHER_TENANT, TENANT, lease_one, submit

pytestmark = pytest.mark.anyio


async def pages(store: JobStore, *, limit: int, state: JobState | None = None, search: str = "") -> list[tuple[Job, ...]]:
    """All pages, by their cursors."""
    found, cursor = [], None
    while True:
        page = await store.list_jobs(TENANT, limit=limit, cursor=cursor, state=state, search=search)
        found.append(page.jobs)
        cursor = page.next_cursor
        if cursor is None:
            return found
        assert len(found) < 100


async def names(store: JobStore, search: str) -> set[str]:
    page = await store.list_jobs(TENANT, limit=100, search=search)
    return {job.document_name for job in page.jobs}


async def test_a_tenant_without_jobs_has_one_empty_page(store: JobStore) -> None:
    page = await store.list_jobs(TENANT, limit=10)
    assert (page.jobs, page.next_cursor) == ((), None)


async def test_the_newest_comes_first_as_it_stands_now(store: JobStore) -> None:
    submitted = [await submit(store) for _ in range(3)]
    await lease_one(store)
    page = await store.list_jobs(TENANT, limit=10)
    assert [job.id for job in page.jobs] == [job.id for job in reversed(submitted)]
    assert list(page.jobs) == [await store.get(TENANT, job.id) for job in page.jobs]
    assert page.jobs[-1].state is JobState.RUNNING


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1] * 7), (3, [3, 3, 1]), (7, [7]), (8, [7])])
async def test_pages_hold_every_job_once(store: JobStore, limit: int, sizes: list[int]) -> None:
    ids = [(await submit(store)).id for _ in range(7)]
    found = await pages(store, limit=limit)
    assert [len(page) for page in found] == sizes
    assert [job.id for page in found for job in page] == ids[::-1]


async def test_a_job_submitted_between_two_pages_shifts_nothing(store: JobStore) -> None:
    ids = [(await submit(store)).id for _ in range(4)]
    first = await store.list_jobs(TENANT, limit=2)
    await submit(store)
    second = await store.list_jobs(TENANT, limit=2, cursor=first.next_cursor)
    assert [job.id for job in (*first.jobs, *second.jobs)] == ids[::-1]
    assert second.next_cursor is None


async def test_a_state_narrows_the_list_and_its_pages(store: JobStore) -> None:
    for number in range(9):
        job = await submit(store, document_name=str(number))
        if number % 2:
            await store.cancel(TENANT, job.id)
    found = await pages(store, limit=2, state=JobState.CANCELLED)
    assert [[job.document_name for job in page] for page in found] == [["7", "5"], ["3", "1"]]
    found = await pages(store, limit=2, state=JobState.QUEUED)
    assert [[job.document_name for job in page] for page in found] == [["8", "6"], ["4", "2"], ["0"]]
    assert await pages(store, limit=2, state=JobState.DEAD) == [()]


async def test_pages_of_two_tenants_hold_their_own_jobs_only(store: JobStore) -> None:
    mine = {(await submit(store, tenant=tenant)).id for tenant in (TENANT, OTHER_TENANT) * 4 if tenant == TENANT}
    assert {job.id for page in await pages(store, limit=3) for job in page} == mine
    first = await store.list_jobs(TENANT, limit=1)
    theirs = await store.list_jobs(OTHER_TENANT, limit=10, cursor=first.next_cursor)
    assert {job.tenant for job in theirs.jobs} <= {OTHER_TENANT}


async def test_a_search_finds_a_part_of_the_name_in_any_case(store: JobStore) -> None:
    for name in ("Invoice March.pdf", "invoice april.pdf", "receipt.png"):
        await submit(store, document_name=name)
    assert await names(store, "INVOICE") == {"Invoice March.pdf", "invoice april.pdf"}
    assert await names(store, "march") == {"Invoice March.pdf"}
    assert await names(store, ".p") == {"Invoice March.pdf", "invoice april.pdf", "receipt.png"}
    assert await names(store, "nothing") == set()


async def test_a_search_folds_the_case_of_letters_beyond_ascii(store: JobStore) -> None:
    for name in ("ÚČTENKA č. 7.pdf", "žluťoučký kůň.pdf"):
        await submit(store, document_name=name)
    assert await names(store, "účtenka Č") == {"ÚČTENKA č. 7.pdf"}
    assert await names(store, "ŽLUŤOUČKÝ KŮŇ") == {"žluťoučký kůň.pdf"}


async def test_a_search_finds_a_name_whose_accents_are_characters_of_their_own(store: JobStore) -> None:
    """As macOS writes file names."""
    await submit(store, document_name=unicodedata.normalize("NFD", "Účtenka.pdf"))
    assert len(await names(store, unicodedata.normalize("NFC", "účtenka"))) == 1
    await submit(store, document_name=unicodedata.normalize("NFC", "Účtenka 2.pdf"))
    assert len(await names(store, unicodedata.normalize("NFD", "ÚČTENKA"))) == 2


@pytest.mark.parametrize("search", ["%", "_", "\\", "100%", "a_b", "'", '"', "*", "\\%", "%%", ".*", "[a]", "(", "$1"])
async def test_a_search_means_every_character_literally(store: JobStore, search: str) -> None:
    await submit(store, document_name=f"with {search} in it")
    await submit(store, document_name="without 100 axb")
    assert await names(store, search) == {f"with {search} in it"}


@pytest.mark.parametrize("search", ["\x00", "a\x00b", "\ud800"])
async def test_a_search_for_what_no_name_can_hold_answers_as_for_the_storable_rest(store: JobStore, search: str) -> None:
    await submit(store, document_name="ab.pdf")
    expected = {"ab.pdf"} if search != "\ud800" else set()
    assert await names(store, search) == expected


async def test_a_search_finds_an_id_by_any_part(store: JobStore) -> None:
    job, other = await submit(store), await submit(store)
    for part in (str(job.id), str(job.id).upper(), str(job.id)[3:20]):
        found = await store.list_jobs(TENANT, limit=10, search=part)
        assert [each.id for each in found.jobs] == [job.id]
    assert other.id != job.id


async def test_pages_of_a_search_hold_every_match_once(store: JobStore) -> None:
    for number in range(10):
        job = await submit(store, document_name=f"{'even' if number % 2 == 0 else 'odd'} {number}")
        if number >= 6:
            await store.cancel(TENANT, job.id)
    found = await pages(store, limit=2, search="EVEN")
    assert [job.document_name for page in found for job in page] == ["even 8", "even 6", "even 4", "even 2", "even 0"]
    found = await pages(store, limit=2, search="even", state=JobState.QUEUED)
    assert [job.document_name for page in found for job in page] == ["even 4", "even 2", "even 0"]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "====",
        "MjAyNi0wMS0wMQ==",
        "č",
        "\x00",
        "a" * 10_000,
        "aW5maW5pdHkgMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAw",
    ],
)
async def test_an_unreadable_cursor_gives_the_first_page(store: JobStore, cursor: str) -> None:
    await submit(store)
    await submit(store)
    assert await store.list_jobs(TENANT, limit=1, cursor=cursor) == await store.list_jobs(TENANT, limit=1)


@pytest.mark.parametrize(
    "at",
    [
        "2026-01-01T00:00:00+23:59",  # PostgreSQL knows no zone beyond 15:59
        "2026-01-01T00:00:00+00:00:30.5",
        "2026-W01-1T00:00:00,5Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
async def test_a_cursor_with_any_time_that_python_reads_gives_a_page(store: JobStore, at: str) -> None:
    await submit(store)
    cursor = Place(at=at, id="00000000-0000-4000-8000-000000000000").cursor
    assert len((await store.list_jobs(TENANT, limit=5, cursor=cursor)).jobs) in (0, 1)


async def test_a_cursor_is_safe_in_an_address(store: JobStore) -> None:
    for _ in range(20):
        await submit(store)
    for page in range(19):
        cursor = (await store.list_jobs(TENANT, limit=page + 1)).next_cursor
        assert cursor is not None
        assert not set(cursor) & set("+/?&# %")
