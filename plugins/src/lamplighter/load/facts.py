"""From values that satisfy the chart's schema to the facts that rules look at."""

from collections.abc import Mapping
from typing import Any

from ..domain.deployment import Deployment, EngineSettings, Scale, Worker
from ..domain.model import Model, Shape
from ..domain.pool import GpuPool

#: Bytes of an element, by torch_dtype. vLLM loads float32 models as float16.
ELEMENT_BYTES: Mapping[str, int] = {"bfloat16": 2, "float16": 2, "float32": 2}

#: Keys of config.json to fields of the shape.
SIZE_KEYS: Mapping[str, str] = {
    "num_hidden_layers": "layers",
    "hidden_size": "hidden",
    "intermediate_size": "intermediate",
    "num_attention_heads": "heads",
    "num_key_value_heads": "kv_heads",
    "head_dim": "head_dim",
    "vocab_size": "vocabulary",
}

#: Families whose code divides hidden_size by the heads where the config says no head_dim. Others have a default of their own.
DERIVED_HEAD_DIM = frozenset({"llama", "mistral", "qwen2"})

#: Keys of a config.json that change what attention keeps, or what the weights are, when they are set to something.
UNUSUAL_KEYS = (
    "sliding_window",
    "kv_lora_rank",
    "num_experts",
    "num_local_experts",
    "n_routed_experts",
    "kv_cache_scheme",
    "text_config",
    "vision_config",
    "mamba_d_state",
    "linear_num_key_heads",
)
FULL_ATTENTION = "full_attention"


def deployment(values: Mapping[str, Any], release: str) -> Deployment:
    """The facts of one release."""
    return Deployment(
        release=release,
        pools={name: _pool(name, entry) for name, entry in values["gpuPools"].items()},
        models={name: _model(name, entry) for name, entry in values["models"].items()},
        workers={name: _worker(name, entry) for name, entry in values["workers"].items()},
        extractors={name: entry["worker"] for name, entry in values["extractors"].items()},
        default_worker=values["defaultWorker"],
    )


def _pool(name: str, entry: Mapping[str, Any]) -> GpuPool:
    return GpuPool(
        name=name,
        chip=entry["chip"],
        gpus_per_node=entry["gpusPerNode"],
        sharing=entry.get("sharing", {}).get("mode", "none"),
    )


def _model(name: str, entry: Mapping[str, Any]) -> Model:
    config = entry.get("config", {})
    sizes = _sizes(config)
    missing = tuple(key for key, (_field, size) in sizes.items() if size is None)
    return Model(
        name=name,
        family=config.get("model_type", ""),
        shape=None if missing else _shape(sizes, tied=config.get("tie_word_embeddings", False)),
        missing=missing,
        unusual=_unusual(config),
        positions=config.get("max_position_embeddings"),
        element_bytes=ELEMENT_BYTES.get(config.get("torch_dtype", "")),
        weights_bytes=entry.get("weightsBytes"),
        quantization=entry.get("quantization", "none"),
    )


def _sizes(config: Mapping[str, Any]) -> dict[str, tuple[str, int | None]]:
    """Key of config.json to the shape's field and its size, with the defaults that the models' own code has."""
    sizes = {key: (field, config.get(key)) for key, field in SIZE_KEYS.items()}
    hidden, heads = config.get("hidden_size"), config.get("num_attention_heads")
    if config.get("num_key_value_heads") is None:
        sizes["num_key_value_heads"] = ("kv_heads", heads)
    if config.get("head_dim") is None and config.get("model_type") in DERIVED_HEAD_DIM and hidden and heads:
        sizes["head_dim"] = ("head_dim", hidden // heads)
    return sizes


def _shape(sizes: Mapping[str, tuple[str, int | None]], *, tied: bool) -> Shape:
    fields: dict[str, Any] = dict(sizes.values())
    return Shape(**fields, tied_embeddings=tied)


def _unusual(config: Mapping[str, Any]) -> tuple[str, ...]:
    unusual = [key for key in UNUSUAL_KEYS if config.get(key)]
    if "sliding_window" in unusual and config.get("use_sliding_window") is False:
        unusual.remove("sliding_window")
    layer_types = config.get("layer_types")
    if layer_types and any(kind != FULL_ATTENTION for kind in layer_types):
        unusual.append("layer_types")
    return tuple(unusual)


def _worker(name: str, entry: Mapping[str, Any]) -> Worker:
    return Worker(
        name=name,
        topology=entry["topology"],
        gpus_per_replica=entry["gpusPerReplica"],
        pools=tuple(entry.get("pools", ())),
        engines=tuple(_engine(model, engine) for model, engine in entry["models"].items()),
        scale=Scale(least=entry["scale"]["min"], most=entry["scale"]["max"]),
    )


def _engine(model: str, entry: Mapping[str, Any]) -> EngineSettings:
    return EngineSettings(
        engine=entry["engine"],
        model=model,
        context_tokens=entry["contextTokens"],
        concurrency=entry["concurrency"],
        memory_fraction=entry.get("memoryFraction"),
        kv_cache_dtype=entry.get("kvCacheDtype", "auto"),
    )
