"""Arrivals from a file: the Azure LLM inference traces, ServeGen's windows (load/windows.py), or one's own list.

- Azure's format (Azure/AzurePublicDataset, AzureLLMInferenceDataset2023.md and 2024): a CSV file with the header
  `TIMESTAMP,ContextTokens,GeneratedTokens`, a time such as `2023-11-16 18:17:03.9799600` and two numbers.
- A list: a line for each job, seconds from the start or a time as above, then optionally how many seconds of work it is; empty
  lines and what follows a # are left out. `lamplighter-gateway export arrivals` writes one.

Seconds count from 0, times from the earliest one.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ..errors import CannotJudge
from ..simulate.arrivals import Arrival
from .windows import Window, times_of, window_of

AZURE_HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens"
#: More than any public trace of a day, and a few hundred megabytes of memory.
MOST_JOBS = 2_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """How long a job takes where the trace does not say: a fixed time, or by its tokens."""

    job_seconds: float
    prefill_tokens_per_second: float
    decode_tokens_per_second: float

    def of_tokens(self, context: int, generated: int) -> float:
        """Seconds for a prompt and an answer."""
        return context / self.prefill_tokens_per_second + generated / self.decode_tokens_per_second


def read_trace(file: Path, worker: str, work: Work, *, seed: int = 1) -> list[Arrival]:
    """All jobs of a file, for one worker, by time; `seed` draws those of windows. Raises `CannotJudge` with a line's number."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            lines = itertools.chain([first], stream)
            jobs = _windowed(lines, file, work, seed) if window_of(first) else _jobs(lines, file, work)
            found = [Arrival(at=at, worker=worker, work_seconds=seconds) for at, seconds in jobs]
    except (OSError, UnicodeDecodeError) as error:
        raise CannotJudge(f"{file} cannot be read: {_reason(error)}.", hint="Name a trace: a text file.") from error
    if not found:
        raise CannotJudge(f"{file} holds no job.", hint=f"Give a line for each, or a CSV file that begins {AZURE_HEADER}.")
    found.sort(key=lambda arrival: arrival.at)
    # Lines need not be in order, so a time may be before that of the first line.
    early = min(0.0, found[0].at)
    return [replace(arrival, at=arrival.at - early) for arrival in found] if early else found


def _windowed(lines: Iterator[str], file: Path, work: Work, seed: int) -> Iterator[tuple[float, float]]:
    """Jobs of ServeGen's windows; how long one takes is not in them."""
    windows: list[Window] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        window = window_of(line)
        if window is None or (windows and window.start <= windows[-1].start):
            raise CannotJudge(
                f"{file}:{number}: {line.strip()[:60]!r} is no window, or is none after the one before.",
                hint="A line says start,rate,cv,pattern,shape,scale, as ServeGen writes it.",
            )
        windows.append(window)
    for jobs, at in enumerate(times_of(windows, seed), start=1):
        _bounded(jobs, file)
        yield at, work.job_seconds


def _bounded(jobs: int, file: Path) -> None:
    if jobs > MOST_JOBS:
        raise CannotJudge(f"{file} holds more than {MOST_JOBS} jobs.", hint="Give a part of it.")


def _jobs(lines: Iterator[str], file: Path, work: Work) -> Iterator[tuple[float, float]]:
    parse: Callable[[str], tuple[float, float]] | None = None
    since: datetime | None = None
    jobs = 0

    def seconds_of(text: str) -> float:
        """Seconds as a number, or a time after the first one."""
        nonlocal since
        try:
            return float(text)
        except ValueError:
            # Azure writes seven digits of a second, Python reads six.
            at = datetime.fromisoformat(text.strip()[:26])
            since = since or at
            return (at - since).total_seconds()

    def azure(text: str) -> tuple[float, float]:
        at, context, generated = text.split(",")
        return seconds_of(at), work.of_tokens(int(context), int(generated))

    def listed(text: str) -> tuple[float, float]:
        parts = text.replace(",", " ").split()
        # A time has a date and an hour: two words, or one with a T between.
        words = 2 if len(parts) > 1 and ":" in parts[1] else 1
        at = seconds_of(" ".join(parts[:words]))
        return at, float(parts[words]) if len(parts) > words else work.job_seconds

    for number, line in enumerate(lines, start=1):
        text = line.split("#", 1)[0].strip()
        if not text:
            continue
        if parse is None:
            parse = azure if text.replace(" ", "").lower() == AZURE_HEADER.lower() else listed
            if parse is azure:
                continue
        try:
            at, seconds = parse(text)
            if not (0 <= seconds < float("inf") and -float("inf") < at < float("inf")):
                raise ValueError(text)
        except (ValueError, OverflowError, TypeError) as error:
            raise CannotJudge(
                f"{file}:{number}: {text[:60]!r} is no job.",
                hint="A line says seconds from the start, or a time, and optionally the seconds of work.",
            ) from error
        jobs += 1
        _bounded(jobs, file)
        yield at, seconds


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "it cannot be opened") if isinstance(error, OSError) else "it is not text in UTF-8"
