"""The memory of every engine on every card it may run on, as a check's reports show it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..domain.deployment import EngineSettings, Worker
from ..domain.gpu import GpuChip
from ..domain.model import Model
from ..domain.pool import GpuPool
from ..domain.unknown import Unknown
from ..placement import Reason, Refusal, seat, worker_claim
from ..placement.offers import NoOffer, offers
from ..placement.seats import MOST_FRACTION
from ..report.judged import EngineMemory
from ..rules.subject import Subject
from ..vram.estimate import Estimate
from ..vram.llamacpp import LlamaCpp
from ..vram.seating import WITHOUT_MEMORY, Needs, card_of, engine_estimate

DOES_NOT_FIT, UNKNOWN = "does-not-fit", "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """One engine of a worker on one pool."""

    worker: Worker
    settings: EngineSettings
    model: Model
    pool: GpuPool
    chip: GpuChip

    def said(self, card: str, result: Estimate | LlamaCpp) -> EngineMemory:
        """What its memory is on a card."""
        return EngineMemory(
            worker=self.worker.name,
            model=self.settings.model,
            pool=self.pool.name,
            card=card,
            parts=result.parts,
            limit_bytes=result.limit_bytes,
            verdict=result.verdict,
        )

    def unsaid(self, card: str, verdict: str, reason: str) -> EngineMemory:
        """Why there are no numbers."""
        return EngineMemory(
            worker=self.worker.name,
            model=self.settings.model,
            pool=self.pool.name,
            card=card,
            parts={},
            limit_bytes=0,
            verdict=verdict,
            reason=reason,
        )


def engine_memory(subject: Subject) -> Iterator[EngineMemory]:
    """A row for each engine on each pool its worker names; where no fraction is written, with the one placement computes."""
    models, pools = subject.deployment.models, subject.deployment.pools
    for worker, settings, _path in subject.engines():
        model = models.get(settings.model)
        if model is None or worker.gpus_per_replica == 0 or settings.engine in WITHOUT_MEMORY:
            continue
        for name in worker.pools:
            pool = pools.get(name)
            chip = subject.chips.get(pool.chip) if pool else None
            if pool and chip:
                place = _Place(worker=worker, settings=settings, model=model, pool=pool, chip=chip)
                yield _row(place, Needs(models=models))


def _row(place: _Place, need: Needs) -> EngineMemory:
    settings, chip = place.settings, place.chip
    found = offers(place.pool, chip)
    if isinstance(found, NoOffer):
        return place.unsaid(chip.key, UNKNOWN, found.why)
    offer = max(found, key=lambda offer: offer.total_bytes)
    card, total = chip.key if offer.whole else offer.device, offer.total_bytes
    if settings.engine == "vllm" and settings.memory_fraction is None:
        sat = seat(worker_claim(place.worker), place.pool, chip, need)
        if isinstance(sat, Refusal):
            return _refused(place, card, total, sat)
        share = next(share for share in sat.engines if share.model == settings.model)
        settings, total = replace(settings, memory_fraction=share.memory_fraction), sat.total_bytes
    result = engine_estimate(settings, place.model, card_of(chip, total))
    if isinstance(result, Unknown):
        return place.unsaid(card, UNKNOWN, result.reason)
    return place.said(card, result)


def _refused(place: _Place, card: str, total_bytes: int, refusal: Refusal) -> EngineMemory:
    """Beside all that an engine could ever have, so that the row shows what is too much."""
    largest = replace(place.settings, memory_fraction=MOST_FRACTION)
    result = engine_estimate(largest, place.model, card_of(place.chip, total_bytes))
    if refusal.reason is not Reason.MEMORY or isinstance(result, Unknown):
        return place.unsaid(card, UNKNOWN, refusal.why)
    return replace(place.said(card, result), verdict=DOES_NOT_FIT)
