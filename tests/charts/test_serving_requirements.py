"""Rules across values that hold for a plain `helm install`: each message says both sides and the way out."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from charts.render import SERVING, minimal, render


def worker(**changes: Any) -> dict[str, Any]:
    return {"workers": {"extract": changes}}


POOL = {"chip": "t4", "gpusPerNode": 1, "nodes": {"min": 0, "max": 2}}


def group(*, token_secret: str = "lamplighter-ray", pools: Sequence[str] = ("a",), engine: str = "vllm") -> dict[str, Any]:
    """A worker of two nodes."""
    model = {"engine": engine, "memoryFraction": 0.9 if engine == "vllm" else None}
    return {
        "gpuPools": dict.fromkeys(pools, POOL),
        "ray": {"tokenSecret": token_secret},
        **worker(
            topology="group",
            nodesPerReplica=2,
            gpusPerReplica=1,
            pools=list(pools),
            models={"smollm2-135m-instruct": {key: value for key, value in model.items() if value is not None}},
        ),
    }


def lit(**scale: Any) -> dict[str, Any]:
    """A RayService, which is right with as many replicas day and night."""
    return worker(topology="rayservice", scale={"min": 1, "max": 1, "trigger": None, **scale})


def spot(**changes: Any) -> dict[str, Any]:
    """A worker that may wait, on spot nodes and on others."""
    right = {"gpusPerReplica": 1, "pools": ["s", "a"], "delayable": True, "spot": {"patienceSeconds": 600}}
    return {"gpuPools": {"s": POOL | {"lifecycle": "spot"}, "a": POOL}, **worker(**right | changes)}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"monitoring": {"enabled": True}}, "monitoring.alerts.runbookUrl is empty, and every alert links to its runbook"),
    ({"database": {"existingSecret": ""}}, "database.existingSecret is empty. Name a Secret"),
    ({"workers": {"extract": None}}, "workers is empty: nothing could ever take a job"),
    ({"defaultWorker": "reader"}, 'defaultWorker is "reader", but workers has only: extract'),
    (group(token_secret=""), 'workers.extract.topology is "group", but ray.tokenSecret is empty'),
    (group(pools=["a", "b"]), 'workers.extract.topology is "group" and names 2 pools; a group\'s nodes have to be alike'),
    (
        group(engine="llamacpp"),
        'workers.extract.topology is "group", but the engine of smollm2-135m-instruct is "llamacpp"; only vllm spreads',
    ),
    (lit(min=0), 'workers.extract.topology is "rayservice" with scale.min 0, but nothing can wake a RayService'),
    (
        lit(trigger="push"),
        'workers.extract.topology is "rayservice", but scale.trigger is "push": KEDA cannot scale a RayService',
    ),
    (lit(min=1, max=2), 'workers.extract.topology is "rayservice" with scale.min 1 and scale.max 2'),
    (
        worker(models={"smollm2-135m-instruct": {"apiKeySecret": {"name": "endpoint", "key": "apiKey"}}}),
        'workers.extract.models.smollm2-135m-instruct.apiKeySecret is set, but the engine is "llamacpp", which asks nobody',
    ),
    (
        worker(
            scale={
                "trigger": "prometheus",
                "prometheus": {"serverAddress": "http://prometheus.monitoring:9090"},
                "fallback": {"failureThreshold": 3, "replicas": 1},
            }
        ),
        "workers.extract may sleep (scale.min 0), but scale.fallback lights 1 replicas whenever Prometheus is away",
    ),
    (spot(delayable=False), 'workers.extract.pools names s, whose nodes the cloud takes back at any time (lifecycle "spot")'),
    (
        spot(topology="rayservice", scale={"min": 1, "max": 1, "trigger": None}, spot=None),
        'workers.extract.topology is "rayservice", which is always lit, but pools names s',
    ),
    (spot(spot=None), "workers.extract.pools names spot nodes (s) and others (a), but spot.patienceSeconds is not set"),
    (
        spot(pools=["s"]),
        "workers.extract.spot says when nodes that are no spot nodes step in, but its pools (s) are not of both",
    ),
    (
        {"workers": {"extract-regular": minimal()["workers"]["extract"], **spot()["workers"]}, "gpuPools": spot()["gpuPools"]},
        'workers has "extract" and "extract-regular", but that is the name of what steps in for the spot nodes of the former',
    ),
    (worker(modelCache={"mode": "node"}), 'workers.extract.modelCache.mode is "node", but hostPath is empty'),
    (
        worker(modelCache={"mode": "node", "hostPath": "/var/lib/models"}),
        'workers.extract.modelCache.mode is "node", which mounts /var/lib/models of the node, but access.hostPath is false',
    ),
    (worker(modelCache={"mode": "stream"}), 'workers.extract.modelCache.mode is "stream", but url is empty'),
    (
        worker(modelCache={"mode": "stream", "url": "s3://models/smollm2"}),
        'workers.extract.modelCache.mode is "stream", but its engine is "llamacpp"; only vllm streams weights',
    ),
    (worker(modelCache={"mode": "imageVolume"}), 'workers.extract.modelCache.mode is "imageVolume", but image is empty'),
    (worker(scale={"min": 3, "max": 2}), "workers.extract.scale.min is 3, above scale.max, which is 2"),
    (worker(modelCache={"mode": "pvc"}), 'workers.extract.modelCache.mode is "pvc", but claimName is empty'),
    (
        {"gpuPools": {"t4": {"chip": "t4", "gpusPerNode": 1, "nodes": {"min": 0, "max": 1}}}, **worker(gpusPerReplica=1)},
        "workers.extract needs 1 GPU per replica, but names no pool. Set pools to some of: t4",
    ),
    (
        {"gpuPools": {"t4": {"chip": "t4", "gpusPerNode": 1, "nodes": {"min": 0, "max": 1}}}, **worker(pools=["l4"])},
        'workers.extract.pools names "l4", but gpuPools has only: t4',
    ),
    (
        {"models": {"smollm2-135m-instruct": None, "other": {"source": {"repo": "a/b"}, "license": "MIT"}}},
        'workers.extract.models names "smollm2-135m-instruct", but models has only: other',
    ),
    (
        {
            "gpuPools": {"t4": {"chip": "t4", "gpusPerNode": 1, "nodes": {"min": 0, "max": 1}, "lifecycle": "delete"}},
            **worker(gpusPerReplica=1, pools=["t4"], prePull=True),
        },
        'workers.extract.prePull is true, but none of its pools (t4) has lifecycle "static"',
    ),
    (
        worker(models={"other": {"engine": "scripted", "contextTokens": 512, "concurrency": 1}}),
        "workers.extract has 2 models (other, smollm2-135m-instruct); this version of the chart renders one model a worker",
    ),
    (
        {
            "gpuPools": {
                "cut": {
                    "chip": "a30",
                    "gpusPerNode": 1,
                    "nodes": {"min": 0, "max": 1},
                    "sharing": {"mode": "mig", "layout": {"2g.12gb": 2}},
                }
            },
            **worker(gpusPerReplica=1, pools=["cut"]),
        },
        'workers.extract runs on pool cut, whose sharing.mode is "mig"; this version of the chart asks for nvidia.com/gpu only',
    ),
    (
        worker(models={"smollm2-135m-instruct": {"engine": "vllm"}}),
        "workers.extract.models.smollm2-135m-instruct.memoryFraction is not set, and vllm needs it",
    ),
    (
        {"extractors": {"invoice": {"worker": "reader", "schema": {}}}},
        'extractors.invoice.worker is "reader", but workers has only: extract',
    ),
]


@pytest.mark.parametrize(("over", "message"), REFUSED, ids=[message[:50] for _over, message in REFUSED])
def test_values_that_cannot_work_are_refused_with_both_sides(over: dict[str, Any], message: str) -> None:
    assert message in render(SERVING, over=minimal(over)).error


def test_every_message_of_requirements_yaml_has_a_test() -> None:
    text = (SERVING / "templates" / "requirements.yaml").read_text()
    messages = re.findall(r'fail (?:\(printf )?"((?:[^"\\]|\\.)*)"', text)
    said = [render(SERVING, over=minimal(over)).error for over, _message in REFUSED]
    untested = [
        message
        for message in messages
        if not any(re.search(re.sub(r"%[sdq]", ".*", re.escape(message.replace('\\"', '"'))), error) for error in said)
    ]
    assert len(messages) == text.count("{{- fail ")
    # The names' lengths have the next test.
    assert all("would be named" in message for message in untested)
    assert len(untested) == 4


@pytest.mark.parametrize(
    ("changes", "longest", "said"),
    [
        ({}, 54, "55 characters; KEDA takes at most 54"),
        # The label controller-revision-hash of a group's pods: name, "-9", "-" and ten digits are 63 characters.
        (group(), 50, "51 characters; with scale.max 1 Kubernetes takes at most 50"),
        (lit(), 47, "48 characters; KubeRay takes at most 47"),
        (spot(), 46, 'wwww-regular", 55 characters; KEDA takes at most 54'),
    ],
    ids=["pod", "group", "rayservice", "spot"],
)
def test_a_name_longer_than_its_objects_take_is_refused_with_its_length(
    changes: dict[str, Any], longest: int, said: str
) -> None:
    values = minimal(changes)
    extract = values["workers"].pop("extract")

    def error_of(characters: int) -> str:
        name = "w" * (characters - len("lamplighter-worker-"))
        return render(SERVING, over=values | {"workers": {name: extract}}).error

    assert not error_of(longest)
    assert said in error_of(longest + 1)


@pytest.mark.parametrize(
    ("over", "place"),
    [
        ({"gatway": {}}, "gatway"),
        ({"gateway": {"replica": 2}}, "/gateway"),
        (worker(requestGPUs=1), "/workers/extract"),
        (worker(scale={"maxReplicas": 3}), "/workers/extract/scale"),
        (worker(scale={"trigger": {"type": "push"}}), "/workers/extract/scale/trigger"),
        (worker(models={"smollm2-135m-instruct": {"contextTokens": -5}}), "contextTokens"),
        (worker(models={"smollm2-135m-instruct": {"engine": "vllm"}}), "memoryFraction"),
        (worker(models={"smollm2-135m-instruct": {"memoryFraction": 1.7}}), "memoryFraction"),
        (worker(resources={"requests": {"memory": "banana"}}), "/workers/extract/resources/requests/memory"),
        ({"gateway": {"documentsKept": "a week"}}, "/gateway/documentsKept"),
        ({"images": {"gateway": {"digest": "latest"}}}, "/images/gateway/digest"),
        ({"workers": {"Extract!": {}}}, "Extract!"),
        ({"gateway": "on"}, "gateway"),
    ],
)
def test_the_schema_refuses_what_nobody_meant(over: dict[str, Any], place: str) -> None:
    error = render(SERVING, over=minimal(over)).error
    assert place in error or place.replace("/", ".").removeprefix(".") in error
