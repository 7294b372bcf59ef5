"""What an environment runs: worker classes with their engines and scale, and the extractors that use them."""

from collections.abc import Mapping
from dataclasses import dataclass

from .model import Model
from .pool import GpuPool


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSettings:
    """How an engine runs its model. `memory_fraction` is of each GPU's total; None where the engine reserves nothing."""

    engine: str
    model: str
    context_tokens: int
    concurrency: int
    memory_fraction: float | None
    kv_cache_dtype: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """Bounds of the replicas."""

    least: int
    most: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """A class of pods that share one queue."""

    name: str
    topology: str
    gpus_per_replica: int
    pools: tuple[str, ...]
    engines: tuple[EngineSettings, ...]
    scale: Scale


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """One release of lamplighter-serving: everything its values say that a rule looks at."""

    release: str
    pools: Mapping[str, GpuPool]
    models: Mapping[str, Model]
    workers: Mapping[str, Worker]
    extractors: Mapping[str, str]  # name to the worker it names
    default_worker: str
