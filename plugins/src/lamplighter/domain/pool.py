"""GPU pools of a cluster: nodes of one kind, how pods share their GPUs, what they cost and how they come and go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class SharingMode(StrEnum):
    """How pods share one GPU."""

    NONE = "none"
    TIME_SLICING = "timeSlicing"
    MPS = "mps"
    MIG = "mig"
    HAMI = "hami"
    DRA = "dra"


class Isolation(StrEnum):
    """What keeps the memory of one pod from another on the card: an agreement, or the driver or the hardware."""

    SOFT = "soft"
    HARD = "hard"


class Lifecycle(StrEnum):
    """What becomes of a node that is not needed."""

    DELETE = "delete"
    DEALLOCATE = "deallocate"  # stopped, with its disk; NotReady until it is started again
    SPOT = "spot"  # cheaper, and taken back by the cloud at any time
    STATIC = "static"


#: Sharing that keeps a pod within its memory: whole cards and claims of whole cards, hardware slices, MPS's limit per client.
#: Time-slicing limits nothing; HAMi intercepts calls inside the pod, which can avoid it (READMEs of k8s-device-plugin, HAMi).
HARD_MODES = frozenset({SharingMode.NONE, SharingMode.DRA, SharingMode.MIG, SharingMode.MPS})


@dataclass(frozen=True, kw_only=True, slots=True)
class Sharing:
    """`replicas`: pods one GPU may hold (timeSlicing, mps, hami). `layout`: MIG profiles of every GPU, name to count."""

    mode: SharingMode = SharingMode.NONE
    replicas: int = 1
    layout: Mapping[str, int] = field(default_factory=dict)

    @property
    def isolation(self) -> Isolation:
        """What keeps pods apart."""
        return Isolation.HARD if self.mode in HARD_MODES else Isolation.SOFT


@dataclass(frozen=True, kw_only=True, slots=True)
class Taint:
    """A taint of every node of the pool."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Toleration:
    """As Kubernetes writes it. An empty key with Exists tolerates all; an empty effect is any effect."""

    key: str
    operator: str
    value: str
    effect: str

    def tolerates(self, taint: Taint) -> bool:
        """Kubernetes' own rule (k8s.io/api core/v1 Toleration.ToleratesTaint)."""
        if self.effect and self.effect != taint.effect:
            return False
        if self.key and self.key != taint.key:
            return False
        return self.operator == "Exists" or (bool(self.key) and self.value == taint.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """Of one node and hour."""

    amount: float
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Boot:
    """Seconds and speeds of a node's start; None where nobody measured."""

    node_seconds: float | None = None
    gpu_ready_seconds: float | None = None
    image_pull_mibps: float | None = None
    disk_read_mibps: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuPool:
    """Nodes of one kind. None: the cluster's file does not say."""

    name: str
    chip: str
    gpus_per_node: int
    least_nodes: int = 0
    most_nodes: int = 0
    sharing: Sharing = Sharing()
    lifecycle: Lifecycle | None = None
    platform: str | None = None
    price: Price | None = None
    boot: Boot = Boot()
    quota_nodes: int | None = None
    os_disk: str | None = None  # managed or ephemeral
    os_disk_gib: int | None = None
    driver_by: str | None = None  # cloud or operator
    driver_branch: int | None = None
    device_plugin_by: str | None = None  # cloud, operator, hami or dra
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    tolerations: tuple[Toleration, ...] = ()

    @property
    def usable_nodes(self) -> int:
        """Nodes there can be: the most, and no more than the quota."""
        return self.most_nodes if self.quota_nodes is None else min(self.most_nodes, self.quota_nodes)
