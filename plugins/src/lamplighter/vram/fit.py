"""The largest context and concurrency that fit, and the smallest card that does.

Less never needs more, so halving finds them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..domain.llm import Architecture
from .engine import BLOCK_TOKENS, Card, EngineRun
from .estimate import Estimate, estimate
from .verdict import Verdict

#: The values' schema takes no context below this.
LEAST_CONTEXT_TOKENS = 128

#: A concurrency beyond this is no answer to anybody's question; vLLM's own largest default is 1024 sequences.
MOST_REQUESTS = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """The largest settings that fit when all others stay; None where even the smallest does not."""

    context_tokens: int | None
    concurrency: int | None
    card: Card | None = None


def fits(architecture: Architecture, run: EngineRun, card: Card, weights_bytes: int | None) -> bool:
    """Whether it fits by more than the error of the sum."""
    found = estimate(architecture, run, card, weights_bytes=weights_bytes)
    return isinstance(found, Estimate) and found.verdict is Verdict.FITS


def largest_fit(
    architecture: Architecture,
    run: EngineRun,
    card: Card,
    *,
    weights_bytes: int | None = None,
    most_requests: int | None = None,
    cards: Iterable[Card] = (),
) -> Fit:
    """How far context (up to what was asked, or the model's positions) and concurrency (up to `most_requests`) may go."""
    longest = run.max_model_len or architecture.positions or LEAST_CONTEXT_TOKENS
    blocks = largest(
        LEAST_CONTEXT_TOKENS // BLOCK_TOKENS,
        longest // BLOCK_TOKENS,
        lambda number: fits(architecture, replace(run, max_model_len=number * BLOCK_TOKENS), card, weights_bytes),
    )
    requests = largest(
        1,
        most_requests or MOST_REQUESTS,
        lambda number: fits(architecture, _with_requests(run, number), card, weights_bytes),
    )
    enough = [other for other in cards if fits(architecture, run, other, weights_bytes)]
    smallest = min(enough, key=lambda other: (other.memory_bytes, other.key), default=None)
    return Fit(context_tokens=blocks and blocks * BLOCK_TOKENS, concurrency=requests, card=smallest)


def _with_requests(run: EngineRun, number: int) -> EngineRun:
    """More requests at once than max_num_seqs would wait; so it follows, where it was set."""
    return replace(run, concurrency=number, max_num_seqs=max(number, run.max_num_seqs) if run.max_num_seqs else None)


def largest(least: int, most: int, good: Callable[[int], bool]) -> int | None:
    """The largest number from `least` to `most` that is good, where less always is too; None when none is."""
    if most < least or not good(least):
        return None
    low, high = least, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if good(middle) else (low, middle - 1)
    return low
