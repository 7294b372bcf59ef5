"""The files of a new environment, from answers: one worker that sleeps, with everything that `check` asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..load.yamltext import yaml_text

WORKER = "extract"
RELEASE = "lamplighter"

#: What one process of a worker asks of its node beside the GPU. Images, Python and one document's pages; measured on the demo.
CPU_RESOURCES = {"requests": {"cpu": "2", "memory": "1Gi"}, "limits": {"memory": "2Gi"}}
GPU_RESOURCES = {"requests": {"cpu": "2", "memory": "8Gi"}}

#: Replicas to begin with: each one more is a paid node.
MOST_REPLICAS = 2
JOBS_PER_REPLICA = 10
COOLDOWN_SECONDS = 300
MAX_JOB_SECONDS = 600
#: The rest of the card is the driver's and other processes'; vLLM's own default.
MEMORY_FRACTION = 0.9


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """The GPUs that the worker gets. `new` where the cluster's file is to be made with it."""

    name: str
    chip: str
    most_replicas: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What the environment is to be. No pool: on CPU."""

    name: str
    cluster: str
    new_cluster: bool
    pool: Pool | None
    model: str
    engine: str
    context_tokens: int
    concurrency: int
    version: Mapping[str, Any]  # version.yaml of an environment that is there already, or a first one


def environment_files(answers: Answers) -> dict[str, str]:
    """Each file's name from the root, and its text."""
    folder = f"environments/{answers.name}"
    files = {
        f"{folder}/environment.yaml": _file(
            "Read by the plugin and by Argo CD's ApplicationSet. The namespace is serving-<name>.",
            {"name": answers.name, "cluster": answers.cluster, "release": RELEASE},
        ),
        f"{folder}/serving.yaml": _file(f"What runs in {answers.name}.", _serving(answers)),
        f"{folder}/scale.yaml": _file("What operators tune.", _scale(answers)),
        f"{folder}/version.yaml": _file("What is promoted, and nothing else.", answers.version),
        f"{folder}/platform.yaml": _file("Operators. True where nobody else brings them.", _platform(answers)),
    }
    if answers.new_cluster:
        files[f"environments/clusters/{answers.cluster}.yaml"] = _file("What exists, and what it costs.", _cluster(answers))
    return files


def _file(comment: str, data: Mapping[str, Any]) -> str:
    return f"# {comment}\n{yaml_text(data)}"


def _serving(answers: Answers) -> dict[str, Any]:
    engine: dict[str, Any] = {
        "engine": answers.engine,
        "contextTokens": answers.context_tokens,
        "concurrency": answers.concurrency,
    }
    if answers.pool:
        engine["memoryFraction"] = MEMORY_FRACTION
    worker: dict[str, Any] = {"topology": "pod", "gpusPerReplica": 1 if answers.pool else 0}
    if answers.pool:
        worker["pools"] = [answers.pool.name]
    worker["models"] = {answers.model: engine}
    worker["modelCache"] = {"mode": "pvc", "claimName": "models"} if answers.pool else {"mode": "baked"}
    worker["resources"] = GPU_RESOURCES if answers.pool else CPU_RESOURCES
    return {"workers": {WORKER: worker}, "defaultWorker": WORKER, "database": {"existingSecret": "lamplighter-database"}}


def _scale(answers: Answers) -> dict[str, Any]:
    scale = {
        "trigger": "push",
        "min": 0,
        "max": min(MOST_REPLICAS, answers.pool.most_replicas) if answers.pool else 1,
        "jobsPerReplica": JOBS_PER_REPLICA,
        "cooldownSeconds": COOLDOWN_SECONDS,
        "maxJobSeconds": MAX_JOB_SECONDS,
    }
    return {"workers": {WORKER: {"scale": scale}}}


def _platform(answers: Answers) -> dict[str, Any]:
    return {
        "gpu-operator": {"enabled": answers.pool is not None},
        "kube-prometheus-stack": {"enabled": answers.pool is not None},
    }


def _cluster(answers: Answers) -> dict[str, Any]:
    if answers.pool is None:
        return {"gpuPools": {}}
    nodes = {"min": 0, "max": answers.pool.most_replicas}
    return {"gpuPools": {answers.pool.name: {"chip": answers.pool.chip, "gpusPerNode": 1, "nodes": nodes}}}
