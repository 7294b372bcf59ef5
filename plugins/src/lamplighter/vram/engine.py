"""One run of an engine on some cards: what was asked for, and what vLLM of that version takes where nothing was.

Defaults and their versions: arg_utils.py, config/cache.py and envs.py of the published wheels 0.9.2, 0.11.0, 0.14.1, 0.18.1,
0.20.2, 0.25.1, 0.28.0, 0.30.0 and 0.33.0. A change is dated by the first of these that has it.
"""

import re
from dataclasses import dataclass

from ..units import GIB

Version = tuple[int, ...]

#: The version whose code the formulas follow; taken where none is said.
NEWEST: Version = (0, 33, 0)

#: First versions with: a default of 0.92 of the card (before, 0.9); graphs counted inside the budget; the top-k/top-p kernel
#: that sorts nothing; an encoder's rotations in 16 bits; prefix caching of recurrent layers by default; the sliding window kept
#: for every batch in flight.
UTILIZATION_92_SINCE: Version = (0, 20)
GRAPHS_BUDGETED_SINCE: Version = (0, 20)
SORTLESS_SAMPLER_SINCE: Version = (0, 16)
HALF_ROTATION_SINCE: Version = (0, 14)
HYBRID_CACHE_SINCE: Version = (0, 11)
V1_SINCE: Version = (0, 8)
V0_GONE_SINCE: Version = (0, 11)

#: Compute capability (times ten) from which 0.8 to 0.10 take the V1 engine by themselves; older cards fall back to V0
#: (EngineArgs._is_v1_supported_oracle).
V1_CAPABILITY = 80

#: Defaults of the server by card: 160 GiB and more, 70 GiB and more but no A100, the rest.
LARGEST_CARD_BYTES = 160 * GIB
LARGE_CARD_BYTES = 70 * GIB
LARGEST_DEFAULTS = (1024, 16384)
LARGE_DEFAULTS = (1024, 8192)
SMALL_DEFAULTS = (256, 2048)
LARGEST_SINCE: Version = (0, 26)

#: vLLM's cache block in tokens where no backend asks for another.
BLOCK_TOKENS = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One GPU.

    `memory_bytes` is the total that CUDA reports to a process; `capability` the compute capability times ten, 0 unknown.
    """

    key: str
    memory_bytes: int
    capability: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineRun:
    """What an engine was started with; None is its own default.

    `concurrency`: requests that must fit with their whole context.
    """

    engine: str = "vllm"
    version: Version = NEWEST
    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    expert_parallel: bool = False
    element_bytes: int | None = None
    quantization: str | None = None
    kv_cache_dtype: str = "auto"
    max_model_len: int | None = None
    max_num_seqs: int | None = None
    max_num_batched_tokens: int | None = None
    memory_fraction: float | None = None
    eager: bool = False
    prefix_caching: bool | None = None
    block_tokens: int = BLOCK_TOKENS
    concurrency: int = 1
    images: bool = True  # False: started without multimodal inputs (--limit-mm-per-prompt 0, --language-model-only)


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """The same with every default filled in."""

    max_model_len: int
    max_num_seqs: int
    max_num_batched_tokens: int
    memory_fraction: float
    prefix_caching: bool


def parse_version(text: str) -> Version | None:
    """`v0.25.1`, `0.33.0rc1`, `0.9` as numbers; None when it is no version."""
    found = re.match(r"v?(\d+(?:\.\d+){0,3})", text.strip())
    return tuple(int(part) for part in found[1].split(".")) if found else None


def resolved(run: EngineRun, card: Card, positions: int | None) -> Resolved:
    """Every setting as vLLM would take it.

    A model without a longest sequence needs `max_model_len`; else 1 block is assumed.
    """
    seqs, tokens = _batch_defaults(run, card)
    length = run.max_model_len or positions or BLOCK_TOKENS
    most = run.max_num_seqs or seqs
    batched = run.max_num_batched_tokens or min(tokens, most * length)
    if not is_v1(run, card) and run.max_num_batched_tokens is None:
        batched = max(length, SMALL_DEFAULTS[1])  # without chunked prefill, a whole prompt is one batch
    return Resolved(
        max_model_len=length,
        max_num_seqs=most,
        max_num_batched_tokens=batched,
        memory_fraction=run.memory_fraction if run.memory_fraction is not None else default_fraction(run.version),
        prefix_caching=run.prefix_caching if run.prefix_caching is not None else is_v1(run, card),
    )


def is_v1(run: EngineRun, card: Card) -> bool:
    """Whether vLLM's second engine runs: from 0.11 on always, before only on cards that it supported."""
    if run.version >= V0_GONE_SINCE or not card.capability:
        return run.version >= V1_SINCE
    return run.version >= V1_SINCE and card.capability >= V1_CAPABILITY


def default_fraction(version: Version) -> float:
    """gpu_memory_utilization where nobody sets it."""
    return 0.92 if version >= UTILIZATION_92_SINCE else 0.9


def _batch_defaults(run: EngineRun, card: Card) -> tuple[int, int]:
    if run.version >= LARGEST_SINCE and card.memory_bytes >= LARGEST_CARD_BYTES:
        return LARGEST_DEFAULTS
    large = card.memory_bytes >= LARGE_CARD_BYTES and not card.key.startswith("a100")
    return LARGE_DEFAULTS if large and is_v1(run, card) else SMALL_DEFAULTS
