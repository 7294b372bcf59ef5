"""Places in a list as opaque texts."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.queue.cursor import FIRST_PAGE, LAST_PAGE, Place, parse_cursor
from lamplighter_serving.queue.submission import queued_job
from serving.queue.jobs import new_job

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1), timezones=ZONES)


@given(job_id=st.uuids(), at=MOMENTS)
def test_a_cursor_is_read_back_as_the_place_it_was_made_of(job_id: UUID, at: datetime) -> None:
    place = Place.of(queued_job(job_id, new_job(), document_bytes=0, created_at=at))
    parsed = parse_cursor(place.cursor)
    assert parsed is not None
    assert (datetime.fromisoformat(parsed.at), UUID(parsed.id)) == (at, job_id)


@given(text=st.one_of(st.text(), st.binary().map(lambda data: data.decode("latin-1"))))
def test_any_text_is_a_place_that_postgresql_can_read_or_none(text: str) -> None:
    place = parse_cursor(text)
    if place is not None:
        assert datetime.fromisoformat(place.at).tzinfo is not None
        assert str(UUID(place.id)) == place.id


@given(at=st.text(), job_id=st.text())
def test_any_two_words_are_a_place_that_postgresql_can_read_or_none(at: str, job_id: str) -> None:
    try:
        text = Place(at=at, id=job_id).cursor
    except UnicodeEncodeError:
        return
    place = parse_cursor(text)
    if place is not None:
        assert datetime.fromisoformat(place.at).tzinfo is not None
        assert str(UUID(place.id)) == place.id


def test_no_cursor_is_no_place() -> None:
    assert parse_cursor(None) is None
    assert parse_cursor("") is None


def test_the_places_of_the_edges_are_not_for_clients() -> None:
    assert parse_cursor(FIRST_PAGE.cursor) is None
    assert parse_cursor(LAST_PAGE.cursor) is None


def test_a_time_without_a_zone_is_not_guessed() -> None:
    id_ = "00000000-0000-4000-8000-000000000000"
    assert parse_cursor(Place(at="2026-01-01T00:00:00", id=id_).cursor) is None
    assert parse_cursor(Place(at=datetime(2026, 1, 1, tzinfo=UTC).isoformat(), id=id_).cursor) is not None
