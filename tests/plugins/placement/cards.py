"""Pools, claims and a memory model for the placement tests: an engine needs its context times its concurrency, in MiB."""

from dataclasses import dataclass

from lamplighter.domain.deployment import EngineSettings
from lamplighter.domain.gpu import GpuChip
from lamplighter.domain.pool import GpuPool, Lifecycle, Price, Sharing, SharingMode
from lamplighter.load.packaged import gpu_chips
from lamplighter.placement import Claim
from lamplighter.units import MIB

CHIPS = gpu_chips()


@dataclass(frozen=True, kw_only=True, slots=True)
class NotKnown:
    """What a memory model says of a model it does not know."""

    reason: str
    change: str = ""


def need(engine: EngineSettings, *, chip: GpuChip, memory_bytes: int, gpus: int) -> int | NotKnown:
    """A model of no model: bytes that a test can add up in its head, spread over the GPUs."""
    if engine.model == "mystery":
        return NotKnown(reason="the architecture mystery is not known", change="Use another model.")
    return engine.context_tokens * engine.concurrency * MIB // gpus


def engine(mib: int, *, concurrency: int = 1, name: str = "vllm", model: str = "m") -> EngineSettings:
    return EngineSettings(
        engine=name,
        model=model,
        context_tokens=mib // concurrency,
        concurrency=concurrency,
        memory_fraction=None,
        kv_cache_dtype="auto",
    )


def claim(name: str = "w", *, replicas: int = 1, gpus: int = 1, pools: tuple[str, ...] = ("p",), **more: object) -> Claim:
    engines = more.pop("engines", (engine(8000),))
    return Claim(name=name, replicas=replicas, gpus=gpus, pools=pools, engines=engines, **more)  # type: ignore[arg-type]


def pool(name: str = "p", *, chip: str = "t4", gpus: int = 1, nodes: int = 1000, price: float = 1.0, **more: object) -> GpuPool:
    return GpuPool(
        name=name,
        chip=chip,
        gpus_per_node=gpus,
        most_nodes=nodes,
        price=Price(amount=price, currency="EUR"),
        **more,  # type: ignore[arg-type]
    )


def shared(mode: SharingMode, replicas: int) -> Sharing:
    return Sharing(mode=mode, replicas=replicas)


SPOT = Lifecycle.SPOT
