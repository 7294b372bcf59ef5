"""LL1xx: memory of an engine against the memory of the card it runs on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..domain.deployment import EngineSettings, Worker
from ..domain.gpu import GpuChip
from ..domain.model import Model
from ..domain.pool import GpuPool
from ..findings import Finding, Path
from ..units import gib_text, plain_gib
from ..vram.estimate import Estimate, Verdict, estimate_vllm, largest_fit
from ..vram.known import Unknown
from ..vram.overheads import ERROR_BYTES
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL101": "a model needs more memory than its card gives it",
    "LL102": "a model fits its card by less than the error of the sum",
    "LL103": "whether a model fits its card cannot be said",
    "LL104": "a context is longer than the model's positions",
}

#: Engines that hold no model on a GPU of the pod.
WITHOUT_MEMORY = frozenset({"openai", "scripted"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """One engine of a worker on one of the pools it may run on."""

    worker: Worker
    settings: EngineSettings
    model: Model
    pool: GpuPool
    chip: GpuChip


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
                seat = Seat(worker=worker, settings=settings, model=model, pool=pool, chip=chip)
                yield from _judge(subject, seat, (*path, "contextTokens"))


def check_context(subject: Subject) -> Iterator[Finding]:
    """LL104: a context longer than the positions the model was made with."""
    for _worker, settings, path in subject.engines():
        model = subject.deployment.models.get(settings.model)
        positions = model.positions if model else None
        if positions and settings.context_tokens > positions:
            sentence = f"contextTokens is {settings.context_tokens}, but {settings.model} has {positions} positions"
            yield subject.places.error("LL104", (*path, "contextTokens"), sentence, f"Lower contextTokens to {positions}.")


def _judge(subject: Subject, seat: Seat, path: Path) -> Iterator[Finding]:
    estimate = _estimate(seat)
    card = f"a {seat.chip.key} of pool {seat.pool.name}"
    if isinstance(estimate, Unknown):
        sentence = f"whether {seat.model.name} fits {card} cannot be said: {estimate.reason}"
        yield subject.places.error("LL103", path, sentence, estimate.change)
        return
    needed, limit = gib_text(estimate.needed_bytes), _limit_text(seat, estimate)
    parts = ", ".join(f"{part} {plain_gib(size)}" for part, size in estimate.parts.items())
    sentence = f"{seat.model.name} needs {needed} on {card}, where it may have {limit}: {parts}"
    if estimate.verdict is Verdict.DOES_NOT_FIT:
        yield subject.places.error("LL101", path, sentence, _change(subject, seat))
    elif estimate.verdict is Verdict.TIGHT:
        yield subject.places.warning(
            "LL102", path, f"{sentence}; the sum is known to {gib_text(ERROR_BYTES)}", _change(subject, seat)
        )


def _estimate(seat: Seat) -> Estimate | Unknown:
    if seat.settings.engine != "vllm":
        return Unknown(
            reason=f"GPU memory of engine {seat.settings.engine} is not computed yet", change="Use vllm, or a worker on CPU."
        )
    if seat.worker.gpus_per_replica > 1:
        return Unknown(
            reason=f"a model over {seat.worker.gpus_per_replica} GPUs is not computed yet", change="Set gpusPerReplica to 1."
        )
    if seat.pool.sharing != "none":
        return Unknown(
            reason=f"a GPU shared by {seat.pool.sharing} is not computed yet", change="Use a pool with sharing.mode none."
        )
    return estimate_vllm(seat.settings, seat.model, seat.chip)


def _limit_text(seat: Seat, estimate: Estimate) -> str:
    return f"{gib_text(estimate.limit_bytes)} ({seat.settings.memory_fraction} of {plain_gib(seat.chip.memory_bytes)})"


def _change(subject: Subject, seat: Seat) -> str:
    """The nearest change: less context, less concurrency, or a pool with room."""
    fit = largest_fit(seat.settings, seat.model, seat.chip)
    ways = []
    if fit.context_tokens:
        ways.append(f"lower contextTokens to {fit.context_tokens}")
    if fit.concurrency:
        ways.append(f"lower concurrency to {fit.concurrency}")
    if roomy := _roomy_pool(subject, seat):
        ways.append(f"use pool {roomy}")
    text = (
        ", or ".join(ways)
        or "no smaller context or concurrency fits and no pool has room: use a smaller model or a larger card"
    )
    return f"{text[0].upper()}{text[1:]}."


def _roomy_pool(subject: Subject, seat: Seat) -> str | None:
    """The pool with the smallest card on which it fits, other than those named."""
    rooms: list[tuple[int, str]] = []
    for pool in subject.deployment.pools.values():
        chip = subject.chips.get(pool.chip)
        if chip is None or pool.name in seat.worker.pools:
            continue
        estimate = _estimate(replace(seat, pool=pool, chip=chip))
        if isinstance(estimate, Estimate) and estimate.verdict is Verdict.FITS:
            rooms.append((chip.memory_bytes, pool.name))
    return min(rooms)[1] if rooms else None


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_memory,
    check_context,
)
