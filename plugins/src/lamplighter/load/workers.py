"""From `workers.<name>` to the facts of a worker class and its engines."""

from collections.abc import Mapping
from typing import Any

from ..domain.deployment import EngineSettings, Scale, Worker
from ..domain.pool import Isolation

#: Keys of engineOptions that spread a model over GPUs and nodes; where they are left out the chart sets them to gpusPerReplica
#: and nodesPerReplica.
TENSOR_PARALLEL, PIPELINE_PARALLEL = "tensorParallelSize", "pipelineParallelSize"

#: Where each cache finds the weights, a key of modelCache; baked into the image they need none.
WEIGHTS_AT = {"pvc": "claimName", "imageVolume": "image", "node": "hostPath", "stream": "url"}


def worker_facts(name: str, entry: Mapping[str, Any], images: Mapping[str, Any]) -> Worker:
    """One worker class, from an entry and `images` that satisfy the schema."""
    engines = {engine["engine"] for engine in entry["models"].values()}
    # As charts/lamplighter-serving/templates/_gpu-pod.tpl chooses it.
    image = images["workerVllm" if "vllm" in engines else "worker"]
    return Worker(
        name=name,
        topology=entry["topology"],
        gpus_per_replica=entry["gpusPerReplica"],
        nodes_per_replica=entry.get("nodesPerReplica", 1),
        pools=tuple(entry.get("pools", ())),
        engines=tuple(_engine(model, engine, entry, image) for model, engine in entry["models"].items()),
        scale=_scale(entry["scale"]),
        isolation=Isolation(entry.get("isolation", "soft")),
        model_cache=entry["modelCache"]["mode"],
        weights_at=entry["modelCache"].get(WEIGHTS_AT.get(entry["modelCache"]["mode"], ""), ""),
        delayable=entry.get("delayable", False),
        spot_patience_seconds=entry.get("spot", {}).get("patienceSeconds"),
        pre_pull=entry.get("prePull", False),
        image_bytes=image["sizeBytes"],
        priority=entry.get("priority", 0),
    )


def _engine(model: str, entry: Mapping[str, Any], worker: Mapping[str, Any], image: Mapping[str, Any]) -> EngineSettings:
    options = entry.get("engineOptions", {})
    return EngineSettings(
        engine=entry["engine"],
        model=model,
        context_tokens=entry["contextTokens"],
        concurrency=entry["concurrency"],
        memory_fraction=entry.get("memoryFraction"),
        kv_cache_dtype=entry.get("kvCacheDtype", "auto"),
        engine_version=entry.get("engineVersion") or image["engineVersion"],
        options=dict(options),
        tensor_parallel=_size(options.get(TENSOR_PARALLEL), worker["gpusPerReplica"]),
        pipeline_parallel=_size(options.get(PIPELINE_PARALLEL), worker.get("nodesPerReplica", 1)),
        asks_with_key="apiKeySecret" in entry,
    )


def _size(option: object, otherwise: int) -> int:
    """An option that counts, or what the chart sets. One of another kind is said by the rules."""
    return option if type(option) is int and option > 0 else max(1, otherwise)


def _scale(entry: Mapping[str, Any]) -> Scale:
    prometheus = entry.get("prometheus", {})
    return Scale(
        least=entry["min"],
        most=entry["max"],
        trigger=entry.get("trigger", ""),
        jobs_per_replica=entry["jobsPerReplica"],
        cooldown_seconds=entry["cooldownSeconds"],
        max_job_seconds=entry["maxJobSeconds"],
        activation_threshold=prometheus.get("activationThreshold", 0),
        ignore_null_values=prometheus.get("ignoreNullValues", False),
        fallback_replicas=entry.get("fallback", {}).get("replicas"),
    )
