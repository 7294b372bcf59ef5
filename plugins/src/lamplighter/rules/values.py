"""LL601 to LL606, LL610, LL615 and LL616: values that cannot be used as they stand.

Most are found while files are read or rendered (load/); the table is theirs. Found here is what the vocabulary knows and the
chart does not render, and what one value needs of another. The chart's templates/requirements.yaml refuses the same.
"""

from collections.abc import Callable, Iterator, Mapping

from ..domain.deployment import Worker
from ..domain.pool import SharingMode
from ..findings import Finding
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL601": "a key that nobody knows",
    "LL602": "a value of the wrong kind, out of its bounds, or missing",
    "LL603": "a key in the wrong file",
    "LL604": "a file that cannot be read",
    "LL605": "a file that is missing",
    "LL606": "a value that this version of the chart does not render",
    "LL610": "a value is empty that another one needs",
    "LL615": "an object is rendered that Kubernetes would refuse",
    "LL616": "a file that steers Argo CD past the plugin",
}

#: What charts/lamplighter-serving renders; a test compares it with what Helm refuses.
RENDERED_SHARING = (SharingMode.NONE, SharingMode.TIME_SLICING, SharingMode.MPS)


def check_rendered(subject: Subject) -> Iterator[Finding]:
    """LL606: the chart would refuse it, or leave it out."""
    for worker in subject.deployment.workers.values():
        at = ("workers", worker.name)
        unable = [engine.engine for engine in worker.engines if engine.engine != "vllm"]
        if worker.model_cache == "stream" and unable:
            sentence = (
                f"worker {worker.name} streams its weights (modelCache.mode stream), but {unable[0]} cannot; only vllm does"
            )
            yield subject.places.error("LL606", (*at, "modelCache", "mode"), sentence, "Use pvc or imageVolume.")
        if len(worker.engines) > 1:
            names = ", ".join(engine.model for engine in worker.engines)
            sentence = f"worker {worker.name} has {len(worker.engines)} models ({names}); this version of the chart renders one"
            yield subject.places.error("LL606", (*at, "models"), sentence, "Make a worker for each.")
        yield from _unrendered_sharing(subject, worker)


def _unrendered_sharing(subject: Subject, worker: Worker) -> Iterator[Finding]:
    for index, name in enumerate(worker.pools):
        pool = subject.deployment.pools.get(name)
        if pool and pool.sharing.mode not in RENDERED_SHARING:
            sentence = (
                f"worker {worker.name} runs on pool {name}, whose GPUs are shared by {pool.sharing.mode}; "
                "this version of the chart asks for nvidia.com/gpu only"
            )
            change = f"Use a pool with sharing.mode {', '.join(RENDERED_SHARING)}."
            yield subject.places.error("LL606", ("workers", worker.name, "pools", index), sentence, change)


def check_needed(subject: Subject) -> Iterator[Finding]:
    """LL610: values with an empty default that have to be set."""
    deployment = subject.deployment
    if deployment.database_mode != "cloudnativepg" and not deployment.database_secret:
        sentence = "database.existingSecret is empty, but gateway and workers need the address of PostgreSQL"
        change = "Name a Secret in the release's namespace that holds it under database.key."
        yield subject.places.error("LL610", ("database", "existingSecret"), sentence, change)
    if deployment.alerts and not deployment.runbook_url:
        sentence = "monitoring.alerts.runbookUrl is empty, and every alert links to its runbook"
        change = (
            "Set it to where your git host shows charts/lamplighter-serving/runbooks, "
            "or set monitoring.alerts.enabled to false."
        )
        yield subject.places.error("LL610", ("monitoring", "enabled"), sentence, change)
    if not deployment.workers:
        sentence = "workers is empty: nothing could ever take a job"
        yield subject.places.error("LL610", ("workers",), sentence, "Add one worker.")
    for worker in deployment.workers.values():
        if worker.topology == "group" and not deployment.ray_token_secret:
            sentence = (
                f"worker {worker.name} is a group of pods, but ray.tokenSecret is empty: "
                "nothing would keep strangers from its Ray"
            )
            change = "Name a Secret with the key token; the chart's README has the command that makes one."
            yield subject.places.error("LL610", ("workers", worker.name, "topology"), sentence, change)
        yield from _missing_of_cache(subject, worker)


#: What each cache needs beside its mode, in words and as the way out.
CACHE_NEEDS: Mapping[str, tuple[str, str, str]] = {
    "pvc": ("claimName", "on a volume", "Name the PersistentVolumeClaim that holds the weights."),
    "imageVolume": ("image", "in an image", "Name the image that holds the weights, best by digest."),
    "node": ("hostPath", "in a folder of the node", "Name that folder, such as /var/lib/models."),
    "stream": ("url", "in object storage", "Say where the model's folder is, such as s3://models/qwen3-8b-awq."),
}


def _missing_of_cache(subject: Subject, worker: Worker) -> Iterator[Finding]:
    key, place, change = CACHE_NEEDS.get(worker.model_cache, ("", "", ""))
    path = ("workers", worker.name, "modelCache")
    if key and not worker.weights_at:
        sentence = f"worker {worker.name} has its weights {place} (modelCache.mode {worker.model_cache}), but {key} is empty"
        yield subject.places.error("LL610", path, sentence, change)
    elif worker.model_cache == "node" and not subject.deployment.host_paths:
        sentence = (
            f"worker {worker.name} mounts {worker.weights_at} of the node (modelCache.mode node), "
            "but access.hostPath is false: the namespace's Pod Security would refuse it"
        )
        change = "Set access.hostPath to true where that is privileged; else use imageVolume, which the node keeps as well."
        yield subject.places.error("LL610", path, sentence, change)


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (check_rendered, check_needed)
