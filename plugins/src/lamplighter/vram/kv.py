"""KV cache: exact, not an estimate. The engine allocates by this formula."""

from ..domain.model import Model, Shape
from .known import Unknown

#: vLLM's cache block, in tokens. A sequence occupies whole blocks.
BLOCK_TOKENS = 16

FP8_BYTES = 1


def kv_bytes_per_token(model: Model, shape: Shape, *, kv_cache_dtype: str) -> int | Unknown:
    """Bytes of the key and the value of one token, of every head in every layer, on the one GPU that holds the model."""
    element_bytes = FP8_BYTES if kv_cache_dtype == "fp8" else model.element_bytes
    if element_bytes is None:
        return Unknown(
            reason=f"models.{model.name}.config.torch_dtype is missing or unknown",
            change="Set it to bfloat16 or float16, or kvCacheDtype to fp8.",
        )
    return 2 * shape.layers * shape.kv_heads * shape.head_dim * element_bytes


def cache_bytes(*, per_token: int, context_tokens: int, concurrency: int) -> int:
    """Bytes when every request fills its whole context."""
    blocks = -(-context_tokens // BLOCK_TOKENS)
    return per_token * blocks * BLOCK_TOKENS * concurrency
