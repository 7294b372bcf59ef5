"""What an environment runs: worker classes with their engines and scale, and the extractors that use them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .checkpoint import Checkpoint
from .cluster import Cluster
from .model import Model
from .pool import GpuPool, Isolation


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSettings:
    """How an engine runs its model. `memory_fraction` is of each GPU's total; None where the engine reserves nothing."""

    engine: str
    model: str
    context_tokens: int
    concurrency: int
    memory_fraction: float | None
    kv_cache_dtype: str
    engine_version: str = ""  # empty where neither the engine nor its image says one
    options: Mapping[str, object] = field(default_factory=dict)  # engineOptions, as they stand
    tensor_parallel: int = 1  # GPUs of a node over which the model is spread
    pipeline_parallel: int = 1  # nodes over which its layers are
    asks_with_key: bool = False  # whether a Secret with the key of somebody's API is named


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """Bounds of the replicas, what wakes them and how long they stay. Thresholds are in jobs."""

    least: int
    most: int
    trigger: str = "push"  # push, prometheus or both; empty where nothing wakes them
    jobs_per_replica: int = 1
    cooldown_seconds: int = 0
    max_job_seconds: int = 1
    activation_threshold: int = 0
    ignore_null_values: bool = False
    fallback_replicas: int | None = None  # None: no fallback


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """A class of pods that share one queue."""

    name: str
    topology: str
    gpus_per_replica: int  # on each node of it
    pools: tuple[str, ...]
    engines: tuple[EngineSettings, ...]
    scale: Scale
    nodes_per_replica: int = 1
    isolation: Isolation = Isolation.SOFT
    model_cache: str = "baked"  # where its weights are: baked, pvc, node, imageVolume or stream
    weights_at: str = ""  # the claim, image, folder or address that this cache needs; empty where none is said
    delayable: bool = False  # whether its jobs may wait, and be begun anew
    spot_patience_seconds: int | None = None  # after which other nodes step in for spot nodes
    pre_pull: bool = False  # whether static nodes hold its image ahead
    image_bytes: int = 0  # what a node pulls of its image; 0 where nobody says
    priority: int = 0  # who is placed first when workers compete; higher goes first


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """One release of lamplighter-serving: everything its values say that a rule looks at."""

    release: str
    pools: Mapping[str, GpuPool]
    models: Mapping[str, Model]
    workers: Mapping[str, Worker]
    extractors: Mapping[str, str]  # name to the worker it names
    default_worker: str
    database_mode: str = "external"  # who runs PostgreSQL: external, cloudnativepg or single
    database_secret: str = ""
    ray_token_secret: str = ""
    host_paths: bool = False  # whether pods may mount folders of the node
    alerts: bool = False  # whether the release brings alerts, each with a link to its runbook
    runbook_url: str = ""
    cluster: Cluster = field(default_factory=Cluster)
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict)  # by the model's name
