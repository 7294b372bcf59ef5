"""Engines of a deployment on a card: from a worker's settings to the memory they need, one engine or several together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..domain.deployment import EngineSettings
from ..domain.gpu import GpuChip
from ..domain.llm import Architecture
from ..domain.model import Model
from ..domain.unknown import Unknown
from ..units import MIB
from .engine import NEWEST, Card, EngineRun, parse_version
from .estimate import Estimate, estimate
from .llamacpp import LlamaCpp, estimate_llamacpp
from .overheads import LEAST_ERROR_BYTES

#: Engines that hold nothing on a GPU of the pod.
WITHOUT_MEMORY = frozenset({"openai", "scripted"})

#: What the driver keeps of a card's total: nvidia-smi counts it in, CUDA, which engines ask, does not. H100: 81,559 MiB against
#: 81,080 seen by vLLM; RTX 3090: 24,576 against 24,146; L40S: 45,776 against 45,465.
DRIVER_KEEPS_BYTES = 480 * MIB

#: The part of a card that is computed with where it is still to be chosen; only what is needed counts then.
WHOLE_CARD = 1.0


def card_of(chip: GpuChip, memory_bytes: int | None = None) -> Card:
    """A chip, or the part of it that a pod gets, with the memory that CUDA reports there."""
    major, minor = chip.capability
    total = chip.memory_bytes if memory_bytes is None else memory_bytes
    return Card(key=chip.key, memory_bytes=max(1, total - DRIVER_KEEPS_BYTES), capability=10 * major + minor)


def engine_run(settings: EngineSettings, *, memory_fraction: float | None = None) -> EngineRun:
    """A worker's settings as the engine gets them: the worker starts vLLM with max_num_seqs = concurrency."""
    return EngineRun(
        engine=settings.engine,
        version=parse_version(settings.engine_version) or NEWEST,
        tensor_parallel=settings.tensor_parallel,
        pipeline_parallel=settings.pipeline_parallel,
        kv_cache_dtype=settings.kv_cache_dtype,
        max_model_len=settings.context_tokens,
        max_num_seqs=settings.concurrency,
        memory_fraction=settings.memory_fraction if memory_fraction is None else memory_fraction,
        eager=settings.options.get("enforceEager") is True,
        concurrency=settings.concurrency,
    )


def engine_estimate(settings: EngineSettings, model: Model, card: Card) -> Estimate | LlamaCpp | Unknown:
    """One engine of a worker on a card. A vLLM engine needs its fraction of the card said."""
    if isinstance(model.architecture, Unknown):
        return model.architecture
    run = engine_run(settings)
    if settings.engine == "llamacpp":
        return estimate_llamacpp(model.architecture, run, card, weights_bytes=model.weights_bytes)
    return estimate(model.architecture, run, card, weights_bytes=model.weights_bytes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What engines need of a device; placement asks it (`placement.seats.Need`)."""

    models: Mapping[str, Model]

    def __call__(self, engine: EngineSettings, *, chip: GpuChip, memory_bytes: int, gpus: int) -> int | Unknown:
        """Bytes on each of `gpus` devices of `memory_bytes`, the sum's error included."""
        model = self.models.get(engine.model)
        if model is None:
            return Unknown(reason=f"there is no model {engine.model}", change="Name one of models.")
        if isinstance(model.architecture, Unknown):
            return model.architecture
        card = card_of(chip, memory_bytes)
        needed = needed_bytes(engine, model, model.architecture, card, gpus=gpus)
        # An engine takes its fraction of CUDA's total; the caller divides by the driver's, which is more.
        return needed if isinstance(needed, Unknown) else needed * memory_bytes // card.memory_bytes


def needed_bytes(
    settings: EngineSettings, model: Model, architecture: Architecture, card: Card, *, gpus: int = 1
) -> int | Unknown:
    """Bytes of one engine on each GPU, with the error of the sum, whatever fraction it has."""
    if settings.engine in WITHOUT_MEMORY:
        return 0
    parallel = settings.tensor_parallel if settings.tensor_parallel <= gpus else max(1, gpus)
    run = replace(engine_run(settings, memory_fraction=WHOLE_CARD), tensor_parallel=parallel)
    if settings.engine == "llamacpp":
        exact = estimate_llamacpp(architecture, run, card, weights_bytes=model.weights_bytes)
        return exact if isinstance(exact, Unknown) else exact.needed_bytes + LEAST_ERROR_BYTES
    found = estimate(architecture, run, card, weights_bytes=model.weights_bytes)
    return found if isinstance(found, Unknown) else found.needed_bytes + found.error_bytes
