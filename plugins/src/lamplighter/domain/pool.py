"""GPU pools of a cluster."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuPool:
    """Nodes of one kind. `sharing` other than "none" means that a pod does not have the whole card."""

    name: str
    chip: str
    gpus_per_node: int
    sharing: str
