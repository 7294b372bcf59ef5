"""What an engine's version has to know of a model's files: the class that runs them and the number formats they are in."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """A model as it is published. Empty or None where its config does not say."""

    architectures: tuple[str, ...] = ()  # names as in config.json, such as Qwen3ForCausalLM
    dtype: str = ""  # torch_dtype
    quantization: str = ""  # a vLLM method such as awq or fp8; empty for none
    heads: int | None = None
    kv_heads: int | None = None
