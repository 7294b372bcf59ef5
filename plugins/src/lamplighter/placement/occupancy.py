"""Which pods lie together on which GPU of a node: from a node's content to its GPUs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..domain.pool import GpuPool, SharingMode


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Pod:
    """A replica on a node: `held_bytes` of each of its `gpus` GPUs, on a device of that name."""

    worker: str
    device: str
    held_bytes: int
    gpus: int


#: What one GPU holds: kinds of pods with their number.
OneGpu = tuple[tuple[Pod, int], ...]


def gpus_of_node(pool: GpuPool, parts: Sequence[Sequence[tuple[Pod, int]]]) -> list[OneGpu]:
    """The GPUs of one node that hold something. `parts`: what it holds, by GPU where memory is divided by MiB."""
    mode = pool.sharing.mode
    if mode is SharingMode.HAMI:
        return [gpu for part in parts if (gpu := _counted([pod for pod, count in part for _ in range(count)]))]
    everyone = [pod for part in parts for pod, count in part for _ in range(count)]
    if mode is SharingMode.MIG:
        # Instances are equal on every GPU of the node; pods of a profile fill one GPU's instances after the other's.
        return _first_room(everyone, [Counter(pool.sharing.layout) for _ in range(pool.gpus_per_node)])
    if mode in (SharingMode.TIME_SLICING, SharingMode.MPS):
        each = pool.sharing.replicas
        return [_counted(everyone[start : start + each]) for start in range(0, len(everyone), each)]
    return [_counted([pod]) for pod in everyone for _ in range(pod.gpus)]


def _counted(pods: Sequence[Pod]) -> OneGpu:
    return tuple(sorted(Counter(pods).items()))


def _first_room(pods: Sequence[Pod], rooms: list[Counter[str]]) -> list[OneGpu]:
    held: list[list[Pod]] = [[] for _ in rooms]
    for pod in pods:
        index = next((index for index, room in enumerate(rooms) if room[pod.device] > 0), None)
        if index is None:
            raise ValueError(f"no instance {pod.device} is left for {pod.worker}")
        rooms[index][pod.device] -= 1
        held[index].append(pod)
    return [_counted(pods) for pods in held if pods]
