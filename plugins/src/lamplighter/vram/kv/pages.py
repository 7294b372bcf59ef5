"""What one layer keeps on one GPU: bytes a token, or a state a request.

Read in vLLM's kv_cache_interface.py and mamba_utils.py.
"""

from dataclasses import dataclass
from enum import StrEnum

from ...domain.llm import Architecture, CrossKeysAndValues, Kept, Latent, State
from ...domain.unknown import Unknown
from ..engine import EngineRun

#: Bytes of one number in the cache; "auto" is the model's own. Formats with scales beside the numbers: `SCALED`.
CACHE_BYTES = {
    "fp8": 1,
    "fp8_e4m3": 1,
    "fp8_e5m2": 1,
    "fp8_inc": 1,
    "int8": 1,
    "bfloat16": 2,
    "float16": 2,
}

#: Formats that keep a float32 scale for each token and head, of keys and of values.
SCALED = {"int8_per_token_head": 1, "fp8_per_token_head": 1}
SCALE_BYTES = 4

#: DeepSeek's fp8 format of the latent vector: numbers in fp8 with a float32 scale each 128, the rotated key in 16 bits.
LATENT_SCALE_GROUP = 128
#: The sparse index's key: fp8 with a float32 scale each 128.
INDEX_SCALE_GROUP = 128


class Reach(StrEnum):
    """Which tokens a layer keeps."""

    ALL = "all"
    WINDOW = "window"
    CHUNK = "chunk"
    STATE = "state"
    ENCODER = "encoder"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """One layer's cache. Layers with equal pages share a block table. `span`: the window, chunk, or encoder's length."""

    reach: Reach
    token_bytes: int = 0
    state_bytes: int = 0
    span: int = 0
    latent: bool = False


def layer_pages(architecture: Architecture, run: EngineRun) -> list[list[Pages]] | Unknown:
    """For every layer, what it keeps on one GPU."""
    built: dict[Kept, Pages | Unknown] = {}
    layers = []
    for layer in architecture.layers:
        kept_pages = []
        for kept in layer.kept:
            if kept not in built:
                built[kept] = _pages(kept, architecture, run)
            found = built[kept]
            if isinstance(found, Unknown):
                return found
            kept_pages.append(found)
        layers.append(kept_pages)
    return layers


def _pages(kept: Kept, architecture: Architecture, run: EngineRun) -> Pages | Unknown:
    half, ranks = run.element_bytes or architecture.element_bytes, run.tensor_parallel
    if isinstance(kept, State):
        return Pages(reach=Reach.STATE, state_bytes=_state_bytes(kept, ranks, half))
    dtype = cache_format(architecture, run)
    element = half if dtype == "auto" else CACHE_BYTES.get(dtype, SCALED.get(dtype))
    if element is None:
        return Unknown(
            reason=f"the size of the KV cache format {dtype} is not known",
            change=f"Known are: auto, {', '.join(sorted([*CACHE_BYTES, *SCALED]))}.",
        )
    if isinstance(kept, Latent):
        return _latent_pages(kept, element)
    heads = _heads(kept.kv_heads, ranks)
    if isinstance(kept, CrossKeysAndValues):
        return Pages(reach=Reach.ENCODER, token_bytes=2 * heads * kept.head_dim * element, span=kept.tokens)
    scales = 2 * SCALE_BYTES if dtype in SCALED else 0
    token = heads * ((kept.head_dim + kept.value_dim) * element + scales)
    reach = Reach.WINDOW if kept.window else Reach.CHUNK if kept.chunk else Reach.ALL
    return Pages(reach=reach, token_bytes=token, span=kept.window or kept.chunk or 0)


def cache_format(architecture: Architecture, run: EngineRun) -> str:
    """What was asked for; with "auto", a checkpoint may switch on 8 bits itself."""
    if run.kv_cache_dtype != "auto":
        return run.kv_cache_dtype
    return "fp8" if architecture.quantization.kv_cache_bits == 8 else "auto"


def _heads(heads: int, ranks: int) -> int:
    """Heads of one rank: at least one, for a head is never cut."""
    return max(1, -(-heads // ranks))


def _latent_pages(kept: Latent, element: int) -> Pages:
    """The same on every rank. A model with a sparse index keeps its fp8 in a format with scales, and the index's key beside."""
    token = (kept.width + kept.rope_width) * element
    if kept.index_dim:
        if element == 1:
            token = kept.width + kept.width // LATENT_SCALE_GROUP * SCALE_BYTES + 2 * kept.rope_width
        token += kept.index_dim + kept.index_dim // INDEX_SCALE_GROUP * SCALE_BYTES
    return Pages(reach=Reach.ALL, token_bytes=token, latent=True)


def _state_bytes(kept: State, ranks: int, half: int) -> int:
    """Convolution in the model's format, recurrence in its own."""
    channels = kept.conv_channels
    if kept.groups:
        groups = kept.groups if kept.groups % ranks == 0 else max(ranks, kept.groups)
        channels += groups * kept.group_channels
    conv = -(-channels // ranks) * kept.conv_length * half
    return conv + -(-kept.recurrent_elements // ranks) * (kept.recurrent_bytes or half)
