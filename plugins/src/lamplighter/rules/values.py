"""LL601 to LL606, LL610 and LL616: values that cannot be used as they stand.

Most are found while the files are read (load/); the table is theirs. Found here is what the vocabulary knows and the chart
does not render, and what one value needs of another. The chart's templates/requirements.yaml refuses the same.
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
    "LL616": "a file that steers Argo CD past the plugin",
}

#: What charts/lamplighter-serving renders; a test compares it with what Helm refuses.
RENDERED_TOPOLOGIES = ("pod",)
RENDERED_TRIGGERS = ("push", "prometheus", "both")
RENDERED_CACHES = ("baked", "pvc", "imageVolume")
RENDERED_SHARING = (SharingMode.NONE, SharingMode.TIME_SLICING, SharingMode.MPS)


def check_rendered(subject: Subject) -> Iterator[Finding]:
    """LL606: the chart would refuse it, or leave it out."""
    for worker in subject.deployment.workers.values():
        at = ("workers", worker.name)
        scale = worker.scale
        for path, value, rendered in (
            ((*at, "topology"), worker.topology, RENDERED_TOPOLOGIES),
            ((*at, "scale", "trigger"), scale.trigger, RENDERED_TRIGGERS),
            ((*at, "modelCache", "mode"), worker.model_cache, RENDERED_CACHES),
        ):
            if value not in rendered:
                sentence = (
                    f"worker {worker.name} has {'.'.join(path[2:])} {value}, which this version of the chart does not render"
                )
                yield subject.places.error("LL606", path, sentence, f"Use {' or '.join(rendered)}.")
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
        if worker.model_cache == "pvc" and not worker.claim:
            sentence = f"worker {worker.name} has its weights on a volume (modelCache.mode pvc), but claimName is empty"
            change = "Name the PersistentVolumeClaim that holds the weights."
            yield subject.places.error("LL610", ("workers", worker.name, "modelCache"), sentence, change)
        if worker.model_cache == "imageVolume" and not worker.weights_image:
            sentence = f"worker {worker.name} has its weights in an image (modelCache.mode imageVolume), but image is empty"
            change = "Name the image that holds the weights, best by digest."
            yield subject.places.error("LL610", ("workers", worker.name, "modelCache"), sentence, change)


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (check_rendered, check_needed)
