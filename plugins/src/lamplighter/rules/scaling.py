"""LL3xx: what KEDA and Kubernetes accept, and what would never wake or never sleep."""

from collections.abc import Callable, Iterator, Mapping

from ..domain.deployment import Worker
from ..findings import Finding, Path
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL301": "a worker's name is too long for what carries it",
    "LL302": "the least number of replicas is above the most",
    "LL303": "a RayService is meant to sleep, or to be scaled",
    "LL304": "a trigger cannot wake a sleeping worker",
    "LL305": "a fallback lights a sleeping worker for nothing",
    "LL306": "a worker stays lit while Prometheus is away",
    "LL307": "a pool may have more nodes than its quota allows",
    "LL308": "a job may take longer than the node autoscaler lets a pod end",
    "LL309": "more GPUs are lit than the jobs need",
}

#: KEDA prefixes the name for its HPA ("keda-hpa-"), and that has at most 63 characters.
MOST_NAME_CHARACTERS = 54

#: KubeRay adds a hash of 6 characters, and "-serve-svc" to the Service, which has at most 63 (utils/constant.go, 1.6.2).
MOST_RAY_SERVICE_CHARACTERS = 47

#: A StatefulSet for each group is named after it, a hyphen and its index; its pods have a label of that name, a hyphen and a
#: hash of up to ten digits, and a label has at most 63 characters. The digits of the index go off.
MOST_GROUP_CHARACTERS = 51

#: What the chart adds to the longest job for a pod to end in (templates/_gpu-pod.tpl, terminationSeconds).
LEAVING_SECONDS = 30


def check_names(subject: Subject) -> Iterator[Finding]:
    """LL301: a name that KEDA, KubeRay or Kubernetes refuses."""
    release = subject.deployment.release
    for worker in subject.deployment.workers.values():
        # As charts/lamplighter-serving/templates/_names.tpl makes it; a contract test compares the two.
        name = scaled_object_name(release, worker.name)
        kind, who, most = _longest(worker)
        if len(name) > most:
            sentence = f"its {kind} would be named {name}, {len(name)} characters; {who} takes {most}"
            change = f"Shorten the worker's name by {len(name) - most}."
            yield subject.places.error("LL301", ("workers", worker.name), sentence, change)


def _longest(worker: Worker) -> tuple[str, str, int]:
    """The object whose name may be shortest, who says so, and its most characters."""
    if worker.topology == "rayservice":
        return "RayService", "KubeRay", MOST_RAY_SERVICE_CHARACTERS
    if worker.topology == "group":
        return "LeaderWorkerSet", "Kubernetes", MOST_GROUP_CHARACTERS - len(str(worker.scale.most - 1))
    stepping_in = 0 if worker.spot_patience_seconds is None else len("-regular")
    return "ScaledObject", "KEDA", MOST_NAME_CHARACTERS - stepping_in


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
    """LL303: KubeRay's resources have no scale subresource: KEDA cannot change the number, and nothing could wake it."""
    for worker in subject.deployment.workers.values():
        if worker.topology != "rayservice":
            continue
        if worker.scale.trigger:
            sentence = (
                f"worker {worker.name} is a rayservice with scale.trigger {worker.scale.trigger}, but KEDA cannot scale it"
            )
            change = "Leave trigger out, or set topology to pod."
            yield subject.places.error("LL303", _scale_path(worker, "trigger"), sentence, change)
        if worker.scale.most > worker.scale.least > 0:
            sentence = (
                f"worker {worker.name} is a rayservice with scale.min {worker.scale.least} and scale.max {worker.scale.most}, "
                "but has as many replicas day and night"
            )
            change = f"Set max to {worker.scale.least}, or topology to pod."
            yield subject.places.error("LL303", _scale_path(worker, "max"), sentence, change)
        if worker.scale.least == 0:
            sentence = (
                f"worker {worker.name} is a rayservice with scale.min 0, but nothing can wake a RayService; its least is 1"
            )
            change = "Set scale.min to 1, or topology to pod."
            yield subject.places.error("LL303", ("workers", worker.name, "scale", "min"), sentence, change)


def check_threshold(subject: Subject) -> Iterator[Finding]:
    """LL304: a trigger that does not fire for the first job, or takes silence for no jobs."""
    for worker in _asking_prometheus(subject):
        scale, at = worker.scale, _scale_path(worker, "prometheus")
        if scale.activation_threshold and scale.trigger == "prometheus" and scale.least == 0:
            sentence = (
                f"worker {worker.name} wakes above {scale.activation_threshold} jobs (activationThreshold is strict), "
                f"so {scale.activation_threshold} or fewer wait for ever"
            )
            yield subject.places.error("LL304", (*at, "activationThreshold"), sentence, "Set it to 0, or leave it out.")
        if scale.ignore_null_values and scale.least == 0:
            sentence = (
                f"worker {worker.name} takes a query without an answer for 0 jobs (ignoreNullValues), "
                "so it sleeps through every job while the metric is missing, and no error says so"
            )
            yield subject.places.error("LL304", (*at, "ignoreNullValues"), sentence, "Set it to false, or leave it out.")


def check_fallback(subject: Subject) -> Iterator[Finding]:
    """LL305: a fallback on a worker that may sleep wakes it whenever Prometheus cannot be asked."""
    for worker in _asking_prometheus(subject):
        replicas = worker.scale.fallback_replicas
        if replicas and worker.scale.least == 0:
            sentence = (
                f"worker {worker.name} may sleep (scale.min 0), but its fallback lights {replicas} whenever Prometheus is "
                "away, with or without jobs"
            )
            yield subject.places.error("LL305", _scale_path(worker, "fallback"), sentence, "Leave fallback out.")


def check_both(subject: Subject) -> Iterator[Finding]:
    """LL306: with two triggers, an error of one blocks the way to zero."""
    for worker in _asking_prometheus(subject):
        if worker.scale.trigger == "both" and worker.scale.least == 0:
            sentence = (
                f"worker {worker.name} has both triggers: while Prometheus is away KEDA never scales it to 0, "
                "so a lit GPU stays lit and paid until Prometheus returns"
            )
            yield subject.places.warning(
                "LL306", _scale_path(worker, "trigger"), sentence, "Use push; Prometheus may still watch."
            )


def check_quota(subject: Subject) -> Iterator[Finding]:
    """LL307: the autoscaler would order nodes that the cloud refuses."""
    for pool in subject.deployment.pools.values():
        if pool.quota_nodes is not None and pool.most_nodes > pool.quota_nodes:
            sentence = f"pool {pool.name} may have {pool.most_nodes} nodes, but its quota allows {pool.quota_nodes}"
            change = f"Lower nodes.max to {pool.quota_nodes}, or have the quota raised."
            yield subject.places.error("LL307", ("gpuPools", pool.name, "nodes", "max"), sentence, change)


def check_grace(subject: Subject) -> Iterator[Finding]:
    """LL308: the node autoscaler empties a node with room to spare, and ends a pod before its job may be done."""
    grace = subject.deployment.cluster.graceful_seconds
    for worker in subject.deployment.workers.values():
        needed = worker.scale.max_job_seconds + LEAVING_SECONDS
        for name in worker.pools:
            pool = subject.deployment.pools.get(name)
            # A node whose every GPU is taken by one replica is not idle while a job runs; one with more GPUs may look so.
            if grace is None or pool is None or pool.most_nodes == pool.least_nodes or needed <= grace:
                continue
            if pool.gpus_per_node > worker.gpus_per_replica > 0:
                sentence = (
                    f"a job of worker {worker.name} may take {worker.scale.max_job_seconds} s and its pod {needed} s to end, "
                    f"but a node of pool {name} with other GPUs idle is removed after {grace} s (maxGracefulTerminationSeconds)"
                )
                change = (
                    f"Raise maxGracefulTerminationSeconds to {needed}, or lower maxJobSeconds to {grace - LEAVING_SECONDS}."
                )
                yield subject.places.error("LL308", _scale_path(worker, "maxJobSeconds"), sentence, change)
                break


def check_jobs_per_replica(subject: Subject) -> Iterator[Finding]:
    """LL309: replicas are lit for jobs that one of them would have done at the same time."""
    for worker in subject.deployment.workers.values():
        at_once = max((engine.concurrency for engine in worker.engines), default=0)
        meant = worker.scale.jobs_per_replica
        if worker.scale.trigger and worker.gpus_per_replica and worker.scale.most > 1 and meant < at_once:
            sentence = (
                f"worker {worker.name} lights a replica for every {meant} jobs, but one does {at_once} requests at a time, "
                f"so {at_once - meant} of them stay idle"
            )
            change = f"Raise jobsPerReplica to {at_once} or more, or lower concurrency to {meant}."
            yield subject.places.warning("LL309", _scale_path(worker, "jobsPerReplica"), sentence, change)


def _asking_prometheus(subject: Subject) -> Iterator[Worker]:
    return (worker for worker in subject.deployment.workers.values() if worker.scale.trigger in ("prometheus", "both"))


def _scale_path(worker: Worker, key: str) -> Path:
    return ("workers", worker.name, "scale", key)


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_names,
    check_bounds,
    check_topology,
    check_threshold,
    check_fallback,
    check_both,
    check_quota,
    check_grace,
    check_jobs_per_replica,
)
