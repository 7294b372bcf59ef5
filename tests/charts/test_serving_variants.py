"""What the serving chart renders beside the smallest release: triggers, databases, weights in images, the front door."""

import json
from pathlib import Path
from typing import Any

import pytest

from charts.render import MINIMAL, SERVING, Rendered, minimal, render

CI = SERVING / "ci"


def rendered(name: str) -> Rendered:
    return render(SERVING, CI / f"{name}-values.yaml")


def worker(**scale: Any) -> Rendered:
    return render(SERVING, over=minimal({"workers": {"extract": {"scale": scale}}}))


def container(found: Rendered, kind: str, name: str) -> dict[str, Any]:
    (only,) = found.one(kind, name)["spec"]["template"]["spec"]["containers"]
    return dict(only)


PROMETHEUS = {"serverAddress": "http://prometheus.monitoring:9090"}
QUERY = (
    'sum(max by (state) (lamplighter_jobs{namespace="serving-dev",service="lamplighter-gateway",worker="extract",'
    'state=~"queued|running"}))'
)


@pytest.mark.parametrize(
    ("trigger", "types"),
    [("push", ["external-push"]), ("prometheus", ["prometheus"]), ("both", ["external-push", "prometheus"])],
)
def test_a_trigger_is_what_the_worker_names(trigger: str, types: list[str]) -> None:
    found = worker(trigger=trigger, **({} if trigger == "push" else {"prometheus": PROMETHEUS}))
    spec = found.one("ScaledObject", "lamplighter-worker-extract")["spec"]
    assert [one["type"] for one in spec["triggers"]] == types


def test_prometheus_is_asked_for_queued_and_running_jobs_and_silence_is_an_error() -> None:
    # KEDA 2.20, docs of the prometheus scaler: all values of metadata are text; activationThreshold is strictly above.
    found = worker(trigger="prometheus", prometheus=PROMETHEUS, jobsPerReplica=7)
    (trigger,) = found.one("ScaledObject", "lamplighter-worker-extract")["spec"]["triggers"]
    assert trigger["metadata"] == {
        "serverAddress": "http://prometheus.monitoring:9090",
        "query": QUERY,
        "threshold": "7",
        "activationThreshold": "0",
        "ignoreNullValues": "false",
    }


def test_a_fallback_is_for_workers_that_never_sleep() -> None:
    fallback = {"failureThreshold": 3, "replicas": 2}
    found = worker(trigger="prometheus", prometheus=PROMETHEUS, fallback=fallback, min=1, max=2)
    assert found.one("ScaledObject", "lamplighter-worker-extract")["spec"]["fallback"] == fallback


def test_cloudnativepg_runs_the_database_and_its_secret_gives_the_address() -> None:
    found = rendered("cloudnativepg")
    cluster = found.one("Cluster", "lamplighter-database")
    assert (cluster["apiVersion"], cluster["spec"]["instances"]) == ("postgresql.cnpg.io/v1", 3)
    assert cluster["spec"]["storage"] == {"size": "50Gi"}
    for name in ("lamplighter-gateway", "lamplighter-worker-extract"):
        (url,) = [entry for entry in container(found, "Deployment", name)["env"] if entry["name"] == "DATABASE_URL"]
        # CloudNativePG, "Connecting from an application": the Secret <cluster>-app, key uri.
        assert url["valueFrom"]["secretKeyRef"] == {"name": "lamplighter-database-app", "key": "uri"}


@pytest.mark.parametrize("name", ["cloudnativepg", "single-database"])
def test_a_database_of_the_release_is_prepared_by_the_gateway_and_cleared_after_the_rollout(name: str) -> None:
    found = rendered(name)
    assert container(found, "Deployment", "lamplighter-gateway")["args"] == ["lamplighter-gateway", "serve", "--migrate", "pre"]
    jobs = [thing["metadata"]["name"] for thing in found.objects if thing["kind"] == "Job"]
    assert jobs == ["lamplighter-migrate-post"]


def test_a_single_database_is_a_restricted_pod_that_only_this_release_reaches() -> None:
    found = rendered("single-database")
    postgres = container(found, "StatefulSet", "lamplighter-database")
    assert postgres["securityContext"]["readOnlyRootFilesystem"] is True
    (password,) = [entry for entry in postgres["env"] if entry["name"] == "POSTGRES_PASSWORD"]
    assert password["valueFrom"]["secretKeyRef"] == {"name": "lamplighter-database", "key": "POSTGRES_PASSWORD"}
    spec = found.one("StatefulSet", "lamplighter-database")["spec"]
    assert spec["template"]["spec"]["securityContext"]["runAsUser"] == 999
    assert spec["volumeClaimTemplates"][0]["spec"]["resources"] == {"requests": {"storage": "5Gi"}}
    (rule,) = found.one("NetworkPolicy", "lamplighter-database")["spec"]["ingress"]
    components = [peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for peer in rule["from"]]
    assert components == ["gateway", "migrate", "worker", "rayservice"]
    selector = found.one("Service", "lamplighter-database")["spec"]["selector"]
    assert selector.items() <= spec["template"]["metadata"]["labels"].items()


def test_external_secrets_writes_the_secret_before_the_migration_reads_it() -> None:
    found = rendered("external-secret")
    written = found.one("ExternalSecret", "lamplighter-database")
    job = found.one("Job", "lamplighter-migrate-pre")
    assert written["metadata"]["annotations"]["helm.sh/hook"] == job["metadata"]["annotations"]["helm.sh/hook"]
    assert int(written["metadata"]["annotations"]["helm.sh/hook-weight"]) < 0
    assert written["spec"]["target"] == {"name": "lamplighter-database", "creationPolicy": "Orphan"}
    assert written["spec"]["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "vault"}
    (entry,) = written["spec"]["data"]
    assert entry == {
        "secretKey": "DATABASE_URL",
        "remoteRef": {"key": "lamplighter/serving", "property": "databaseUrl"},
    }


@pytest.mark.parametrize(
    ("database", "place"),
    [
        ({"externalSecret": {"store": "vault"}}, "/database/externalSecret/remoteKey"),
        ({"mode": "single", "externalSecret": {"store": "vault", "remoteKey": "a"}}, "/database/mode"),
    ],
)
def test_half_an_external_secret_is_refused(database: dict[str, Any], place: str) -> None:
    assert place in render(SERVING, over=minimal({"database": database})).error


def test_two_sources_of_the_database_address_are_refused() -> None:
    error = render(SERVING, over=minimal({"database": {"mode": "cloudnativepg"}})).error
    assert "/database/existingSecret" in error


def test_weights_in_an_image_are_mounted_where_the_engine_looks() -> None:
    spec = rendered("gpu").one("Deployment", "lamplighter-worker-extract")["spec"]["template"]["spec"]
    (mount,) = [mount for mount in spec["containers"][0]["volumeMounts"] if mount["name"] == "models"]
    (volume,) = [volume for volume in spec["volumes"] if volume["name"] == "models"]
    assert volume["image"] == {"reference": "registry.example/models/qwen3-8b-awq:1", "pullPolicy": "IfNotPresent"}
    (path,) = [entry["value"] for entry in spec["containers"][0]["env"] if entry["name"] == "LAMPLIGHTER_MODEL_PATH"]
    assert path == mount["mountPath"] == "/models/qwen3-8b-awq"


def test_weights_in_a_folder_of_the_node_are_read_and_never_made() -> None:
    spec = rendered("node-cache").one("Deployment", "lamplighter-worker-extract")["spec"]["template"]["spec"]
    (volume,) = [volume for volume in spec["volumes"] if volume["name"] == "models"]
    assert volume["hostPath"] == {"path": "/var/lib/models", "type": "Directory"}
    (mount,) = [mount for mount in spec["containers"][0]["volumeMounts"] if mount["name"] == "models"]
    assert mount == {"name": "models", "mountPath": "/models", "readOnly": True}


def test_streamed_weights_need_no_volume_and_the_engine_is_told_where_they_are() -> None:
    found = rendered("stream")
    worker = container(found, "Deployment", "lamplighter-worker-extract")
    assert not [mount for mount in worker["volumeMounts"] if mount["name"] == "models"]
    assert "LAMPLIGHTER_MODEL_PATH" not in {entry["name"] for entry in worker["env"]}
    assert worker["envFrom"] == [{"secretRef": {"name": "models-reader"}}]
    catalog = json.loads(found.one("ConfigMap", "lamplighter-catalog")["data"]["catalog.json"])
    assert catalog["workers"]["extract"]["engineOptions"] == {"streamFrom": "s3://models/qwen3-8b-awq"}


def test_ordinary_nodes_step_in_once_a_job_has_waited_for_spot_nodes_long_enough() -> None:
    found = rendered("spot")
    wanted = {"lamplighter-worker-piles": ("l4-spot", None), "lamplighter-worker-piles-regular": ("l4", "1800")}
    selectors = []
    for name, (pool, patience) in wanted.items():
        deployment = found.one("Deployment", name)["spec"]
        (term,) = deployment["template"]["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][
            "nodeSelectorTerms"
        ]
        assert term["matchExpressions"][0]["values"] == [pool]
        # Both lease jobs of the same worker.
        assert {"name": "LAMPLIGHTER_WORKER", "value": "piles"} in deployment["template"]["spec"]["containers"][0]["env"]
        scaled = found.one("ScaledObject", name)["spec"]
        assert (scaled["scaleTargetRef"]["name"], scaled["minReplicaCount"]) == (name, 0)
        (trigger,) = scaled["triggers"]
        assert (trigger["metadata"]["worker"], trigger["metadata"].get("olderThanSeconds")) == ("piles", patience)
        selectors.append(deployment["selector"]["matchLabels"])
    # Selectors of two Deployments may not overlap.
    assert not selectors[0].items() <= selectors[1].items()
    assert not selectors[1].items() <= selectors[0].items()


def test_prometheus_calls_ordinary_nodes_by_the_age_of_the_oldest_job() -> None:
    scale = {"trigger": "prometheus", "prometheus": PROMETHEUS, "min": 1, "fallback": {"failureThreshold": 3, "replicas": 1}}
    found = render(SERVING, CI / "spot-values.yaml", over={"workers": {"piles": {"scale": scale}}})
    first, steps_in = (found.one("ScaledObject", f"lamplighter-worker-{name}")["spec"] for name in ("piles", "piles-regular"))
    assert first["triggers"][0]["metadata"]["query"] == QUERY.replace("extract", "piles")
    age = 'max(lamplighter_oldest_job_age_seconds{namespace="serving-dev",service="lamplighter-gateway",worker="piles"})'
    assert steps_in["triggers"][0]["metadata"]["query"] == f"{QUERY.replace('extract', 'piles')} * ({age} >= bool 1800)"
    # What stands by does so for spot nodes, not for Prometheus.
    assert (first["minReplicaCount"], steps_in["minReplicaCount"]) == (1, 0)
    assert ("fallback" in first, "fallback" in steps_in) == (True, False)


def test_machines_that_stand_anyway_are_used_before_ordinary_nodes_are_made() -> None:
    pools = {"rack": {"chip": "l4", "gpusPerNode": 1, "nodes": {"min": 2, "max": 2}, "lifecycle": "static"}}
    over = {"gpuPools": pools, "workers": {"piles": {"pools": ["l4-spot", "l4", "rack"]}}}
    text = render(SERVING, CI / "spot-values.yaml", over=over).text
    assert 'values: ["l4-spot","rack"]' in text
    assert 'values: ["l4"]' in text


def test_an_image_is_held_on_static_nodes_alone() -> None:
    pools = {
        name: {"chip": "t4", "gpusPerNode": 1, "nodes": {"min": 0, "max": 1}, "lifecycle": lifecycle}
        for name, lifecycle in (("rack", "static"), ("cloud", "delete"))
    }
    over = {"gpuPools": pools, "workers": {"extract": {"gpusPerReplica": 1, "pools": ["cloud", "rack"], "prePull": True}}}
    found = render(SERVING, over=minimal(over))
    spec = found.one("DaemonSet", "lamplighter-prepull-extract")["spec"]["template"]["spec"]
    (term,) = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [{"key": "lamplighter.dev/pool", "operator": "In", "values": ["rack"]}]
    (hold,) = spec["containers"]
    assert hold["image"] == container(found, "Deployment", "lamplighter-worker-extract")["image"]
    # No GPU: the pod only keeps the image.
    assert hold["resources"] == {"requests": {"cpu": "1m", "memory": "8Mi"}, "limits": {"memory": "16Mi"}}


def test_pods_have_an_identity_without_a_token_and_a_cloud_may_give_it_rights() -> None:
    over = {"access": {"serviceAccountAnnotations": {"worker": {"azure.workload.identity/client-id": "1"}}}}
    found = render(SERVING, MINIMAL, over=over)
    for component, name in (("gateway", "lamplighter-gateway"), ("worker", "lamplighter-worker-extract")):
        account = found.one("ServiceAccount", f"lamplighter-{component}")
        assert account["automountServiceAccountToken"] is False
        assert found.one("Deployment", name)["spec"]["template"]["spec"]["serviceAccountName"] == f"lamplighter-{component}"
    assert found.one("ServiceAccount", "lamplighter-worker")["metadata"]["annotations"] == {
        "azure.workload.identity/client-id": "1"
    }
    assert "annotations" not in found.one("ServiceAccount", "lamplighter-gateway")["metadata"]


def test_a_node_may_be_emptied_but_never_of_the_last_gateway() -> None:
    budget = rendered("cloudnativepg").one("PodDisruptionBudget", "lamplighter-gateway")["spec"]
    assert budget["maxUnavailable"] == 1
    # With one replica a budget would block every drain of its node.
    assert "PodDisruptionBudget" not in {thing["kind"] for thing in render(SERVING, MINIMAL).objects}


def test_an_ingress_leads_to_http_alone() -> None:
    spec = rendered("cloudnativepg").one("Ingress", "lamplighter-gateway")["spec"]
    (rule,) = spec["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"] == {"name": "lamplighter-gateway", "port": {"name": "http"}}
    assert spec["tls"] == [{"hosts": ["lamplighter.example"], "secretName": "lamplighter-tls"}]


def test_an_ingress_without_a_host_is_refused() -> None:
    assert "/gateway/ingress/host" in render(SERVING, over=minimal({"gateway": {"ingress": {"enabled": True}}})).error


def test_the_release_tests_itself_with_the_workers_it_has() -> None:
    pod = rendered("gpu").one("Pod", "lamplighter-smoke")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    (smoke,) = pod["spec"]["containers"]
    program, *workers = smoke["args"]
    assert workers == ["extract", "night"]
    compile(program, "smoke", "exec")
    assert "http://lamplighter-gateway:8080" in program


@pytest.mark.parametrize("path", sorted(CI.glob("*-values.yaml")), ids=lambda path: path.stem)
def test_every_name_begins_with_the_release_so_two_fit_one_namespace(path: Path) -> None:
    for thing in render(SERVING, path, release="other").objects:
        assert thing["metadata"]["name"].startswith("other-"), thing["kind"]


def test_only_workers_of_which_one_may_go_before_another_have_a_right_and_it_is_a_single_one() -> None:
    def rights(found: Rendered) -> list[object]:
        return [thing["rules"] for thing in found.objects if thing["kind"] == "Role"]

    several = {"workers": {"extract": {"scale": {"max": 2}}}}
    found = render(SERVING, over=minimal(several))
    assert rights(found) == [[{"apiGroups": [""], "resources": ["pods/status"], "verbs": ["patch"]}]]
    (binding,) = [thing for thing in found.objects if thing["kind"] == "RoleBinding"]
    assert [subject["name"] for subject in binding["subjects"]] == ["lamplighter-worker"]
    tokens = {
        thing["metadata"]["name"]: thing["spec"]["template"]["spec"]["automountServiceAccountToken"]
        for thing in found.objects
        if thing["kind"] == "Deployment"
    }
    assert tokens == {"lamplighter-gateway": False, "lamplighter-worker-extract": True}
    for none in (minimal(), minimal({**several, "access": {"podDeletionCost": False}})):
        found = render(SERVING, over=none)
        assert rights(found) == []
        assert (
            found.one("Deployment", "lamplighter-worker-extract")["spec"]["template"]["spec"]["automountServiceAccountToken"]
            is False
        )
