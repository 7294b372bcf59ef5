"""One worker on one pool: the device its pods get, and the part of it that each of its engines may have.

Engines of a pod share its devices. Each gets what it needs; what is left of the budget goes to those that make use of more (a
larger KV cache), in proportion. The fractions are rounded down to thousandths, and never below what is needed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ..domain.deployment import EngineSettings
from ..domain.gpu import GpuChip
from ..domain.pool import GpuPool, Isolation
from ..units import MIB
from .claim import Claim
from .offers import NoOffer, Offer, offers

#: Engines that hold nothing on a GPU of the pod.
WITHOUT_MEMORY = frozenset({"openai", "scripted"})

#: Engines that reserve a fraction and fill it with KV cache; others take what they need and no more.
TAKES_A_FRACTION = frozenset({"vllm"})

#: What vLLM itself takes of a card where nobody says how much (0.92 since 0.20): leftovers are given out up to here.
GIVEN_OUT = 0.92

#: No engine starts above this: vLLM refuses to reserve more than is free, and an idle card has 1–3 % in use.
MOST_FRACTION = 0.97

FRACTION_STEPS = 1000


class Unknown(Protocol):
    """Why a memory model cannot say a number, and what would let it."""

    @property
    def reason(self) -> str:
        """Half a sentence."""
        ...

    @property
    def change(self) -> str:
        """The way out; may be empty."""
        ...


class Need(Protocol):
    """Bytes an engine needs on each of `gpus` devices of `memory_bytes`, the sum's error included; or why that is unknown."""

    def __call__(self, engine: EngineSettings, *, chip: GpuChip, memory_bytes: int, gpus: int) -> int | Unknown:
        """The memory model's answer."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineShare:
    """One engine on one device. `memory_fraction` is of the device's total, None for an engine that reserves nothing."""

    engine: str
    model: str
    needed_bytes: int
    reserved_bytes: int
    memory_fraction: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """A worker on a pool. A replica asks for `gpus` of `resource` and holds `held_bytes` of each."""

    worker: str
    pool: str
    resource: str
    device: str
    device_bytes: int
    total_bytes: int
    held_bytes: int
    gpus: int
    engines: tuple[EngineShare, ...]

    @property
    def needed_bytes(self) -> int:
        """What its engines need of one device."""
        return sum(share.needed_bytes for share in self.engines)

    @property
    def spare_bytes(self) -> int:
        """What no engine reserves of what it may have."""
        return self.held_bytes - sum(share.reserved_bytes for share in self.engines)


class Reason(StrEnum):
    """Why a worker cannot sit on a pool."""

    MEMORY = "memory"
    ISOLATION = "isolation"
    NODE_SIZE = "node size"
    SEVERAL_SHARES = "several shares"
    NO_OFFER = "no offer"
    UNKNOWN = "unknown"
    NODES = "nodes"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A worker that cannot sit on a pool. `missing_bytes` of the largest device there, when memory is the reason;
    `missing_replicas` when nodes are."""

    worker: str
    pool: str
    reason: Reason
    why: str
    change: str = ""
    device: str = ""
    needed_bytes: int = 0
    limit_bytes: int = 0
    missing_replicas: int = 0

    @property
    def missing_bytes(self) -> int:
        """By how much the device is too small."""
        return max(0, self.needed_bytes - self.limit_bytes)


def seat(claim: Claim, pool: GpuPool, chip: GpuChip, need: Need) -> Seat | Refusal:
    """The smallest device of the pool that holds all engines of the worker."""
    found = offers(pool, chip)
    if isinstance(found, NoOffer):
        return Refusal(worker=claim.name, pool=pool.name, reason=Reason.NO_OFFER, why=found.why, change=found.change)
    if refusal := _unfit(claim, pool, found):
        return refusal
    nearest: Refusal | None = None
    for offer in found:
        sat = _sit(claim, pool, chip, offer, need)
        if isinstance(sat, Seat):
            return sat
        nearest = sat
    assert nearest is not None
    return nearest


def nearest_pool(refusals: Mapping[str, Refusal]) -> Refusal | None:
    """Of refusals for memory, the one that misses least."""
    short = [refusal for refusal in refusals.values() if refusal.reason is Reason.MEMORY]
    return min(short, key=lambda refusal: (refusal.missing_bytes, refusal.pool), default=None)


def limit_bytes(offer: Offer) -> int:
    """What engines may reserve on a device. On a card shared by agreement a pod's share is already below the card's limit."""
    return min(offer.memory_bytes, math.floor(offer.total_bytes * MOST_FRACTION))


def _unfit(claim: Claim, pool: GpuPool, found: tuple[Offer, ...]) -> Refusal | None:
    """What forbids the pool before any memory is counted."""
    mode = pool.sharing.mode
    if claim.isolation is Isolation.HARD and pool.sharing.isolation is Isolation.SOFT:
        why = f"worker {claim.name} asks for hard isolation; on pool {pool.name}, {mode} keeps no pod from another's memory"
        change = "Use a pool with sharing.mode none, mig or mps, or set isolation to soft."
        return Refusal(worker=claim.name, pool=pool.name, reason=Reason.ISOLATION, why=why, change=change)
    if claim.gpus > 1 and not found[0].whole:
        why = (
            f"worker {claim.name} needs {claim.gpus} GPUs, but pool {pool.name} gives {found[0].device} each, "
            "and several of those may lie on one GPU"
        )
        change = "Use a pool with sharing.mode none, or set gpusPerReplica to 1."
        return Refusal(worker=claim.name, pool=pool.name, reason=Reason.SEVERAL_SHARES, why=why, change=change)
    if claim.gpus > pool.gpus_per_node:
        why = f"worker {claim.name} needs {claim.gpus} GPUs on one node; a node of pool {pool.name} has {pool.gpus_per_node}"
        change = f"Set gpusPerReplica to {pool.gpus_per_node}, or use a pool with larger nodes."
        return Refusal(worker=claim.name, pool=pool.name, reason=Reason.NODE_SIZE, why=why, change=change)
    return None


def _sit(claim: Claim, pool: GpuPool, chip: GpuChip, offer: Offer, need: Need) -> Seat | Refusal:
    needed: list[tuple[EngineSettings, int]] = []
    for engine in claim.engines:
        if engine.engine in WITHOUT_MEMORY:
            continue
        size = need(engine, chip=chip, memory_bytes=offer.memory_bytes, gpus=claim.gpus)
        if not isinstance(size, int):
            why = f"whether {engine.model} fits {offer.device} of pool {pool.name} cannot be said: {size.reason}"
            return Refusal(
                worker=claim.name, pool=pool.name, reason=Reason.UNKNOWN, why=why, change=size.change, device=offer.device
            )
        needed.append((engine, size))
    total, limit = sum(size for _, size in needed), limit_bytes(offer)
    if total > limit:
        why = (
            f"worker {claim.name} needs {_mib(total)} MiB on {offer.device} of pool {pool.name}, "
            f"where it may have {limit // MIB} MiB: {_mib(total - limit)} MiB too many"
        )
        return Refusal(
            worker=claim.name,
            pool=pool.name,
            reason=Reason.MEMORY,
            why=why,
            device=offer.device,
            needed_bytes=total,
            limit_bytes=limit,
        )
    held = _held(offer, total)
    total_bytes = held if offer.divisible else offer.total_bytes
    return Seat(
        worker=claim.name,
        pool=pool.name,
        resource=offer.resource,
        device=offer.device,
        device_bytes=offer.memory_bytes,
        total_bytes=total_bytes,
        held_bytes=held,
        gpus=claim.gpus,
        engines=_shares(needed, limit=min(limit, held), total_bytes=total_bytes),
    )


def _held(offer: Offer, needed: int) -> int:
    """A divisible card is asked for in MiB: what is needed, and what no engine can reserve of it."""
    if not offer.divisible:
        return offer.memory_bytes
    return min(offer.memory_bytes, math.ceil(needed / MOST_FRACTION / MIB) * MIB)


def _shares(needed: list[tuple[EngineSettings, int]], *, limit: int, total_bytes: int) -> tuple[EngineShare, ...]:
    """What each engine reserves. Leftovers up to `GIVEN_OUT` of the budget go to engines that take a fraction."""
    total = sum(size for _, size in needed)
    takers = sum(size for engine, size in needed if engine.engine in TAKES_A_FRACTION)
    spare = max(0, math.floor(limit * GIVEN_OUT) - total)
    shares = []
    for engine, size in needed:
        takes = engine.engine in TAKES_A_FRACTION
        reserved = size + (spare * size // takers if takes and takers else 0)
        fraction = None
        if takes:
            steps = max(reserved * FRACTION_STEPS // total_bytes, 0) / FRACTION_STEPS
            # Rounded down it may fall below the need, by less than a thousandth of the card.
            fraction = steps if steps * total_bytes >= size else size / total_bytes
            reserved = max(size, math.floor(fraction * total_bytes))
        shares.append(
            EngineShare(
                engine=engine.engine, model=engine.model, needed_bytes=size, reserved_bytes=reserved, memory_fraction=fraction
            )
        )
    return tuple(shares)


def _mib(size_bytes: int) -> int:
    """MiB, rounded up: what is missing is never said to be less than it is."""
    return -(-size_bytes // MIB)
