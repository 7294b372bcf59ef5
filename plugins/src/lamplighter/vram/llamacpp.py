"""llama.cpp on one GPU: weights as the file has them, a cache of every sequence's whole context, and one compute buffer.

From llama-kv-cache.cpp and llama-context.cpp (2026): all `-np` sequences share `-c` tokens; keys and values are 16 bits unless
said; sliding layers keep their window and one batch, padded to 256 cells; nothing is reserved, what is taken is what is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..domain.llm import Architecture, CrossKeysAndValues, KeysAndValues, Latent, State
from ..domain.unknown import Unknown
from ..units import MIB
from .engine import Card, EngineRun
from .overheads import LEAST_ERROR_BYTES
from .verdict import Verdict, verdict_of
from .weights import whole_bytes

#: Bytes of a cached number by --cache-type-k/v, in 32nds of a byte: q8_0 packs 32 numbers in 34 bytes.
CACHE_THIRTY_SECONDS = {
    "auto": 64,
    "f16": 64,
    "bf16": 64,
    "float16": 64,
    "bfloat16": 64,
    "f32": 128,
    "q8_0": 34,
    "q4_0": 18,
    "fp8": 32,
}

CELL_PADDING = 256
UBATCH_TOKENS = 512
FLOAT_BYTES = 4

#: The compute buffer holds one micro-batch: logits, and the widest intermediate results, in float32.
HIDDEN_COPIES = 6

#: CUDA context and cuBLAS of the process: 0.3 to 0.5 GiB on cards since Turing.
CONTEXT_BYTES = 500 * MIB


@dataclass(frozen=True, kw_only=True, slots=True)
class LlamaCpp:
    """Parts in bytes; `cache_bytes` of all sequences together. It may use the whole card: `limit_bytes`."""

    weights_bytes: int
    cache_bytes: int
    cache_bytes_per_token: int
    compute_bytes: int
    other_bytes: int
    limit_bytes: int
    cells: int
    concurrency: int
    error_bytes: int = LEAST_ERROR_BYTES

    @property
    def parts(self) -> Mapping[str, int]:
        """What the card has to hold; their sum is `needed_bytes`."""
        return {
            "weights": self.weights_bytes,
            "KV cache": self.cache_bytes,
            "compute buffer": self.compute_bytes,
            "other": self.other_bytes,
        }

    @property
    def needed_bytes(self) -> int:
        """All parts together."""
        return sum(self.parts.values())

    @property
    def verdict(self) -> Verdict:
        """Whether the sum stays below the card, and by more than its error."""
        return verdict_of(self.needed_bytes, self.limit_bytes, self.error_bytes)


def estimate_llamacpp(
    architecture: Architecture, run: EngineRun, card: Card, *, weights_bytes: int | None = None
) -> LlamaCpp | Unknown:
    """All layers on one GPU. `max_model_len` is the context of each of `concurrency` sequences."""
    if run.tensor_parallel * run.pipeline_parallel > 1:
        return Unknown(reason="llama.cpp over several GPUs is not computed", change="Use one GPU.")
    length = run.max_model_len or architecture.positions
    if length is None:
        return Unknown(reason="nothing says the longest context", change="Say --max-model-len.")
    unit = CACHE_THIRTY_SECONDS.get(run.kv_cache_dtype.lower())
    if unit is None:
        return Unknown(
            reason=f"the size of the cache type {run.kv_cache_dtype} is not known",
            change=f"Known are: {', '.join(CACHE_THIRTY_SECONDS)}.",
        )
    cells = -(-length * run.concurrency // CELL_PADDING) * CELL_PADDING
    cache, per_token = 0, 0
    # Its sliding cache serves models of both kinds of layers; one that slides everywhere (Mistral 7B v0.1) is kept whole.
    reaches = {
        kept.window or kept.chunk for layer in architecture.layers for kept in layer.kept if isinstance(kept, KeysAndValues)
    }
    mixed = len(reaches) > 1
    for layer in architecture.layers:
        for kept in layer.kept:
            match kept:
                case KeysAndValues():
                    token = kept.kv_heads * (kept.head_dim + kept.value_dim) * unit // 32
                    span = (kept.window or kept.chunk) if mixed else None
                    held = cells
                    if span:
                        sliding = span * run.concurrency + UBATCH_TOKENS
                        held = min(cells, -(-sliding // CELL_PADDING) * CELL_PADDING)
                    else:
                        per_token += token
                    cache += held * token
                case Latent():
                    token = (kept.width + kept.rope_width) * unit // 32
                    cache, per_token = cache + cells * token, per_token + token
                case State():
                    elements = kept.conv_channels * kept.conv_length + kept.recurrent_elements
                    elements += kept.groups * kept.group_channels * kept.conv_length
                    cache += elements * FLOAT_BYTES * run.concurrency
                case CrossKeysAndValues():
                    return Unknown(reason="llama.cpp's cache of encoded pictures is not computed", change="Use vllm.")
    batch = min(UBATCH_TOKENS, cells)
    compute = (
        batch * FLOAT_BYTES * (architecture.vocabulary + HIDDEN_COPIES * architecture.hidden + 2 * architecture.intermediate)
    )
    return LlamaCpp(
        weights_bytes=weights_bytes if weights_bytes is not None else whole_bytes(architecture, run, card),
        cache_bytes=cache,
        cache_bytes_per_token=per_token,
        compute_bytes=compute,
        other_bytes=CONTEXT_BYTES,
        limit_bytes=card.memory_bytes,
        cells=cells,
        concurrency=run.concurrency,
    )
