"""A refusal in words: which pool was nearest, by how many MiB, and the smallest change that fits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ..domain.deployment import EngineSettings
from ..domain.gpu import GpuChip
from ..domain.pool import GpuPool, Sharing, SharingMode
from .claim import Claim
from .seats import Need, Reason, Refusal, Seat, seat

#: The values' schema takes no context below this; contexts go by blocks of the cache.
LEAST_CONTEXT_TOKENS = 128
BLOCK_TOKENS = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """`pool` is the nearest of all that were refused. `change` is the smallest that was found to fit; empty when none was."""

    pool: str
    sentence: str
    change: str


def explain(
    claim: Claim,
    refusals: Sequence[Refusal],
    *,
    pools: Mapping[str, GpuPool],
    chips: Mapping[str, GpuChip],
    need: Need,
) -> Explanation | None:
    """Why a worker sits nowhere, or not with all replicas. None without a refusal of this worker."""
    mine = [refusal for refusal in refusals if refusal.worker == claim.name]
    if not mine:
        return None
    nearest = min(mine, key=_distance)
    if nearest.reason is not Reason.MEMORY:
        ways = [nearest.change] if nearest.change else []
        if other := _other_pool(claim, pools, chips, need):
            ways.append(f"Or use pool {other}.")
        return Explanation(pool=nearest.pool, sentence=nearest.why, change=" ".join(ways))
    pool = pools[nearest.pool]
    ways = [*_smaller_engines(claim, pool, chips, need), *_fewer_shares(claim, pool, chips, need)]
    if other := _other_pool(claim, pools, chips, need):
        ways.append(f"use pool {other}")
    text = ", or ".join(ways)
    change = f"{text[0].upper()}{text[1:]}." if text else "Use a smaller model, or a pool with larger cards."
    return Explanation(pool=nearest.pool, sentence=nearest.why, change=change)


def _distance(refusal: Refusal) -> tuple[int, int, str]:
    """Nodes can be added; memory is missing by so much; the rest is a matter of kind."""
    order = [Reason.NODES, Reason.MEMORY, Reason.ISOLATION, Reason.SEVERAL_SHARES, Reason.NODE_SIZE]
    rank = order.index(refusal.reason) if refusal.reason in order else len(order)
    return rank, refusal.missing_bytes, refusal.pool


def _sits(claim: Claim, pool: GpuPool, chips: Mapping[str, GpuChip], need: Need) -> bool:
    return isinstance(seat(claim, pool, chips[pool.chip], need), Seat)


def _smaller_engines(claim: Claim, pool: GpuPool, chips: Mapping[str, GpuChip], need: Need) -> list[str]:
    """Less context or less concurrency of one engine, all others as they are."""
    ways = []
    for index, engine in enumerate(claim.engines):
        fits = partial(_fits, claim, index, pool=pool, chips=chips, need=need)
        context = partial(_with_blocks, engine, fits)
        requests = partial(_with_concurrency, engine, fits)
        of = f" of {engine.model}" if len(claim.engines) > 1 else ""
        if blocks := _largest(LEAST_CONTEXT_TOKENS // BLOCK_TOKENS, engine.context_tokens // BLOCK_TOKENS, context):
            ways.append(f"lower contextTokens{of} to {blocks * BLOCK_TOKENS}")
        if most := _largest(1, engine.concurrency, requests):
            ways.append(f"lower concurrency{of} to {most}")
    return ways


def _with_blocks(engine: EngineSettings, fits: Callable[[EngineSettings], bool], blocks: int) -> bool:
    return fits(replace(engine, context_tokens=blocks * BLOCK_TOKENS))


def _with_concurrency(engine: EngineSettings, fits: Callable[[EngineSettings], bool], concurrency: int) -> bool:
    return fits(replace(engine, concurrency=concurrency))


def _fits(claim: Claim, index: int, trial: EngineSettings, *, pool: GpuPool, chips: Mapping[str, GpuChip], need: Need) -> bool:
    engines = (*claim.engines[:index], trial, *claim.engines[index + 1 :])
    return _sits(replace(claim, engines=engines), pool, chips, need)


def _fewer_shares(claim: Claim, pool: GpuPool, chips: Mapping[str, GpuChip], need: Need) -> list[str]:
    """Larger shares of the same cards."""
    if pool.sharing.mode not in (SharingMode.TIME_SLICING, SharingMode.MPS):
        return []
    for replicas in range(pool.sharing.replicas - 1, 1, -1):
        if _sits(claim, replace(pool, sharing=replace(pool.sharing, replicas=replicas)), chips, need):
            return [f"lower sharing.replicas of pool {pool.name} to {replicas}"]
    if _sits(claim, replace(pool, sharing=Sharing()), chips, need):
        return [f"set sharing.mode of pool {pool.name} to none"]
    return []


def _other_pool(claim: Claim, pools: Mapping[str, GpuPool], chips: Mapping[str, GpuChip], need: Need) -> str | None:
    """A pool that the worker does not name and that would hold it: the one with the smallest card."""
    rooms = [
        (chips[pool.chip].memory_bytes, name)
        for name, pool in pools.items()
        if name not in claim.pools and pool.chip in chips and pool.usable_nodes and _sits(claim, pool, chips, need)
    ]
    return min(rooms)[1] if rooms else None


def _largest(least: int, most: int, fits: Callable[[int], bool]) -> int | None:
    """The largest number from `least` to `most` that fits, where less always fits too; None when none does."""
    if most < least or not fits(least):
        return None
    low, high = least, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
