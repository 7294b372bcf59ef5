"""What is said of answers, and what of a folder is taken for a document."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lamplighter_serving.catalog import load_catalog, parse_catalog
from lamplighter_serving.errors import SettingsError
from lamplighter_serving.local.once import documents_in, extractor_of
from lamplighter_serving.local.submit import REFUSED, Answer
from lamplighter_serving.local.verdict import judge, summarize, summary_text, verdict_json, verdict_text
from serving.local.ground import write_invoices

SCHEMA = {"type": "object", "required": ["total"], "properties": {"total": {"type": "number"}, "due": {"format": "date"}}}
COMMIT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def answer(name: str, *, committed: float = 0.0, done: float = 1.0, **data: object) -> Answer:
    return Answer(
        name=name,
        state="done",
        data=data,
        created_at=COMMIT + timedelta(seconds=committed),
        finished_at=COMMIT + timedelta(seconds=done),
        wait_seconds=0.5,
        read_seconds=0.25,
        extract_seconds=0.125,
    )


def test_an_answer_that_satisfies_the_schema_is_valid() -> None:
    verdict = judge(answer("a.pdf", total=1210, due="2026-03-15"), SCHEMA)
    assert verdict.valid
    assert verdict_text(verdict) == "a.pdf  done  total=1210 due=2026-03-15  wait 0.50 s, read 0.25 s, extract 0.12 s"


@pytest.mark.parametrize(
    ("data", "violation"),
    [({}, "$ required"), ({"total": "secret"}, "$.total type"), ({"total": 1, "due": "15. 3."}, "$.due format")],
)
def test_a_violation_names_place_and_keyword_and_not_the_value(data: dict[str, object], violation: str) -> None:
    verdict = judge(answer("a.pdf", **data), SCHEMA)
    assert (verdict.valid, verdict.violations) == (False, (violation,))


def test_a_document_without_an_answer_is_not_valid_and_says_why() -> None:
    verdict = judge(Answer(name="a.pdf", state="failed", problem="document-empty: It has no page."), SCHEMA)
    assert not verdict.valid
    assert verdict_text(verdict) == "a.pdf  failed  document-empty: It has no page."
    assert verdict_json(verdict)["problem"] == "document-empty: It has no page."


def test_the_summary_has_the_wake_from_first_commit_to_first_result_and_the_median_of_the_documents() -> None:
    # Committed at 0, 1 and 2 s, done at 9, 5 and 8 s: the first result is 5 s after the first commit; they took 9, 4, 6 s.
    answers = [answer("a", done=9, total=1), answer("b", committed=1, done=5, total=1), answer("c", committed=2, done=8)]
    summary = summarize([judge(each, SCHEMA) for each in answers])
    assert summary_text(summary) == "demo: 3 documents, 2 valid, wake 5.00 s, p50 6.00 s"


def test_a_summary_without_any_result_has_no_times() -> None:
    summary = summarize([judge(Answer(name="a", state=REFUSED), SCHEMA)])
    assert summary_text(summary) == "demo: 1 documents, 0 valid, wake - s, p50 - s"


def test_truth_files_hidden_files_and_readmes_are_no_documents(tmp_path: Path) -> None:
    folder = write_invoices(tmp_path / "invoices", 2)
    assert [path.name for path in documents_in(folder)] == ["invoice-1.txt", "invoice-2.txt"]


def test_a_folder_without_documents_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="has no document"):
        documents_in(tmp_path)
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        documents_in(tmp_path / "nowhere")


def test_the_only_extractor_is_taken_and_one_of_several_must_be_named() -> None:
    assert extractor_of(load_catalog(None), None).name == "invoice"
    worker = {"w": {"engine": "scripted", "model": "none"}}
    two = parse_catalog({"workers": worker, "extractors": {"a": {"worker": "w"}, "b": {"worker": "w"}}}, "test")
    with pytest.raises(SettingsError, match="but: a, b"):
        extractor_of(two, None)
    assert extractor_of(two, "b").name == "b"
    with pytest.raises(SettingsError, match="no extractor 'c'"):
        extractor_of(two, "c")
