"""LL3xx: what KEDA and Kubernetes accept, and what would never wake or never sleep."""

from collections.abc import Callable, Iterator, Mapping

from ..findings import Finding
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL301": "a ScaledObject's name is too long for KEDA",
    "LL302": "the least number of replicas is above the most",
    "LL303": "a RayService is meant to sleep",
}

#: KEDA prefixes the name for its HPA ("keda-hpa-"), and that has at most 63 characters.
MOST_NAME_CHARACTERS = 54


def check_names(subject: Subject) -> Iterator[Finding]:
    """LL301: a ScaledObject's name that KEDA refuses."""
    release = subject.deployment.release
    for worker in subject.deployment.workers.values():
        # As charts/lamplighter-serving/templates/_names.tpl makes it; a contract test compares the two.
        name = scaled_object_name(release, worker.name)
        if len(name) > MOST_NAME_CHARACTERS:
            sentence = f"its ScaledObject would be named {name}, {len(name)} characters; KEDA takes {MOST_NAME_CHARACTERS}"
            change = f"Shorten the worker's name by {len(name) - MOST_NAME_CHARACTERS}."
            yield subject.places.error("LL301", ("workers", worker.name), sentence, change)


def scaled_object_name(release: str, worker: str) -> str:
    """The name the chart gives a worker's Deployment and ScaledObject."""
    return f"{release}-worker-{worker}"


def check_bounds(subject: Subject) -> Iterator[Finding]:
    """LL302: the least number of replicas above the most."""
    for worker in subject.deployment.workers.values():
        if worker.scale.least > worker.scale.most:
            sentence = f"worker {worker.name} has scale.min {worker.scale.least} above scale.max {worker.scale.most}"
            change = f"Lower min to {worker.scale.most}, or raise max to {worker.scale.least}."
            yield subject.places.error("LL302", ("workers", worker.name, "scale", "min"), sentence, change)


def check_topology(subject: Subject) -> Iterator[Finding]:
    """LL303: a RayService that is meant to sleep. KubeRay's resources have no scale subresource, so nothing could wake it."""
    for worker in subject.deployment.workers.values():
        if worker.topology == "rayservice" and worker.scale.least == 0:
            sentence = (
                f"worker {worker.name} is a rayservice with scale.min 0, but nothing can wake a RayService; its least is 1"
            )
            change = "Set scale.min to 1, or topology to pod."
            yield subject.places.error("LL303", ("workers", worker.name, "scale", "min"), sentence, change)


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_names,
    check_bounds,
    check_topology,
)
