"""What is measured on a card: shapes of real models with made-up weights, and how vLLM is started with each.

A shape is a config.json of `../vram/models.json`. The list changes one thing at a time around an 8B model (context,
concurrency, the cache's type, quantisation, graphs), then the kind of model (small, sliding window, experts).
"""

from dataclasses import dataclass
from typing import Any

from bench.vram.case import models

#: Of the card. Below the demand of the largest shape on 80 GB, and what a card that nobody shares leaves free.
MEMORY_FRACTION = 0.85
#: A release that vLLM's users have, and the one that `environments/` name.
ENGINE_VERSION = "0.25.1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """One start of vLLM."""

    model: str
    context_tokens: int = 8192
    concurrency: int = 8
    dtype: str = "bfloat16"
    quantization: str | None = None
    kv_cache_dtype: str = "auto"
    enforce_eager: bool = False

    @property
    def config(self) -> dict[str, Any]:
        """The model's config.json."""
        return dict(models()[self.model].config)

    @property
    def name(self) -> str:
        """As the table has it."""
        quantization = f", weights {self.quantization}" if self.quantization else ""
        cache = "" if self.kv_cache_dtype == "auto" else f", cache {self.kv_cache_dtype}"
        eager = ", no graphs" if self.enforce_eager else ""
        return f"{self.model}, {self.dtype}, {self.context_tokens} × {self.concurrency}{quantization}{cache}{eager}"

    @property
    def engine_arguments(self) -> dict[str, object]:
        """vLLM's own names; the rest is its default."""
        return {
            "dtype": self.dtype,
            "quantization": self.quantization,
            "kv_cache_dtype": self.kv_cache_dtype,
            "enforce_eager": self.enforce_eager,
            "max_model_len": self.context_tokens,
            "max_num_seqs": self.concurrency,
            "gpu_memory_utilization": MEMORY_FRACTION,
        }

    @property
    def estimate_options(self) -> list[str]:
        """The same for `lamplighter estimate`, without config and card."""
        options = ["--engine", "vllm", "--engine-version", ENGINE_VERSION, "--dtype", self.dtype]
        options += ["--max-model-len", str(self.context_tokens), "--max-num-seqs", str(self.concurrency)]
        options += ["--gpu-memory-utilization", str(MEMORY_FRACTION), "--kv-cache-dtype", self.kv_cache_dtype]
        options += ["--quantization", self.quantization] if self.quantization else []
        return options + (["--enforce-eager"] if self.enforce_eager else [])


SHAPES = (
    Shape(model="qwen3-8b"),
    Shape(model="qwen3-8b", enforce_eager=True),
    Shape(model="qwen3-8b", context_tokens=32768),
    Shape(model="qwen3-8b", concurrency=64),
    Shape(model="qwen3-8b", kv_cache_dtype="fp8"),
    Shape(model="qwen3-8b", quantization="fp8"),
    Shape(model="qwen3-8b", dtype="float16"),
    Shape(model="qwen3-0.6b"),
    Shape(model="qwen3-1.7b", context_tokens=16384, concurrency=16),
    Shape(model="llama-3-8b", context_tokens=16384),
    Shape(model="mistral-7b"),
    Shape(model="gemma-3-1b", context_tokens=32768),
    Shape(model="phi-4-mini"),
    Shape(model="qwen3-30b-a3b"),
)
