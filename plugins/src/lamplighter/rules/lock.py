"""LL5xx: the placement lock against the values it is computed from: it must not be older than its reasons, nor edited."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ..about import VERSION
from ..domain.lock import LockState, lock_text
from ..findings import Finding, Place, Severity
from .layout import layout
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL501": "an engine's memory fraction is said nowhere",
    "LL502": "a placement lock is older than what it was computed from",
    "LL503": "a placement lock is not what the calculation gives",
}

#: Engines that do not start without a fraction.
NEEDS_A_FRACTION = frozenset({"vllm"})
ABSENT = "not there"


def check_fractions(subject: Subject) -> Iterator[Finding]:
    """LL501: vLLM would take its own default of the card, whoever else is on it."""
    if subject.lock and subject.lock.stale:  # LL502 says it; the file's fractions were not taken
        return
    for worker, settings, path in subject.engines():
        if worker.gpus_per_replica and settings.engine in NEEDS_A_FRACTION and settings.memory_fraction is None:
            sentence = (
                f"memoryFraction of {settings.model} in worker {worker.name} is said neither here nor in a placement lock"
            )
            environment = subject.lock.environment if subject.lock else "ENV"
            change = f"Run lamplighter plan {environment} --write, or set it, for example to 0.9."
            yield subject.places.error("LL501", path, sentence, change)


def check_lock(subject: Subject) -> Iterator[Finding]:
    """LL502 by the digests in its head; LL503 by the calculation itself, where the digests hold."""
    lock = subject.lock
    if lock is None or lock.text is None:
        return
    again = f"Run lamplighter plan {lock.environment} --write, and review what it changes."
    if lock.stale:
        line, changes = _changes(lock)
        yield _finding(lock, "LL502", line, f"it was computed from other values: {'; '.join(changes)}", again)
        return
    if lock.unlocked is None:
        return
    found = layout(replace(subject, deployment=lock.unlocked))
    if any(name not in found.workers for name in found.placement.workers):
        return  # LL1xx and LL2xx say why there is no place; there is nothing to compare with
    expected = lock_text(lock.environment, lock.inputs, found.workers)
    if expected != lock.text:
        line, said, due = _first_difference(lock.text, expected)
        sentence = f'it says "{said}", where lamplighter {VERSION} calculates "{due}"'
        yield _finding(lock, "LL503", line, sentence, again)


def _changes(lock: LockState) -> tuple[int, list[str]]:
    """The line of the first input that changed, and each with both digests."""
    recorded = lock.recorded
    changes, lines = [], []
    for name in sorted({*recorded, *lock.inputs}):
        then, line = recorded.get(name, (ABSENT, 1))
        now = lock.inputs.get(name, ABSENT)
        if then != now:
            changes.append(f"{name} was {then} and is {now}")
            lines.append(line)
    return min(lines), changes


def _first_difference(text: str, expected: str) -> tuple[int, str, str]:
    """Line, what stands there, and what is due there."""
    said, due = text.split("\n"), expected.split("\n")
    for number, (one, other) in enumerate(zip(said, due, strict=False), start=1):
        if one != other:
            return number, one.strip(), other.strip()
    number = min(len(said), len(due))
    return number, "\n".join(said[number:])[:80].strip() or "end of file", "\n".join(due[number:])[:80].strip() or "end of file"


def _finding(lock: LockState, code: str, line: int, sentence: str, change: str) -> Finding:
    place = Place(file=lock.file, line=line)
    return Finding(code=code, severity=Severity.ERROR, place=place, path="", sentence=sentence, change=change)


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_fractions,
    check_lock,
)
