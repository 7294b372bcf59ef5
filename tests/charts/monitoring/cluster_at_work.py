"""Two hours of a cluster at work, as promtool's input series: two gateways, a worker with two replicas of two GPUs, one that
shares a GPU, nodes that work, idle and are parked, and exporters whose labels are renamed by the scrape.
"""

from collections.abc import Iterator

MINUTES = 130
_STEADY = f"{{value}}x{MINUTES}"
_GROWING = f"0+{{step}}x{MINUTES}"

Series = dict[str, str]


def series() -> list[Series]:
    """All of it. Values are of no account; names, labels and how many there are of each is what queries can trip over."""
    return [*_gateways(), *_pods(), *_gpus(), *_nodes(), *_keda(), *_database()]


def _steady(name: str, labels: str, value: float = 1) -> Series:
    return {"series": f"{name}{{{labels}}}", "values": _STEADY.format(value=value)}


def _growing(name: str, labels: str, step: float = 1) -> Series:
    return {"series": f"{name}{{{labels}}}", "values": _GROWING.format(step=step)}


def _gateways() -> Iterator[Series]:
    for pod in ("lamplighter-gateway-7d9f8b6c5-aaaaa", "lamplighter-gateway-7d9f8b6c5-bbbbb"):
        target = f'namespace="serving", service="lamplighter-gateway", pod="{pod}", endpoint="http", container="gateway"'
        yield _steady("up", target)
        yield _steady("lamplighter_database_up", target)
        yield _steady("lamplighter_last_purge_timestamp_seconds", target)
        for code in (202, 413, 503):
            yield _growing("lamplighter_http_responses_total", f'{target}, code="{code}"')
        for worker in ("extract", "piles"):
            labels = f'{target}, worker="{worker}"'
            yield _steady("lamplighter_held_requests", labels)
            yield _steady("lamplighter_oldest_job_age_seconds", labels, 0)
            for state in ("queued", "running"):
                yield _steady("lamplighter_jobs", f'{labels}, state="{state}"', int(worker == "extract"))
            for state in ("waking", "lit", "draining"):
                yield _steady("lamplighter_replicas", f'{labels}, state="{state}"')
            for outcome in ("done", "failed", "dead", "cancelled"):
                yield _growing("lamplighter_jobs_total", f'{labels}, outcome="{outcome}"')
            for kind in ("prompt", "completion"):
                yield _growing("lamplighter_tokens_total", f'{labels}, kind="{kind}"', 100)
            for stage in ("weights", "engine", "first_result"):
                yield from _histogram("lamplighter_wake_stage_seconds", f'{labels}, stage="{stage}"')
            for phase in ("wait", "read", "extract"):
                yield from _histogram("lamplighter_job_seconds", f'{labels}, phase="{phase}"')


def _histogram(name: str, labels: str) -> Iterator[Series]:
    for step, bound in enumerate(("1.0", "10.0", "+Inf"), start=1):
        yield _growing(f"{name}_bucket", f'{labels}, le="{bound}"', step)
    yield _growing(f"{name}_sum", labels, 20)
    yield _growing(f"{name}_count", labels, 3)


#: Pods of workers, the node each is on, and its container.
WORKERS = {
    "lamplighter-worker-extract-7d9f8b6c5-aaaaa": "t4-1",
    "lamplighter-worker-extract-7d9f8b6c5-bbbbb": "t4-2",
    "lamplighter-worker-piles-7d9f8b6c5-aaaaa": "l4-1",
}


def _pods() -> Iterator[Series]:
    for deployment in ("lamplighter-gateway", "lamplighter-worker-extract"):
        labels = f'namespace="serving", deployment="{deployment}"'
        yield _steady("kube_deployment_spec_replicas", labels, 2)
        yield _steady("kube_deployment_status_replicas_available", labels, 2)
    for pod, container in [(pod, "worker") for pod in WORKERS] + [("lamplighter-gateway-7d9f8b6c5-aaaaa", "gateway")]:
        labels = f'namespace="serving", pod="{pod}"'
        yield _steady("kube_pod_created", f'{labels}, uid="{pod}"', 100)
        yield _steady("kube_pod_status_scheduled_time", f'{labels}, uid="{pod}"', 200)
        yield _steady("kube_pod_status_unschedulable", f'{labels}, uid="{pod}"')
        for phase in ("Pending", "Running", "Failed"):
            yield _steady("kube_pod_status_phase", f'{labels}, uid="{pod}", phase="{phase}"', int(phase == "Running"))
        inside = f'{labels}, uid="{pod}", container="{container}"'
        yield _steady("kube_pod_container_state_started", inside, 300)
        yield _growing("kube_pod_container_status_restarts_total", inside)
        for reason in ("ContainerCreating", "CrashLoopBackOff"):
            yield _steady("kube_pod_container_status_waiting_reason", f'{inside}, reason="{reason}"')
        yield _steady("kube_pod_container_status_last_terminated_reason", f'{inside}, reason="OOMKilled"')
        # cAdvisor shows the pod's sum too, as a container without a name.
        for each in (container, ""):
            yield _steady("container_memory_working_set_bytes", f'{labels}, container="{each}"', 1e9)
            yield _growing("container_cpu_usage_seconds_total", f'{labels}, container="{each}"', 30)
        for resource in ("cpu", "nvidia_com_gpu") if container == "worker" else ("cpu",):
            held = f'{inside}, node="{WORKERS.get(pod, "cpu-1")}", resource="{resource}"'
            yield _steady("kube_pod_container_resource_requests", held)


def _gpus() -> Iterator[Series]:
    for pod, node in WORKERS.items():
        for gpu in range(2):
            labels = (
                f'namespace="gpu-operator", pod="dcgm-exporter-{node}", exported_namespace="serving", exported_pod="{pod}", '
                f'gpu="{gpu}", UUID="{node}-{gpu}", device="nvidia{gpu}", modelName="Tesla T4", Hostname="{node}"'
            )
            yield _steady("DCGM_FI_DEV_FB_USED", labels, 13500)
            yield _steady("DCGM_FI_DEV_FB_FREE", labels, 1500)
            for field in ("GPU_UTIL", "GPU_TEMP", "POWER_USAGE", "XID_ERRORS"):
                yield _steady(f"DCGM_FI_DEV_{field}", labels, 50)


def _nodes() -> Iterator[Series]:
    pools = {"t4-1": "t4", "t4-2": "t4", "t4-idle": "t4", "t4-parked": "t4", "l4-1": "l4-shared"}
    for node, pool in pools.items():
        yield _steady("kube_node_labels", f'node="{node}", label_lamplighter_dev_pool="{pool}"')
        said = "unknown" if node == "t4-parked" else "true"
        for status in ("true", "false", "unknown"):
            labels = f'node="{node}", condition="Ready", status="{status}"'
            yield _steady("kube_node_status_condition", labels, int(status == said))


def _keda() -> Iterator[Series]:
    for worker in ("extract", "piles"):
        labels = f'namespace="keda", exported_namespace="serving", scaledObject="lamplighter-worker-{worker}"'
        yield _steady("keda_scaled_object_paused", labels, 0)
        yield _growing("keda_scaled_object_errors_total", labels)


def _database() -> Iterator[Series]:
    yield _steady("kube_job_failed", 'namespace="serving", job_name="lamplighter-migrate-pre", condition="true"', 0)
    for server in ("lamplighter-database-1", "lamplighter-database-2"):
        claim = f'namespace="serving", persistentvolumeclaim="{server}", node="cpu-1"'
        yield _steady("kubelet_volume_stats_available_bytes", claim, 1e10)
        yield _steady("kubelet_volume_stats_capacity_bytes", claim, 2e10)
        for database in ("lamplighter", "postgres"):
            labels = f'namespace="serving", pod="{server}", datname="{database}"'
            yield _steady("cnpg_pg_database_size_bytes", labels, 1e9)
            for state in ("active", "idle"):
                yield _steady("cnpg_backends_total", f'{labels}, usename="u", application_name="", state="{state}"', 3)
