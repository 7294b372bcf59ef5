"""From `workers.<name>` to the facts of a worker class and its engines."""

from collections.abc import Mapping
from typing import Any

from ..domain.deployment import EngineSettings, Scale, Worker
from ..domain.pool import Isolation

#: The key of engineOptions that spreads a model over GPUs; the chart sets it to gpusPerReplica where it is left out.
TENSOR_PARALLEL = "tensorParallelSize"


def worker_facts(name: str, entry: Mapping[str, Any], images: Mapping[str, Any]) -> Worker:
    """One worker class, from an entry and `images` that satisfy the schema."""
    engines = {engine["engine"] for engine in entry["models"].values()}
    # As charts/lamplighter-serving/templates/_gpu-pod.tpl chooses it.
    image = images["workerVllm" if "vllm" in engines else "worker"]
    return Worker(
        name=name,
        topology=entry["topology"],
        gpus_per_replica=entry["gpusPerReplica"],
        pools=tuple(entry.get("pools", ())),
        engines=tuple(_engine(model, engine, entry, image) for model, engine in entry["models"].items()),
        scale=_scale(entry["scale"]),
        isolation=Isolation(entry.get("isolation", "soft")),
        model_cache=entry["modelCache"]["mode"],
        claim=entry["modelCache"].get("claimName", ""),
        weights_image=entry["modelCache"].get("image", ""),
        pre_pull=entry.get("prePull", False),
        image_bytes=image["sizeBytes"],
        priority=entry.get("priority", 0),
    )


def _engine(model: str, entry: Mapping[str, Any], worker: Mapping[str, Any], image: Mapping[str, Any]) -> EngineSettings:
    options = entry.get("engineOptions", {})
    parallel = options.get(TENSOR_PARALLEL)
    return EngineSettings(
        engine=entry["engine"],
        model=model,
        context_tokens=entry["contextTokens"],
        concurrency=entry["concurrency"],
        memory_fraction=entry.get("memoryFraction"),
        kv_cache_dtype=entry.get("kvCacheDtype", "auto"),
        engine_version=entry.get("engineVersion") or image["engineVersion"],
        options=dict(options),
        tensor_parallel=parallel if type(parallel) is int and parallel > 0 else max(1, worker["gpusPerReplica"]),
    )


def _scale(entry: Mapping[str, Any]) -> Scale:
    prometheus = entry.get("prometheus", {})
    return Scale(
        least=entry["min"],
        most=entry["max"],
        trigger=entry["trigger"],
        jobs_per_replica=entry["jobsPerReplica"],
        cooldown_seconds=entry["cooldownSeconds"],
        max_job_seconds=entry["maxJobSeconds"],
        activation_threshold=prometheus.get("activationThreshold", 0),
        ignore_null_values=prometheus.get("ignoreNullValues", False),
        fallback_replicas=entry.get("fallback", {}).get("replicas"),
    )
