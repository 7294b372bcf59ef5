"""Workers that are more than a pod: groups of pods on several nodes, and RayServices that never sleep."""

import json
import re
from typing import Any

import pytest
import yaml

from charts.render import ROOT, SERVING, Rendered, render
from lamplighter_serving.settings import read_follower_settings, read_worker_settings

CI = SERVING / "ci"
GROUP, LIT = "lamplighter-worker-reason", "lamplighter-worker-answer"


@pytest.fixture(scope="module")
def group() -> Rendered:
    return render(SERVING, CI / "group-values.yaml")


@pytest.fixture(scope="module")
def lit() -> Rendered:
    return render(SERVING, CI / "rayservice-values.yaml")


def template(found: Rendered, role: str) -> dict[str, Any]:
    return dict(found.one("LeaderWorkerSet", GROUP)["spec"]["leaderWorkerTemplate"][role])


def only_container(template: dict[str, Any]) -> dict[str, Any]:
    (container,) = template["spec"]["containers"]
    return dict(container)


def variables(template: dict[str, Any]) -> dict[str, str]:
    """What the program would see: values as they stand, and a pod's address and CPUs where the kubelet fills them in."""
    filled = {"fieldRef": "10.0.0.7", "resourceFieldRef": "16", "secretKeyRef": "postgresql://queue.example/lamplighter"}
    entries = only_container(template)["env"]
    return {entry["name"]: entry.get("value") or filled[next(iter(entry["valueFrom"]))] for entry in entries}


def test_a_group_is_a_leader_that_leases_and_followers_that_lend_their_gpus(group: Rendered) -> None:
    spec = group.one("LeaderWorkerSet", GROUP)["spec"]
    assert spec["leaderWorkerTemplate"]["size"] == 2
    assert spec["leaderWorkerTemplate"]["restartPolicy"] == "RecreateGroupOnPodRestart"
    leader = read_worker_settings(variables(template(group, "leaderTemplate")))
    assert leader.group is not None
    assert (leader.group.nodes, leader.group.host, str(leader.group.token_path)) == (2, "10.0.0.7", "/etc/ray/token")
    seen = variables(template(group, "workerTemplate"))
    follower = read_follower_settings(seen)
    # LeaderWorkerSet puts LWS_LEADER_ADDRESS before our variables, so that Kubernetes fills it in.
    assert follower.head == "$(LWS_LEADER_ADDRESS):6379"
    assert (follower.gpus, follower.cpus, follower.host) == (8, 16, "10.0.0.7")
    # A follower leases nothing, so it knows no database.
    assert "DATABASE_URL" not in seen


def test_both_kinds_of_pods_of_a_group_read_the_same_token_and_the_same_weights(group: Rendered) -> None:
    for role in ("leaderTemplate", "workerTemplate"):
        pod = template(group, role)
        mounts = {mount["mountPath"]: mount["name"] for mount in only_container(pod)["volumeMounts"]}
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        assert volumes[mounts["/etc/ray"]]["secret"] == {"secretName": "lamplighter-ray"}
        assert volumes[mounts["/models"]]["persistentVolumeClaim"]["claimName"] == "models"
        assert only_container(pod)["resources"]["limits"]["nvidia.com/gpu"] == "8"


def test_a_model_of_a_group_is_spread_over_the_gpus_of_a_node_and_over_the_nodes(group: Rendered) -> None:
    catalog = json.loads(group.one("ConfigMap", "lamplighter-catalog")["data"]["catalog.json"])
    assert catalog["workers"]["reason"]["engineOptions"] == {"tensorParallelSize": 8, "pipelineParallelSize": 2}


def test_keda_scales_a_group_as_a_whole_and_it_is_rendered_dark(group: Rendered) -> None:
    target = group.one("ScaledObject", GROUP)["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "name": GROUP}
    spec = group.one("LeaderWorkerSet", GROUP)["spec"]
    assert spec["replicas"] == 0
    # No further nodes for the time of a rollout.
    assert spec["rolloutStrategy"]["rollingUpdateConfiguration"] == {"maxSurge": 0, "maxUnavailable": 1, "partition": 0}
    assert "Deployment" not in {thing["kind"] for thing in group.objects if thing["metadata"]["name"] == GROUP}


def test_pods_of_a_groups_worker_reach_each_other_and_nobody_else_reaches_them(group: Rendered) -> None:
    policies = [thing["spec"] for thing in group.objects if thing["kind"] == "NetworkPolicy"]
    labels = template(group, "workerTemplate")["metadata"]["labels"]
    mine = [policy for policy in policies if policy["podSelector"]["matchLabels"].items() <= labels.items()]
    rules = [rule for policy in mine for rule in policy.get("ingress", [])]
    assert rules == [{"from": [{"podSelector": {"matchLabels": labels}}]}]


def test_a_rayservice_has_as_many_replicas_day_and_night_and_no_scaler(lit: Rendered) -> None:
    (workers,) = lit.one("RayService", LIT)["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    assert (workers["replicas"], workers["minReplicas"], workers["maxReplicas"]) == (2, 2, 2)
    assert LIT not in {thing["metadata"]["name"] for thing in lit.objects if thing["kind"] in ("ScaledObject", "Deployment")}


def test_serve_builds_workers_that_lease_jobs_on_whichever_node(lit: Rendered) -> None:
    spec = lit.one("RayService", LIT)["spec"]
    (application,) = yaml.safe_load(spec["serveConfigV2"])["applications"]
    module, _, name = application["import_path"].partition(":")
    # Importing it would import Ray.
    source = (ROOT / "serving/src" / f"{module.replace('.', '/')}.py").read_text()
    assert f"def {name}(" in source
    assert application["args"] == {"replicas": 2}
    for group in (spec["rayClusterConfig"]["headGroupSpec"], *spec["rayClusterConfig"]["workerGroupSpecs"]):
        settings = read_worker_settings(variables(group["template"]))
        assert (settings.worker, settings.cpus, settings.group) == ("answer", 2, None)
        assert "/etc/lamplighter" in {mount["mountPath"] for mount in only_container(group["template"])["volumeMounts"]}


@pytest.mark.parametrize(("request_", "cpus"), [("500m", 1), ("2500m", 3), ("1.5", 2), (4, 4)])
def test_a_replicas_cpus_are_whole_as_the_kubelet_rounds_them(request_: object, cpus: int) -> None:
    over = {"workers": {"answer": {"resources": {"requests": {"cpu": request_}}}}}
    found = render(SERVING, CI / "rayservice-values.yaml", over=over).one("RayService", LIT)
    head = found["spec"]["rayClusterConfig"]["headGroupSpec"]["template"]
    assert variables(head)["LAMPLIGHTER_CPUS"] == str(cpus)


def test_rays_pods_are_restricted_and_the_head_holds_no_gpu(lit: Rendered) -> None:
    config = lit.one("RayService", LIT)["spec"]["rayClusterConfig"]
    for group in (config["headGroupSpec"], *config["workerGroupSpecs"]):
        spec = group["template"]["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["automountServiceAccountToken"] is False
        assert only_container(group["template"])["securityContext"]["readOnlyRootFilesystem"] is True
    head = config["headGroupSpec"]
    assert head["rayStartParams"]["num-cpus"] == "0"
    assert "nvidia.com/gpu" not in only_container(head["template"])["resources"]["limits"]
    assert config["authOptions"] == {"mode": "token"}


def test_kuberay_is_told_the_version_of_ray_that_is_in_the_images(lit: Rendered) -> None:
    said = lit.one("RayService", LIT)["spec"]["rayClusterConfig"]["rayVersion"]
    for lock in ("worker", "worker-vllm"):
        assert re.findall(r"^ray==(\S+)", (ROOT / "requirements" / f"{lock}.lock").read_text(), re.MULTILINE) == [said]


def test_a_key_of_somebodys_api_comes_from_a_secret() -> None:
    found = render(SERVING, CI / "hosted-model-values.yaml").one("Deployment", "lamplighter-worker-extract")
    (key,) = [
        entry for entry in only_container(found["spec"]["template"])["env"] if entry["name"] == "LAMPLIGHTER_ENGINE_API_KEY"
    ]
    assert key["valueFrom"] == {"secretKeyRef": {"name": "llm-example", "key": "apiKey"}}


@pytest.mark.parametrize("topology", ["pod", "group", "rayservice"])
def test_a_workers_pods_have_the_priority_class_it_names(topology: str) -> None:
    ci, worker = {"pod": ("hosted-model", "extract"), "group": ("group", "reason"), "rayservice": ("rayservice", "answer")}[
        topology
    ]
    over = {"workers": {worker: {"priorityClassName": "lamplighter-batch"}}}
    text = render(SERVING, CI / f"{ci}-values.yaml", over=over).text
    pods = {"pod": 1, "group": 2, "rayservice": 2}[topology]
    assert text.count("priorityClassName: lamplighter-batch") == pods
