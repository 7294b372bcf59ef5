"""From `models.<name>` to what an engine's version has to know of it."""

from collections.abc import Mapping
from typing import Any

from ..domain.checkpoint import Checkpoint


def checkpoint_facts(entry: Mapping[str, Any]) -> Checkpoint:
    """One model's files, from an entry that satisfies the schema. The language part of a model with several counts."""
    config = entry.get("config", {})
    text = config.get("text_config")
    language = text if isinstance(text, dict) else config
    architectures = config.get("architectures")
    quantization = entry.get("quantization", "none")
    return Checkpoint(
        architectures=tuple(name for name in architectures if isinstance(name, str)) if isinstance(architectures, list) else (),
        dtype=_dtype(language) or _dtype(config),
        quantization="" if quantization == "none" else quantization,
        heads=_count(language.get("num_attention_heads")),
        kv_heads=_count(language.get("num_key_value_heads")),
    )


def _dtype(config: Mapping[str, Any]) -> str:
    """Newer configs say dtype, older ones torch_dtype."""
    said = config.get("dtype", config.get("torch_dtype"))
    return said if isinstance(said, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
