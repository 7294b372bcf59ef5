"""The harness can fail: real mistakes, each made in a render that is accepted without it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from charts.render import SERVING, minimal, render
from cluster.cluster import Cluster

Object = dict[str, Any]
Mistake = Callable[[Object], object]


def pod(thing: Object) -> Object:
    spec: Object = thing["spec"]["template"]["spec"]
    return spec


def container(thing: Object) -> Object:
    first: Object = pod(thing)["containers"][0]
    return first


#: What is done to which kind, and what the API server says to it.
MISTAKES: dict[str, tuple[str, Mistake, str]] = {
    "privileged-container": (
        "Deployment",
        lambda thing: container(thing)["securityContext"].update(privileged=True, allowPrivilegeEscalation=True),
        "privileged",
    ),
    "root-user": ("Job", lambda thing: pod(thing)["securityContext"].update(runAsNonRoot=False, runAsUser=0), "runAsNonRoot"),
    "no-seccomp-profile": ("Deployment", lambda thing: pod(thing)["securityContext"].pop("seccompProfile"), "seccompProfile"),
    "host-path": (
        "Deployment",
        lambda thing: pod(thing)["volumes"].append({"name": "host", "hostPath": {"path": "/"}}),
        "hostPath",
    ),
    "capability": (
        "Deployment",
        lambda thing: container(thing)["securityContext"]["capabilities"].update(add=["SYS_ADMIN"]),
        "SYS_ADMIN",
    ),
    "near-name": (
        "Deployment",
        lambda thing: thing["spec"].update(replicaCount=1),
        ".spec.replicaCount: field not declared in schema",
    ),
    "near-name-in-a-custom-resource": (
        "ScaledObject",
        lambda thing: thing["spec"].update(maxReplicas=1),
        ".spec.maxReplicas: field not declared in schema",
    ),
    "number-as-environment": (
        "Deployment",
        lambda thing: container(thing)["env"].append({"name": "PORT", "value": 8080}),
        "value",
    ),
    "environment-twice": (
        "Deployment",
        lambda thing: container(thing)["env"].extend([{"name": "TWICE", "value": "a"}, {"name": "TWICE", "value": "b"}]),
        "TWICE",
    ),
    "text-for-a-number": ("ScaledObject", lambda thing: thing["spec"].update(maxReplicaCount="many"), "maxReplicaCount"),
    "trigger-as-map": ("ScaledObject", lambda thing: thing["spec"].update(triggers={"type": "cpu"}), "triggers"),
    "no-triggers": ("ScaledObject", lambda thing: thing["spec"].pop("triggers"), "triggers"),
    "memory-banana": (
        "Deployment",
        lambda thing: container(thing)["resources"]["requests"].update(memory="banana"),
        "quantities must match",
    ),
    "request-above-limit": (
        "Deployment",
        lambda thing: container(thing).update(resources={"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}),
        "must be less than or equal to memory limit",
    ),
    "capital-letters": ("Service", lambda thing: thing["metadata"].update(name="Gateway"), "a DNS-1035 label must consist of"),
    "name-of-64-characters": ("Service", lambda thing: thing["metadata"].update(name="g" * 64), "no more than 63"),
    "long-label": ("ConfigMap", lambda thing: thing["metadata"]["labels"].update(long="x" * 64), "63"),
    "selector-of-others": (
        "Deployment",
        lambda thing: thing["spec"]["selector"]["matchLabels"].update(other="app"),
        "selector` does not match template `labels`",
    ),
    "mount-of-no-volume": (
        "Deployment",
        lambda thing: container(thing)["volumeMounts"].append({"name": "nothing", "mountPath": "/nothing"}),
        "volumeMounts",
    ),
    "unknown-kind": ("ScaledObject", lambda thing: thing.update(kind="ScaledObjekt"), "no matches for kind"),
    "version-that-is-gone": ("Job", lambda thing: thing.update(apiVersion="batch/v1beta1"), "no matches for kind"),
    "another-namespace": (
        "ConfigMap",
        lambda thing: thing["metadata"].update(namespace="default"),
        "does not match the namespace",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_rejected(cluster: Cluster, namespace: str, name: str) -> None:
    kind, mistake, said = MISTAKES[name]
    objects = render(SERVING, over=minimal(), namespace=namespace).objects
    thing = next(thing for thing in objects if thing["kind"] == kind)
    sound = yaml.safe_dump(thing)
    assert cluster.apply(sound, namespace, dry_run=True) == ""
    wrong = copy.deepcopy(thing)
    mistake(wrong)
    assert said in cluster.apply(yaml.safe_dump(wrong), namespace, dry_run=True)


def test_pods_that_break_pod_security_are_refused_where_their_kind_gets_no_warning(cluster: Cluster, namespace: str) -> None:
    # Pod Security knows the templates of Kubernetes' own kinds only.
    template = {"spec": {"containers": [{"name": "leader", "image": "i", "securityContext": {"privileged": True}}]}}
    group = {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": {"name": "group"},
        "spec": {"replicas": 1, "leaderWorkerTemplate": {"size": 2, "workerTemplate": template}},
    }
    text = yaml.safe_dump(group)
    assert cluster.apply(text, namespace, dry_run=True) == ""
    assert 'violates PodSecurity "restricted:latest": privileged' in cluster.complaints(text, namespace)


def test_a_scaledobject_name_of_60_characters_ends_at_the_chart_since_the_api_server_would_take_it(
    cluster: Cluster, namespace: str
) -> None:
    # KEDA's operator needs room for a prefix; its CRD says nothing of it. So the chart's own rule has to stand.
    scaled = next(thing for thing in render(SERVING, over=minimal()).objects if thing["kind"] == "ScaledObject")
    scaled["metadata"].update(name="w" * 60, namespace=namespace)
    assert cluster.apply(yaml.safe_dump(scaled), namespace, dry_run=True) == ""
    release = "r" * (60 - len("-worker-extract"))
    assert "60 characters; KEDA takes at most 54" in render(SERVING, over=minimal(), release=release).error
