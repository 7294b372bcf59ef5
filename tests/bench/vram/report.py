"""docs/vram.md: tables from scores. What stands between the two marks is written by every run, the rest by hand."""

from collections.abc import Mapping, Sequence

from bench.vram.answer import NO_ANSWER, Answer
from bench.vram.case import Case
from bench.vram.score import Score, capacity_error, grouped, per_token_exact, score, version_line, weights_error

BEGIN = "<!-- from here on `make bench-vram` writes -->"
END = "<!-- up to here -->"
OURS = "lamplighter"
HEAD = (
    "| weights: answered | median error | 90th percentile | KV bytes a token: exact | capacity within 5 % "
    "| said to fit, did not | said not to fit, did |"
)
WORST = 12


def generated(cases: Sequence[Case], answers: Mapping[str, Mapping[str, Answer]], head: str) -> str:
    """Everything between the marks."""
    shared = [case for case in cases if case.engine != "llama.cpp"]
    stated = [case for case in shared if case.stated]
    parts = [head]
    for title, some in (("All runs of vLLM, its ports and SGLang", shared), ("Those whose source names the model", stated)):
        parts.append(
            f"### {title} ({len(some)})\n\n{_table({name: score(some, said) for name, said in answers.items()}, 'calculator')}"
        )
    groups = (
        ("By part", lambda case: case.part),
        ("By engine and version", version_line),
        ("By card", _card),
        ("By what the source says of the run", lambda case: "settings said" if case.settings_said else "settings left out"),
    )
    for title, key in groups:
        rows = {name: score(some, answers[OURS]) for name, some in grouped(cases, key).items() if len(some) >= 2}
        parts.append(f"### {title}: {OURS}\n\n{_table(rows, 'runs')}")
    kept = grouped(shared, lambda case: case.part)
    for name in ("kept back", "other models"):
        rows = {peer: score(kept.get(name, []), said) for peer, said in answers.items()}
        parts.append(f'### Every calculator on the runs of "{name}"\n\n{_table(rows, "calculator")}')
    parts.append(f"### The worst rows of {OURS}\n\n{_worst(cases, answers[OURS])}")
    parts.append(f"### Runs without an answer of {OURS}\n\n{_silent(cases, answers[OURS])}")
    return f"{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}"


def replaced(text: str, block: str) -> str:
    """The page with its generated part exchanged; appended where there was none."""
    before, mark, rest = text.partition(BEGIN)
    _old, _mark, after = rest.partition(END)
    return f"{before}{block}{after}" if mark else f"{text.rstrip()}\n\n{block}\n"


def _table(scores: Mapping[str, Score], first: str) -> str:
    rows = [f"| {first} {HEAD}", "| --- " * 8 + "|"]
    for name, of in scores.items():
        cells = [
            name,
            f"{len(of.weights_errors)} of {of.weights_asked}",
            _percent(of.weights_median),
            _percent(of.weights_p90),
            f"{of.per_token_exact} of {of.per_token_asked}" + _silent_count(of.per_token_asked - of.per_token_answered),
            f"{of.capacity_right} of {of.capacity_asked}" + _silent_count(of.capacity_asked - of.capacity_answered),
            f"{of.false_fits} of {of.failed_asked}",
            f"{of.false_alarms} of {of.worked_asked}",
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _silent_count(number: int) -> str:
    return f" ({number} without an answer)" if number else ""


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.2%}"


def _card(case: Case) -> str:
    return case.text("gpu") or "card not said"


def _worst(cases: Sequence[Case], said: Mapping[str, Answer]) -> str:
    """Rows that are furthest off, by part; false "fits" first."""
    found: list[tuple[float, str]] = []
    for case in cases:
        answer = said.get(case.id, NO_ANSWER)
        name = f"{case.id} {case.row['model']} ({case.row['source']})"
        if case.did_not_fit and case.gpu_bytes is not None and answer.fits == "fits":
            found.append((9.0, f"| {name} | verdict | did not fit | fits |  |"))
        weights, capacity = weights_error(case, answer), capacity_error(case, answer)
        if weights is not None and abs(weights) > 0.01:
            measured, ours = (case.weights_bytes or 0) / 2**30, (answer.weights_bytes or 0) / 2**30
            found.append((abs(weights), f"| {name} | weights, GiB | {measured:.2f} | {ours:.2f} | {weights:+.1%} |"))
        if capacity is not None and abs(capacity) > 0.05:
            found.append(
                (
                    abs(capacity),
                    f"| {name} | capacity, tokens | {case.capacity:,.0f} | {answer.kv_tokens:,.0f} | {capacity:+.1%} |",
                )
            )
        if per_token_exact(case, answer) is False and case.per_token is not None:
            off = (answer.kv_bytes_per_token or 0) / case.per_token[0] - 1
            found.append(
                (
                    abs(off),
                    f"| {name} | KV bytes a token | {case.per_token[0]:,.0f} | {answer.kv_bytes_per_token:,.0f} | {off:+.1%} |",
                )
            )
    lines = [line for _off, line in sorted(found, key=lambda entry: -entry[0])[: 3 * WORST]]
    return "\n".join(["| row | part | measured | predicted | error |", "| --- | --- | --- | --- | --- |", *lines])


def _silent(cases: Sequence[Case], said: Mapping[str, Answer]) -> str:
    reasons = grouped(
        [case for case in cases if said.get(case.id, NO_ANSWER).weights_bytes is None],
        lambda case: said.get(case.id, NO_ANSWER).why_not or "unknown",
    )
    return "\n".join(f"- {reason}: {', '.join(case.id for case in some)}" for reason, some in reasons.items()) or "None."
