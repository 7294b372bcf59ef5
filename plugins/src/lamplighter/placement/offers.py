"""What a pool gives to pods: whole GPUs, MIG instances, or shares of a GPU, and how much memory each has."""

from dataclasses import dataclass

from ..domain.gpu import GpuChip
from ..domain.pool import GpuPool, SharingMode
from .mig import why_impossible

GPU_RESOURCE = "nvidia.com/gpu"
MIG_RESOURCE = "nvidia.com/mig-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """One kind of device of a pool.

    A pod may use `memory_bytes` of it. An engine's memory fraction is of `total_bytes`: what the engine sees as its card. Where
    pods share one card by agreement that is the whole card; under MPS too, since nothing says that its limit shows as a total.
    `per_gpu` devices are on one GPU. A divisible device is a whole card of which a pod takes as many bytes as it needs.
    """

    resource: str
    device: str
    memory_bytes: int
    total_bytes: int
    per_gpu: int
    divisible: bool = False
    whole: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class NoOffer:
    """The pool gives nothing that could be counted with."""

    why: str
    change: str


def offers(pool: GpuPool, chip: GpuChip) -> tuple[Offer, ...] | NoOffer:
    """The devices of one GPU of a pool, the smallest first."""
    mode, replicas, memory = pool.sharing.mode, pool.sharing.replicas, chip.memory_bytes
    if mode is SharingMode.MIG:
        return _mig_offers(pool, chip)
    if mode in (SharingMode.TIME_SLICING, SharingMode.MPS):
        share = f"1/{replicas} of a {chip.key}"
        return (
            Offer(resource=GPU_RESOURCE, device=share, memory_bytes=memory // replicas, total_bytes=memory, per_gpu=replicas),
        )
    if mode is SharingMode.HAMI:
        # HAMi's library shows the pod its limit as the card's memory (HAMi-core, README: nvidia-smi in the container).
        return (
            Offer(
                resource=GPU_RESOURCE,
                device=f"a part of a {chip.key}",
                memory_bytes=memory,
                total_bytes=memory,
                per_gpu=replicas,
                divisible=True,
            ),
        )
    return (
        Offer(resource=GPU_RESOURCE, device=f"a {chip.key}", memory_bytes=memory, total_bytes=memory, per_gpu=1, whole=True),
    )


def _mig_offers(pool: GpuPool, chip: GpuChip) -> tuple[Offer, ...] | NoOffer:
    layout = pool.sharing.layout
    if chip.mig is None:
        return NoOffer(why=f"a {chip.key} cannot be cut by MIG", change="Use another sharing.mode, or a chip with MIG.")
    if why := why_impossible(chip.mig, layout):
        return NoOffer(why=f"the MIG layout is impossible: {why}", change="Choose a layout that the chip takes.")
    if unknown := [name for name in layout if chip.mig.profiles[name].memory_bytes is None]:
        return NoOffer(
            why=f"the memory of {unknown[0]} on a {chip.key} is not known",
            change="Add it to data/mig.yaml with its source (nvidia-smi mig -lgip), or choose other profiles.",
        )
    # One kind only is gpu-operator's strategy "single": the instances then look like plain GPUs.
    single = len(layout) == 1
    found = [
        Offer(
            resource=GPU_RESOURCE if single else MIG_RESOURCE + name.replace("+", "."),
            device=name,
            memory_bytes=chip.mig.profiles[name].memory_bytes or 0,
            total_bytes=chip.mig.profiles[name].memory_bytes or 0,
            per_gpu=count,
        )
        for name, count in layout.items()
    ]
    return tuple(sorted(found, key=lambda offer: (offer.memory_bytes, offer.device)))
