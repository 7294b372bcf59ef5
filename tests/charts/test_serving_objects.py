"""What the serving chart renders: pods that Pod Security admits, scaling that KEDA owns, addresses that meet."""

from typing import Any

import pytest

from charts.render import DEV_FILES, MINIMAL, SERVING, Rendered, render

GPU_VALUES: dict[str, Any] = {
    "gpuPools": {
        "t4": {
            "chip": "t4",
            "gpusPerNode": 1,
            "nodes": {"min": 0, "max": 5},
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
        },
        "t4-spot": {
            "chip": "t4",
            "gpusPerNode": 1,
            "nodes": {"min": 0, "max": 5},
            "tolerations": [
                {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
                {"key": "spot", "operator": "Exists", "effect": "NoSchedule"},
            ],
        },
    },
    "models": {"qwen3-8b-awq": {"source": {"repo": "Qwen/Qwen3-8B-AWQ"}, "license": "Apache-2.0"}},
    "workers": {
        "read": {
            "topology": "pod",
            "gpusPerReplica": 1,
            "pools": ["t4", "t4-spot"],
            "models": {
                "qwen3-8b-awq": {
                    "engine": "vllm",
                    "contextTokens": 8192,
                    "concurrency": 4,
                    "memoryFraction": 0.9,
                    "kvCacheDtype": "fp8",
                }
            },
            "modelCache": {"mode": "pvc", "claimName": "models"},
            "resources": {"requests": {"cpu": "2", "memory": "8Gi"}, "limits": {"memory": "16Gi"}},
            "scale": {
                "trigger": "push",
                "min": 0,
                "max": 5,
                "jobsPerReplica": 10,
                "cooldownSeconds": 300,
                "maxJobSeconds": 900,
            },
        }
    },
}


@pytest.fixture(scope="module")
def dev() -> Rendered:
    return render(SERVING, *DEV_FILES)


@pytest.fixture(scope="module")
def gpu() -> Rendered:
    return render(SERVING, MINIMAL, over=GPU_VALUES)


def pod_specs(rendered: Rendered) -> list[dict[str, Any]]:
    return [thing["spec"]["template"]["spec"] for thing in rendered.objects if thing["kind"] in ("Deployment", "Job")]


def environment(spec: dict[str, Any]) -> dict[str, Any]:
    (container,) = spec["containers"]
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in container["env"]}


def test_every_pod_satisfies_pod_security_restricted(dev: Rendered, gpu: Rendered) -> None:
    # The "restricted" profile of Kubernetes' Pod Security Standards, and ours: no token without a right, no writable root.
    specs = pod_specs(dev) + pod_specs(gpu)
    assert len(specs) == 9  # gateway, worker, two migrations; the second has two workers
    for spec in specs:
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == 10001
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is ("LAMPLIGHTER_POD" in environment(spec))
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
        allowed = {"configMap", "emptyDir", "persistentVolumeClaim", "secret"}
        assert all(set(volume) - {"name"} <= allowed for volume in spec.get("volumes", []))
        for container in spec["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False
            assert security["readOnlyRootFilesystem"] is True
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert not any("hostPort" in port for port in container.get("ports", []))


def test_a_scaledobject_follows_the_gateways_push_and_has_no_fallback(dev: Rendered) -> None:
    spec = dev.one("ScaledObject", "lamplighter-worker-extract")["spec"]
    assert spec["scaleTargetRef"] == {"name": "lamplighter-worker-extract"}
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (0, 1)
    assert (spec["cooldownPeriod"], spec["pollingInterval"]) == (60, 5)
    assert "fallback" not in spec
    assert "idleReplicaCount" not in spec
    (trigger,) = spec["triggers"]
    assert trigger["type"] == "external-push"
    assert trigger["metadata"] == {"scalerAddress": "lamplighter-gateway-scaler.serving-dev.svc:9090", "worker": "extract"}


def test_the_scaler_address_is_the_services_port_and_the_pods(dev: Rendered) -> None:
    services = [dev.one("Service", name)["spec"] for name in ("lamplighter-gateway", "lamplighter-gateway-scaler")]
    gateway = dev.one("Deployment", "lamplighter-gateway")["spec"]
    ports = {port["name"]: port for service in services for port in service["ports"]}
    (container,) = gateway["template"]["spec"]["containers"]
    listening = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports["scaler"]["port"] == 9090
    assert listening[ports["scaler"]["targetPort"]] == int(environment(gateway["template"]["spec"])["LAMPLIGHTER_SCALER_PORT"])
    assert listening[ports["http"]["targetPort"]] == int(environment(gateway["template"]["spec"])["LAMPLIGHTER_PORT"])
    for service in services:
        assert service["selector"].items() <= gateway["template"]["metadata"]["labels"].items()


def test_keda_reaches_a_gateway_that_is_not_ready_and_clients_do_not(dev: Rendered) -> None:
    assert dev.one("Service", "lamplighter-gateway-scaler")["spec"]["publishNotReadyAddresses"] is True
    assert "publishNotReadyAddresses" not in dev.one("Service", "lamplighter-gateway")["spec"]


def test_a_worker_is_rendered_dark_where_there_is_no_cluster_to_ask(dev: Rendered) -> None:
    assert dev.one("Deployment", "lamplighter-worker-extract")["spec"]["replicas"] == 0


def test_a_workers_rollout_takes_no_second_gpu(dev: Rendered) -> None:
    strategy = dev.one("Deployment", "lamplighter-worker-extract")["spec"]["strategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}


def test_a_stopping_worker_has_longer_than_its_longest_job(gpu: Rendered) -> None:
    spec = gpu.one("Deployment", "lamplighter-worker-read")["spec"]["template"]["spec"]
    grace = int(environment(spec)["LAMPLIGHTER_GRACE"].removesuffix("s"))
    assert 900 < grace < spec["terminationGracePeriodSeconds"]


def test_a_gpu_worker_asks_for_its_gpus_its_pools_and_tolerates_their_taints_once(gpu: Rendered) -> None:
    spec = gpu.one("Deployment", "lamplighter-worker-read")["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert container["resources"]["limits"] == {"memory": "16Gi", "nvidia.com/gpu": "1"}
    (term,) = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [{"key": "lamplighter.dev/pool", "operator": "In", "values": ["t4", "t4-spot"]}]
    assert [toleration["key"] for toleration in spec["tolerations"]] == ["nvidia.com/gpu", "spot"]
    assert container["image"] == "lamplighter-worker-vllm:0.1.0"
    assert environment(spec)["LAMPLIGHTER_MODEL_PATH"] == "/models/qwen3-8b-awq"


def test_a_cpu_worker_asks_for_no_gpu_and_no_pool(dev: Rendered) -> None:
    spec = dev.one("Deployment", "lamplighter-worker-extract")["spec"]["template"]["spec"]
    assert "affinity" not in spec
    assert "tolerations" not in spec
    assert spec["containers"][0]["resources"]["limits"] == {"memory": "2Gi"}


def test_ray_finds_the_only_places_it_may_write_to(dev: Rendered) -> None:
    spec = dev.one("Deployment", "lamplighter-worker-extract")["spec"]["template"]["spec"]
    mounts = {mount["mountPath"]: mount["name"] for mount in spec["containers"][0]["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert volumes[mounts["/dev/shm"]]["emptyDir"]["medium"] == "Memory"
    assert volumes[mounts["/tmp"]]["emptyDir"] == {}
    variables = environment(spec)
    assert variables["HOME"] == "/tmp"
    assert variables["RAY_TMPDIR"].startswith("/tmp/")
    assert variables["LAMPLIGHTER_CPUS"] == {"resourceFieldRef": {"resource": "requests.cpu", "divisor": "1"}}


def test_the_gateway_pauses_before_it_stops(dev: Rendered) -> None:
    spec = dev.one("Deployment", "lamplighter-gateway")["spec"]["template"]["spec"]
    pause = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert 0 < pause < spec["terminationGracePeriodSeconds"]


def test_migrations_run_before_and_after_the_rollout(dev: Rendered) -> None:
    for phase in ("pre", "post"):
        job = dev.one("Job", f"lamplighter-migrate-{phase}")
        assert job["metadata"]["annotations"]["helm.sh/hook"] == f"{phase}-install,{phase}-upgrade"
        (container,) = job["spec"]["template"]["spec"]["containers"]
        assert container["args"] == ["lamplighter-gateway", "migrate", "--phase", phase]


def test_the_database_address_comes_from_the_existing_secret_and_stands_nowhere(dev: Rendered) -> None:
    assert "Secret" not in {thing["kind"] for thing in dev.objects}
    for spec in pod_specs(dev):
        assert environment(spec)["DATABASE_URL"] == {"secretKeyRef": {"name": "lamplighter-database", "key": "DATABASE_URL"}}


def test_only_keda_reaches_the_scaler_and_nobody_reaches_a_worker(dev: Rendered) -> None:
    http, scaler = dev.one("NetworkPolicy", "lamplighter-gateway")["spec"]["ingress"]
    assert (http["ports"], "from" in http) == ([{"port": "http"}], False)
    assert scaler["ports"] == [{"port": "scaler"}]
    assert scaler["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}}}]
    worker = dev.one("NetworkPolicy", "lamplighter-worker")["spec"]
    assert worker["policyTypes"] == ["Ingress"]
    assert "ingress" not in worker


def test_a_digest_wins_over_a_tag() -> None:
    digest = "sha256:" + "a" * 64
    rendered = render(SERVING, MINIMAL, over={"images": {"gateway": {"tag": "1.2", "digest": digest}}})
    (container,) = rendered.one("Deployment", "lamplighter-gateway")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"lamplighter-gateway@{digest}"


def test_two_releases_share_no_object() -> None:
    def names(release: str) -> set[tuple[str, str]]:
        rendered = render(SERVING, MINIMAL, release=release)
        return {(thing["kind"], thing["metadata"]["name"]) for thing in rendered.objects}

    assert not names("one") & names("two")


def test_an_extractors_change_restarts_the_gateway_and_no_worker() -> None:
    def annotations(title: str) -> dict[str, dict[str, str]]:
        extractors = {"invoice": {"worker": "extract", "title": title, "schema": {"type": "object"}}}
        rendered = render(SERVING, MINIMAL, over={"extractors": extractors})
        return {
            name: rendered.one("Deployment", f"lamplighter-{name}")["spec"]["template"]["metadata"]["annotations"]
            for name in ("gateway", "worker-extract")
        }

    before, after = annotations("Invoice"), annotations("Bill")
    assert before["gateway"] != after["gateway"]
    assert before["worker-extract"] == after["worker-extract"]


def test_every_object_has_the_recommended_labels_and_the_releases_namespace(dev: Rendered) -> None:
    for thing in dev.objects:
        labels = thing["metadata"]["labels"]
        assert labels["app.kubernetes.io/name"] == "lamplighter-serving"
        assert labels["app.kubernetes.io/instance"] == "lamplighter"
        assert thing["metadata"]["namespace"] == "serving-dev"
