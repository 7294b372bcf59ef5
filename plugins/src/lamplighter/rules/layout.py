"""What a deployment comes to on its GPUs: pools in order of price, memory fractions, the parts of every engine on every card.

`plan` shows and writes it, and the lock's rules compare the file with it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from ..domain.deployment import EngineSettings
from ..domain.gpu import GpuChip
from ..domain.lock import LockedEngine, LockedWorker
from ..domain.pool import GpuPool
from ..domain.unknown import Unknown
from ..domain.usage import CardUsage, EngineUsage
from ..placement import Claim, Explanation, Placement, Reason, Refusal, Seat, claims, explain, place
from ..placement.offers import NoOffer, offers
from ..placement.seats import FRACTION_STEPS, MOST_FRACTION
from ..vram.estimate import Estimate
from ..vram.llamacpp import LlamaCpp
from ..vram.seating import WITHOUT_MEMORY, Needs, card_of, engine_estimate
from .subject import Subject

#: Each engine's part of the card; None for an engine that reserves none.
Fractions = Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """`workers` are those that have a place; `explanations` say why others, or some of their replicas, have none."""

    placement: Placement
    workers: Mapping[str, LockedWorker]
    cards: tuple[CardUsage, ...]
    explanations: tuple[Explanation, ...]


def layout(subject: Subject) -> Layout:
    """The whole answer for one deployment."""
    return _Placed(subject).layout()


class _Placed:
    """One deployment with its placement, from which everything else follows."""

    def __init__(self, subject: Subject) -> None:
        self._chips = subject.chips
        self._pools = subject.deployment.pools
        self._models = subject.deployment.models
        self._need = Needs(models=self._models)
        self._claims = claims(subject.deployment)
        self._placement = place(self._claims, pools=self._pools, chips=self._chips, need=self._need)
        self._fractions = {name: self._common_fractions(claim) for name, claim in self._claims.items()}

    def layout(self) -> Layout:
        """Everything together."""
        found = (
            explain(claim, self._placement.refusals, pools=self._pools, chips=self._chips, need=self._need)
            for claim in self._claims.values()
            if self._placement.workers[claim.name].placed < claim.replicas
        )
        return Layout(
            placement=self._placement,
            workers={name: worker for name, claim in self._claims.items() if (worker := self._locked(claim))},
            cards=tuple(self._cards()),
            explanations=(*(entry for entry in found if entry), *self._without_common_fractions()),
        )

    def _seats(self, claim: Claim) -> tuple[Seat, ...]:
        return self._placement.workers[claim.name].seats

    def _chip(self, pool: str) -> GpuChip:
        return self._chips[self._pools[pool].chip]

    def _common_fractions(self, claim: Claim) -> Fractions | None:
        """Each engine's fraction, the same on all pools: the pods of a worker are made from one template.

        What is written stays. Of the ways to share a device that every pool allows, the one that leaves the least engine most.
        None where no way holds on all of them.
        """
        written = {engine.model: engine.memory_fraction for engine in claim.engines if engine.memory_fraction is not None}
        seats = self._seats(claim)
        least = self._least_fractions(seats)
        trials = [_trial(sat, least, written) for sat in seats]
        # What is written is not judged here: LL101 compares it with the card.
        trials = [trial for trial in trials if written or all(_within(trial, sat) for sat in seats)]
        rooms = [min(((trial[model] or 0.0) - part for model, part in least.items()), default=0.0) for trial in trials]
        return trials[rooms.index(max(rooms))] if trials else None

    def _least_fractions(self, seats: Sequence[Seat]) -> Mapping[str, float]:
        """What each engine that takes a fraction must have at least, on all pools: rounded up to thousandths."""
        least: dict[str, float] = {}
        for sat in seats:
            for share in sat.engines:
                if share.memory_fraction is not None:
                    part = ceil(share.needed_bytes * FRACTION_STEPS / sat.total_bytes) / FRACTION_STEPS
                    least[share.model] = max(part, least.get(share.model, 0.0))
        return least

    def _without_common_fractions(self) -> Iterator[Explanation]:
        for name, fractions in self._fractions.items():
            seats = self._seats(self._claims[name])
            if seats and fractions is None:
                pools = ", ".join(sat.pool for sat in seats)
                sentence = f"no memory fractions of worker {name} hold on all of its pools: {pools}"
                change = "Make a worker for each kind of card, or leave the smallest card out."
                yield Explanation(pool=seats[0].pool, sentence=sentence, change=change)

    def _locked(self, claim: Claim) -> LockedWorker | None:
        fractions, seats = self._fractions[claim.name], self._seats(claim)
        if fractions is None or not seats:
            return None
        engines = [
            LockedEngine(
                model=engine.model,
                memory_fraction=fractions.get(engine.model),
                context_tokens=engine.context_tokens,
                concurrency=engine.concurrency,
                parts=self._parts(engine, fractions.get(engine.model), seats),
            )
            for engine in claim.engines
        ]
        return LockedWorker(name=claim.name, pools=tuple(sat.pool for sat in seats), engines=tuple(engines))

    def _parts(self, engine: EngineSettings, fraction: float | None, seats: Sequence[Seat]) -> Mapping[str, Mapping[str, int]]:
        """Of each pool the bytes of each part; nothing of an engine that holds nothing there."""
        found = {sat.pool: self._estimated(engine, fraction, self._chip(sat.pool), sat.total_bytes) for sat in seats}
        return {pool: one.parts for pool, one in found.items() if one is not None and not isinstance(one, Unknown)}

    def _estimated(
        self, engine: EngineSettings, fraction: float | None, chip: GpuChip, total_bytes: int
    ) -> Estimate | LlamaCpp | Unknown | None:
        """One engine on a device, with a fraction where it takes one; None where it holds nothing on a GPU."""
        model = self._models.get(engine.model)
        if model is None or engine.engine in WITHOUT_MEMORY:
            return None
        said = engine if fraction is None else replace(engine, memory_fraction=fraction)
        return engine_estimate(said, model, card_of(chip, total_bytes))

    def _cards(self) -> Iterator[CardUsage]:
        """Every GPU at the peak, then where workers might run too, then where they cannot."""
        used: set[tuple[str, str]] = set()
        for pool in self._placement.pools.values():
            for use in pool.gpus:
                held = [(pod.worker, pod.held_bytes) for pod, number in use.pods for _each in range(number)]
                used |= {(worker, pool.name) for worker, _bytes in held}
                yield self._card(self._pools[pool.name], use.gpus, self._engines(pool.name, held))
        for claim in self._claims.values():
            for sat in self._seats(claim):
                if (claim.name, sat.pool) not in used:
                    yield self._card(self._pools[sat.pool], 0, self._engines(sat.pool, [(claim.name, sat.held_bytes)]))
        for refusal in self._placement.refusals:
            if refusal.reason in (Reason.MEMORY, Reason.UNKNOWN):
                yield self._refused(refusal)

    def _card(self, pool: GpuPool, count: int, engines: Iterable[EngineUsage]) -> CardUsage:
        total = self._chip(pool.name).memory_bytes
        return CardUsage(pool=pool.name, chip=pool.chip, count=count, total_bytes=total, engines=tuple(engines))

    def _engines(self, pool: str, held: Sequence[tuple[str, int]]) -> Iterator[EngineUsage]:
        """The engines of pods that lie on one GPU one after the other, each from where its pod begins."""
        begin = 0
        for worker, held_bytes in held:
            claim = self._claims[worker]
            sat = next(sat for sat in self._seats(claim) if sat.pool == pool)
            fractions = self._fractions[worker] or {share.model: share.memory_fraction for share in sat.engines}
            start = begin
            for engine in claim.engines:
                fraction = fractions.get(engine.model)
                found = self._estimated(engine, fraction, self._chip(pool), sat.total_bytes)
                if found is not None and not isinstance(found, Unknown):
                    reserved = found.needed_bytes + found.error_bytes if fraction is None else found.limit_bytes
                    yield EngineUsage(
                        worker=worker, model=engine.model, parts=found.parts, start_bytes=start, reserved_bytes=reserved
                    )
                    start += reserved
            begin += held_bytes

    def _refused(self, refusal: Refusal) -> CardUsage:
        """A card that a worker's engines do not fit, or nobody knows: each as large as it is, beyond what there is."""
        claim, pool = self._claims[refusal.worker], self._pools[refusal.pool]
        chip = self._chip(pool.name)
        offered = offers(pool, chip)
        total = chip.memory_bytes if isinstance(offered, NoOffer) else max(offer.total_bytes for offer in offered)
        found = {
            engine.model: one
            for engine in claim.engines
            if (one := self._estimated(engine, engine.memory_fraction or MOST_FRACTION, chip, total)) is not None
        }
        # An engine counts with what CUDA shows it of the device, which is less than the driver's total.
        seen = min((one.limit_bytes for one in found.values() if not isinstance(one, Unknown)), default=0)
        limit = min(seen, refusal.limit_bytes) if refusal.limit_bytes else seen
        needed = {model: 0 if isinstance(one, Unknown) else one.needed_bytes for model, one in found.items()}
        usages, start = [], 0
        for model, one in found.items():
            reserved = limit * needed[model] // max(1, sum(needed.values()))
            usages.append(
                EngineUsage(
                    worker=claim.name,
                    model=model,
                    parts={} if isinstance(one, Unknown) else one.parts,
                    start_bytes=start,
                    reserved_bytes=reserved,
                    reason=one.reason if isinstance(one, Unknown) else "",
                )
            )
            start += max(reserved, needed[model])
        return self._card(pool, 0, usages)


def _trial(sat: Seat, least: Mapping[str, float], written: Mapping[str, float]) -> Fractions:
    """What is written; else what a pool computed, and at least what the engine needs on all of them."""
    computed = {
        share.model: None if share.memory_fraction is None else max(share.memory_fraction, least[share.model])
        for share in sat.engines
    }
    return {**computed, **written}


def _within(trial: Fractions, sat: Seat) -> bool:
    """Whether the engines of a pod take no more than it holds."""
    taken = sum(
        share.needed_bytes if (fraction := trial[share.model]) is None else fraction * sat.total_bytes for share in sat.engines
    )
    # A thousandth of the card is lost in rounding, at most.
    return taken <= min(sat.held_bytes, sat.total_bytes * MOST_FRACTION) + sat.total_bytes / FRACTION_STEPS
