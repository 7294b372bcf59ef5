"""LL1xx: memory of an engine against the memory of the card it runs on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..domain.deployment import EngineSettings, Worker
from ..domain.gpu import GpuChip
from ..domain.model import Model
from ..domain.pool import GpuPool
from ..domain.unknown import Unknown
from ..findings import Finding, Path
from ..placement import Reason, Refusal, Seat, seat, worker_claim
from ..placement.offers import NoOffer, Offer, offers
from ..units import gib_text, plain_gib
from ..vram.engine import Card
from ..vram.fit import Fit, largest_fit
from ..vram.seating import WITHOUT_MEMORY, Needs, card_of, engine_estimate, engine_run
from ..vram.verdict import Verdict
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL101": "a model needs more memory than its card gives it",
    "LL102": "a model fits its card by less than the error of the sum",
    "LL103": "whether a model fits its card cannot be said",
    "LL104": "a context is longer than the model's positions",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """One engine of a worker, one of the pools it may run on, and where its context stands in the values."""

    worker: Worker
    settings: EngineSettings
    model: Model
    pool: GpuPool
    chip: GpuChip
    path: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One engine of a worker on one of the pools it may run on, on the device that the pool gives it."""

    worker: Worker
    settings: EngineSettings
    model: Model
    pool: GpuPool
    chip: GpuChip
    offer: Offer

    @property
    def card(self) -> Card:
        """The device as the engine sees it: its fraction is of this total."""
        return card_of(self.chip, self.offer.total_bytes)


def check_memory(subject: Subject) -> Iterator[Finding]:
    """LL101 does not fit, LL102 fits by less than the error, LL103 cannot be said."""
    for worker, settings, path in subject.engines():
        model = subject.deployment.models.get(settings.model)
        if model is None or worker.gpus_per_replica == 0 or settings.engine in WITHOUT_MEMORY:
            continue
        for name in worker.pools:
            pool = subject.deployment.pools.get(name)
            chip = subject.chips.get(pool.chip) if pool else None
            if pool and chip:
                context = (*path, "contextTokens")
                wish = Wish(worker=worker, settings=settings, model=model, pool=pool, chip=chip, path=context)
                yield from _on_pool(subject, wish)


def check_context(subject: Subject) -> Iterator[Finding]:
    """LL104: a context longer than the positions the model was made with."""
    for _worker, settings, path in subject.engines():
        model = subject.deployment.models.get(settings.model)
        positions = model.positions if model else None
        if positions and settings.context_tokens > positions:
            sentence = f"contextTokens is {settings.context_tokens}, but {settings.model} has {positions} positions"
            yield subject.places.error("LL104", (*path, "contextTokens"), sentence, f"Lower contextTokens to {positions}.")


def _on_pool(subject: Subject, wish: Wish) -> Iterator[Finding]:
    """A written fraction is checked as it stands; without one, whether any would do."""
    found = offers(wish.pool, wish.chip)
    if isinstance(found, NoOffer):  # rules/sharing says why
        return
    if wish.settings.engine == "vllm" and wish.settings.memory_fraction is None:
        yield from _unwritten(subject, wish, found)
        return
    # Several parts of a GPU for one pod: rules/sharing refuses them.
    usable = [offer for offer in found if offer.whole or wish.worker.gpus_per_replica == 1]
    if usable:
        yield from _written(subject, _place(wish, usable), wish.path)


def _place(wish: Wish, found: Sequence[Offer], *, fraction: float | None = None) -> Place:
    """The largest device, with the fraction that is written or another."""
    settings = wish.settings if fraction is None else replace(wish.settings, memory_fraction=fraction)
    largest = max(found, key=lambda offer: offer.total_bytes)
    return Place(worker=wish.worker, settings=settings, model=wish.model, pool=wish.pool, chip=wish.chip, offer=largest)


def _written(subject: Subject, place: Place, path: Path) -> Iterator[Finding]:
    """The largest device of the pool against a fraction that is written, or an engine that reserves nothing."""
    result = engine_estimate(place.settings, place.model, place.card)
    device = f"{place.offer.device} of pool {place.pool.name}"
    if isinstance(result, Unknown):
        sentence = f"whether {place.model.name} fits {device} cannot be said: {result.reason}"
        yield subject.places.error("LL103", path, sentence, result.change)
        return
    limit, error = result.limit_bytes, result.error_bytes
    parts = ", ".join(f"{part} {plain_gib(size)}" for part, size in result.parts.items())
    needed, may_have = gib_text(result.needed_bytes), _limit_text(place, limit)
    sentence = f"{place.model.name} needs {needed} on {device}, where it may have {may_have}: {parts}"
    if result.verdict is Verdict.DOES_NOT_FIT:
        yield subject.places.error("LL101", path, sentence, _change(subject, place))
    elif result.verdict is Verdict.TIGHT:
        sentence += f"; the sum is known to {gib_text(error)}"
        yield subject.places.warning("LL102", path, sentence, _change(subject, place))


def _unwritten(subject: Subject, wish: Wish, found: Sequence[Offer]) -> Iterator[Finding]:
    """Nobody says a fraction: placement computes one for all engines of the worker together, if the device has room."""
    sat = seat(worker_claim(wish.worker), wish.pool, wish.chip, Needs(models=subject.deployment.models))
    if isinstance(sat, Seat) or not _is_about(sat, wish.settings):
        return
    if sat.reason is Reason.UNKNOWN:
        yield subject.places.error("LL103", wish.path, sat.why, sat.change)
    elif sat.reason is Reason.MEMORY:
        place = _place(wish, found, fraction=MOST_WRITTEN)
        yield subject.places.error("LL101", wish.path, sat.why, _change(subject, place))


#: The largest fraction that the values' schema takes.
MOST_WRITTEN = 0.97


def _is_about(refusal: Refusal, settings: EngineSettings) -> bool:
    """A worker's refusal is said at the engine it is about; one for memory at every engine, for any of them may give way."""
    return refusal.reason is Reason.MEMORY or settings.model in refusal.why


def _limit_text(place: Place, limit: int) -> str:
    total, fraction = place.card.memory_bytes, place.settings.memory_fraction
    of_total = f" ({fraction} of {plain_gib(total)})" if fraction is not None and limit < total else ""
    return f"{gib_text(limit)}{of_total}"


def _change(subject: Subject, place: Place) -> str:
    """The nearest change: less context, less concurrency, or a pool with room."""
    fit = _fit(place)
    ways = []
    if fit.context_tokens:
        ways.append(f"lower contextTokens to {fit.context_tokens}")
    if fit.concurrency:
        ways.append(f"lower concurrency to {fit.concurrency}")
    if roomy := _roomy_pool(subject, place):
        ways.append(f"use pool {roomy}")
    text = (
        ", or ".join(ways)
        or "no smaller context or concurrency fits and no pool has room: use a smaller model or a larger card"
    )
    return f"{text[0].upper()}{text[1:]}."


def _fit(place: Place) -> Fit:
    if isinstance(place.model.architecture, Unknown) or place.settings.engine != "vllm":
        return Fit(context_tokens=None, concurrency=None)
    return largest_fit(
        place.model.architecture,
        engine_run(place.settings),
        place.card,
        weights_bytes=place.model.weights_bytes,
        most_requests=place.settings.concurrency,
    )


def _roomy_pool(subject: Subject, place: Place) -> str | None:
    """The pool with the smallest device on which it fits, other than those named."""
    rooms: list[tuple[int, str]] = []
    for pool in subject.deployment.pools.values():
        chip = subject.chips.get(pool.chip)
        found = offers(pool, chip) if chip else None
        if chip is None or found is None or isinstance(found, NoOffer) or pool.name in place.worker.pools:
            continue
        for offer in found:
            result = engine_estimate(place.settings, place.model, card_of(chip, offer.total_bytes))
            if not isinstance(result, Unknown) and result.verdict is Verdict.FITS:
                rooms.append((offer.total_bytes, pool.name))
    return min(rooms)[1] if rooms else None


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_memory,
    check_context,
)
