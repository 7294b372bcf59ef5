"""What a live cluster shows, and how it compares with what git declares. Sizes are bytes; None is not shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: Parts of a cluster that are seen or not: each is a kind, and needs a right of its own (plugins/rights/observe.yaml).
NODES, SCALERS, HPAS = "nodes", "scaledobjects.keda.sh", "horizontalpodautoscalers.autoscaling"
#: The fourth is Prometheus' to tell.
VRAM = "vram"


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedNode:
    """A node of a GPU pool, by what Kubernetes says and what GPU feature discovery (GFD) labelled it with."""

    name: str
    pool: str
    ready: bool
    product: str | None = None
    memory_bytes: int | None = None  # of one GPU, as its driver reports it
    driver: str | None = None
    gpus: int = 0  # physical ones, by GFD
    offered: int = 0  # what pods may ask for: more where GPUs are shared
    sharing: str | None = None  # GFD's word: none, time-slicing or mps
    mig_state: str | None = None  # of mig-manager: success, pending, failed


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedScaler:
    """A ScaledObject and the HPA that KEDA made of it. The bounds are the ScaledObject's; `hpa` is None where there is none."""

    worker: str
    least: int
    most: int
    ready: bool | None = None
    message: str = ""
    paused: bool = False
    fallback: bool = False
    hpa: str | None = None
    hpa_complaint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """A cluster at one moment. `unseen`: what could not be read, to the reason; its part is empty then."""

    nodes: tuple[ObservedNode, ...] = ()
    scalers: tuple[ObservedScaler, ...] = ()
    vram_bytes: Mapping[str, int] = field(default_factory=dict)  # measured, by worker
    unseen: Mapping[str, str] = field(default_factory=dict)


class Verdict(StrEnum):
    """How one thing stands. `UNSEEN`: it cannot be said, since nothing is lit, labelled or allowed."""

    SAME = "same"
    DIFFERS = "differs"
    UNSEEN = "unseen"


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One thing of a pool or a worker: what git declares, what the cluster shows, and the way out where they differ."""

    subject: str
    thing: str
    declared: str
    observed: str
    verdict: Verdict
    change: str = ""
