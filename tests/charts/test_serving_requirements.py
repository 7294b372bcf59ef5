"""Rules across values that hold for a plain `helm install`: each message says both sides and the way out."""

import re
from typing import Any

import pytest

from charts.render import SERVING, minimal, render


def worker(**changes: Any) -> dict[str, Any]:
    return {"workers": {"extract": changes}}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"monitoring": {"enabled": True}}, "monitoring.alerts.runbookUrl is empty, and every alert links to its runbook"),
    ({"database": {"existingSecret": ""}}, "database.existingSecret is empty. Name a Secret"),
    ({"workers": {"extract": None}}, "workers is empty: nothing could ever take a job"),
    ({"defaultWorker": "reader"}, 'defaultWorker is "reader", but workers has only: extract'),
    (worker(topology="group"), 'workers.extract.topology is "group"; this version of the chart renders only "pod"'),
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
    (
        worker(modelCache={"mode": "stream"}),
        'workers.extract.modelCache.mode is "stream"; this version of the chart renders only "baked", "pvc" and "imageVolume"',
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
    # The name's length has the next test.
    assert [message[:40] for message in untested] == ["workers.%s: its ScaledObject would be na"]


def test_a_name_longer_than_keda_takes_is_refused_with_its_length() -> None:
    # lamplighter-worker- has 19 characters: 35 more make 54, which KEDA takes; 36 are one too many.
    extract = minimal()["workers"]["extract"]

    def error_of(name: str) -> str:
        return render(SERVING, over=minimal({"workers": {"extract": None, name: extract}})).error

    assert not error_of("w" * 35)
    assert "55 characters; KEDA takes at most 54" in error_of("w" * 36)


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
