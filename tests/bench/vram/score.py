"""From answers to figures: how many runs a calculator answered, and how far off it was. No figure hides a missing answer."""

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bench.vram.answer import NO_ANSWER, Answer
from bench.vram.case import Case

#: Share of the measured capacity within which a predicted one counts as right.
CAPACITY_TOLERANCE = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """Of one calculator over some runs. `asked` counts runs that measured the part, `answered` those it had a number for."""

    weights_asked: int = 0
    weights_errors: tuple[float, ...] = ()
    per_token_asked: int = 0
    per_token_answered: int = 0
    per_token_exact: int = 0
    capacity_asked: int = 0
    capacity_answered: int = 0
    capacity_right: int = 0
    failed_asked: int = 0
    false_fits: int = 0
    worked_asked: int = 0
    false_alarms: int = 0

    @property
    def weights_median(self) -> float | None:
        """Median of the weights' relative error."""
        return statistics.median(self.weights_errors) if self.weights_errors else None

    @property
    def weights_p90(self) -> float | None:
        """Nine of ten errors are not above this."""
        errors = sorted(self.weights_errors)
        return errors[min(len(errors) - 1, int(len(errors) * 0.9))] if errors else None


def weights_error(case: Case, answer: Answer) -> float | None:
    """Relative, with its sign: below zero is too little."""
    if not case.weights_bytes or answer.weights_bytes is None:
        return None
    return answer.weights_bytes / case.weights_bytes - 1


def per_token_exact(case: Case, answer: Answer) -> bool | None:
    """Whether the bytes of one token are what the log's two numbers give, within their rounding."""
    if case.per_token is None or answer.kv_bytes_per_token is None:
        return None
    measured, rounding = case.per_token
    return abs(answer.kv_bytes_per_token - measured) <= rounding


def capacity_error(case: Case, answer: Answer) -> float | None:
    """Relative, with its sign: above zero promises more tokens than there were."""
    if not _capacity_asked(case) or answer.kv_tokens is None:
        return None
    return answer.kv_tokens / (case.capacity or 1) - 1


def _capacity_asked(case: Case) -> bool:
    """The card is known, and vLLM told its capacity of a run that started."""
    return bool(case.capacity) and case.gpu_bytes is not None and case.engine == "vllm" and case.did_not_fit is False


def score(cases: Iterable[Case], answers: Mapping[str, Answer]) -> Score:
    """All figures of one calculator over these runs."""
    runs = [(case, answers.get(case.id, NO_ANSWER)) for case in cases]
    exact = [per_token_exact(*run) for run in runs]
    capacity = [capacity_error(*run) for run in runs]
    judged = [(case, answer) for case, answer in runs if case.did_not_fit is not None and case.gpu_bytes is not None]
    return Score(
        weights_asked=sum(case.weights_bytes is not None for case, _ in runs),
        weights_errors=tuple(abs(error) for error in (weights_error(*run) for run in runs) if error is not None),
        per_token_asked=sum(case.per_token is not None for case, _ in runs),
        per_token_answered=sum(found is not None for found in exact),
        per_token_exact=sum(found is True for found in exact),
        capacity_asked=sum(_capacity_asked(case) for case, _ in runs),
        capacity_answered=sum(error is not None for error in capacity),
        capacity_right=sum(error is not None and abs(error) <= CAPACITY_TOLERANCE for error in capacity),
        failed_asked=sum(case.did_not_fit is True for case, _ in judged),
        false_fits=sum(case.did_not_fit is True and answer.fits == "fits" for case, answer in judged),
        worked_asked=sum(case.did_not_fit is False for case, _ in judged),
        false_alarms=sum(case.did_not_fit is False and answer.fits == "does-not-fit" for case, answer in judged),
    )


def grouped(cases: Iterable[Case], key: Callable[[Case], str]) -> dict[str, list[Case]]:
    """The runs by some property, the largest group first."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(key(case), []).append(case)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))


def version_line(case: Case) -> str:
    """Engine and the line of versions that shares a way of counting memory."""
    if case.engine != "vllm":
        return case.engine
    digits = case.text("engine_version").lstrip("~").split()[:1]
    try:
        minor = int(digits[0].split(".")[1].split("/")[0].rstrip("x+"))
    except (IndexError, ValueError):
        return "vLLM, version not said"
    for below, name in ((8, "vLLM up to 0.7"), (11, "vLLM 0.8 to 0.10"), (21, "vLLM 0.11 to 0.20")):
        if minor < below:
            return name
    return "vLLM from 0.21"
