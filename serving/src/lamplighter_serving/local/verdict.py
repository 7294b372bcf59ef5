"""What came of one document, and of all: whether the answer satisfies the schema, the times, the lines that say so. Pure."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from jsonschema import Draft202012Validator

from ..extract.schema.parse import FORMAT_CHECKER
from ..queue.job import JobState
from .submit import Answer

#: Fields shown of an answer; the rest is in the JSON form.
MOST_FIELDS = 6
NOTHING = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """An answer, and where it does not satisfy the schema (empty: it does, or there is none)."""

    answer: Answer
    violations: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether there is an answer that satisfies the schema."""
        return self.answer.state == JobState.DONE and not self.violations


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """All verdicts in four numbers. Seconds are None when no document was done."""

    documents: int
    valid: int
    wake_seconds: float | None  # from the first commit to the first result
    p50_seconds: float | None  # from a document's submission to its end


def judge(answer: Answer, schema: Mapping[str, Any]) -> Verdict:
    """Checks an answer's data against the schema. A violation names the place and the keyword, never the value."""
    if answer.data is None:
        return Verdict(answer=answer)
    errors = Draft202012Validator(schema, format_checker=FORMAT_CHECKER).iter_errors(answer.data)
    return Verdict(answer=answer, violations=tuple(sorted(f"{error.json_path} {error.validator}" for error in errors)))


def summarize(verdicts: Sequence[Verdict]) -> Summary:
    """The numbers of a run."""
    done = [verdict.answer for verdict in verdicts if verdict.answer.state == JobState.DONE]
    committed = [verdict.answer.created_at for verdict in verdicts if verdict.answer.created_at]
    finished = [answer.finished_at for answer in done if answer.finished_at]
    seconds = [answer.seconds for answer in done if answer.seconds is not None]
    return Summary(
        documents=len(verdicts),
        valid=sum(verdict.valid for verdict in verdicts),
        wake_seconds=(min(finished) - min(committed)).total_seconds() if finished else None,
        p50_seconds=statistics.median(seconds) if seconds else None,
    )


def verdict_text(verdict: Verdict) -> str:
    """One line on one document."""
    answer = verdict.answer
    if answer.data is None:
        return f"{answer.name}  {answer.state}  {answer.problem}"
    state = answer.state if verdict.valid else f"not valid ({', '.join(verdict.violations)})"
    times = (("wait", answer.wait_seconds), ("read", answer.read_seconds), ("extract", answer.extract_seconds))
    return "  ".join(
        (answer.name, state, _fields(answer.data), ", ".join(f"{name} {_number(value)} s" for name, value in times))
    )


def verdict_json(verdict: Verdict) -> Mapping[str, object]:
    """The same as an object."""
    answer = verdict.answer
    return {
        "name": answer.name,
        "state": answer.state,
        "valid": verdict.valid,
        "violations": list(verdict.violations),
        "problem": answer.problem,
        "data": answer.data,
        "seconds": {
            "wait": answer.wait_seconds,
            "read": answer.read_seconds,
            "extract": answer.extract_seconds,
            "total": answer.seconds,
        },
    }


def summary_text(summary: Summary) -> str:
    """The last line of a run."""
    return (
        f"demo: {summary.documents} documents, {summary.valid} valid, "
        f"wake {_number(summary.wake_seconds)} s, p50 {_number(summary.p50_seconds)} s"
    )


def summary_json(summary: Summary) -> Mapping[str, object]:
    """The same as an object."""
    return asdict(summary)


def _fields(data: Mapping[str, Any]) -> str:
    """The first simple fields of an answer."""
    simple = {name: value for name, value in data.items() if not isinstance(value, dict | list)}
    return " ".join(f"{name}={NOTHING if value is None else value}" for name, value in list(simple.items())[:MOST_FIELDS])


def _number(seconds: float | None) -> str:
    return NOTHING if seconds is None else f"{seconds:.2f}"
