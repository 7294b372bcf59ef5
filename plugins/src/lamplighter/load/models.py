"""From `models.<name>` to the facts of a model, with the defaults that the models' own code has."""

from collections.abc import Mapping
from typing import Any

from ..domain.model import Model, Shape

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


def model_facts(name: str, entry: Mapping[str, Any]) -> Model:
    """One model, from an entry that satisfies the schema."""
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
