"""Gemma 3n and 4: inputs of their own for each layer, keys that layers share, heads of two widths."""

from typing import Any

from ...domain.llm import Cut, Layer, Tensor
from . import blocks
from .decoder import (
    HEADS,
    HIDDEN,
    LAYERS,
    Decoder,
    kv_heads,
)
from .hybrids import assembled, kinds_of
from .sizes import Sizes


def gemma4(sizes: Sizes) -> Decoder:
    """Gemma 4: global layers have wider and fewer key heads, may use keys as values, and the last layers may share a cache."""
    hidden, count, heads = sizes.size(*HIDDEN), sizes.size(*LAYERS), sizes.size(*HEADS)
    intermediate, narrow = sizes.size("intermediate_size"), sizes.size("head_dim")
    shared_from = count - sizes.size("num_kv_shared_layers", default=0)
    per_layer = sizes.size("hidden_size_per_layer_input", default=0)
    routed = sizes.size("num_experts", default=0) if sizes.flag("enable_moe_block") else 0
    window = sizes.size("sliding_window", default=512)
    kinds = kinds_of(
        sizes, count, "layer_types", otherwise=lambda index: "sliding_attention" if (index + 1) % 6 else "full_attention"
    )
    wide = sizes.size("global_head_dim", default=0) or _wide_head(sizes) or narrow
    same = sizes.flag("attention_k_eq_v")
    layers = []
    for index, kind in enumerate(kinds):
        full = kind == "full_attention"
        width = wide if full else narrow
        groups = sizes.size("num_global_key_value_heads", default=0) if full and same else 0
        groups = groups or kv_heads(sizes, heads)
        attended = blocks.attention(
            hidden=hidden, heads=heads, kv_heads=groups, head_dim=width, window=None if full else window, qk_norm="head"
        )
        shares = index >= shared_from
        tensors = _without_own_keys(attended.tensors, keys=not shares, values=not shares and not (full and same))
        double = 2 if shares and sizes.flag("use_double_wide_mlp") else 1
        tensors += blocks.feed_forward(hidden, intermediate * double) + blocks.norms(hidden, 4)
        tensors += blocks.vector("layer_scalar", 1)
        if routed:
            tensors += blocks.experts(
                hidden, sizes.size("moe_intermediate_size", "expert_intermediate_size"), routed, name="moe"
            )
            tensors += blocks.vector("router.scales", hidden + routed) + blocks.norms(hidden, 3)
        if per_layer:
            tensors += blocks.linear("per_layer_input_gate", hidden, per_layer, cut=Cut.WHOLE)
            tensors += blocks.linear("per_layer_projection", per_layer, hidden, cut=Cut.WHOLE) + blocks.norms(hidden)
        layers.append(Layer(tensors=tuple(tensors), kept=() if shares else attended.kept))
    decoder = assembled(sizes, layers, intermediate=intermediate * (2 if sizes.flag("use_double_wide_mlp") else 1))
    return _with_per_layer_inputs(sizes, decoder, per_layer, count) if per_layer else decoder


def _wide_head(sizes: Sizes) -> int:
    """The width that newer configs give layer by layer."""
    widths = [entry.get("head_dim", 0) for entry in sizes.part("per_layer_config").config.values() if isinstance(entry, dict)]
    return max([width for width in widths if isinstance(width, int)], default=0)


def _without_own_keys(tensors: tuple[Tensor, ...], *, keys: bool, values: bool) -> list[Tensor]:
    """A layer that reads another's cache has no keys and values of its own; one whose keys are its values has no values."""
    kept = [tensor for tensor in tensors if keys or not tensor.name.endswith("k_proj")]
    kept = [tensor for tensor in kept if values or not tensor.name.endswith("v_proj")]
    if not keys:  # nor the norm over its keys
        kept = [Tensor(**{**_fields(tensor), "copies": 1}) if tensor.name.endswith("qk_norm") else tensor for tensor in kept]
    return kept


def _fields(tensor: Tensor) -> dict[str, Any]:
    return {name: getattr(tensor, name) for name in Tensor.__slots__}


def _with_per_layer_inputs(sizes: Sizes, decoder: Decoder, width: int, count: int) -> Decoder:
    """Gemma's second embeddings: a small vector of every token for every layer."""
    vocabulary = sizes.size("vocab_size_per_layer_input", default=decoder.vocabulary)
    first = [
        *decoder.first,
        *blocks.embedding(vocabulary, count * width, name="embed_tokens_per_layer"),
        *blocks.linear("per_layer_model_projection", decoder.hidden, count * width),
        *blocks.norms(width, name="per_layer_projection_norm"),
    ]
    return Decoder(
        first=tuple(first),
        layers=decoder.layers,
        last=decoder.last,
        hidden=decoder.hidden,
        vocabulary=decoder.vocabulary,
        intermediate=decoder.intermediate,
        heads=decoder.heads,
        experts_per_token=decoder.experts_per_token,
    )


def gemma3n(sizes: Sizes) -> Decoder:
    """Gemma 3n: four residual streams, low-rank side paths, and a cache that the last layers share."""
    hidden, count, heads = sizes.size(*HIDDEN), sizes.size(*LAYERS), sizes.size(*HEADS)
    width, groups = sizes.size("head_dim"), kv_heads(sizes, heads)
    shared_from = count - sizes.size("num_kv_shared_layers", default=0)
    window, streams = sizes.size("sliding_window", default=512), sizes.size("altup_num_inputs", default=4)
    per_layer, rank = sizes.size("hidden_size_per_layer_input", default=256), sizes.size("laurel_rank", default=64)
    kinds = kinds_of(
        sizes, count, "layer_types", otherwise=lambda index: "sliding_attention" if (index + 1) % 5 else "full_attention"
    )
    layers = []
    for index, kind in enumerate(kinds):
        intermediate = sizes.per_layer("intermediate_size", index)
        attended = blocks.attention(
            hidden=hidden,
            heads=heads,
            kv_heads=groups,
            head_dim=width,
            qk_norm="head",
            window=window if kind == "sliding_attention" else None,
        )
        tensors = [*attended.tensors, *blocks.feed_forward(hidden, intermediate), *blocks.norms(hidden, 4)]
        tensors += blocks.linear("laurel.linear_left", hidden, rank, cut=Cut.WHOLE)
        tensors += blocks.linear("laurel.linear_right", rank, hidden, cut=Cut.WHOLE) + blocks.norms(hidden)
        tensors += blocks.vector("altup", hidden + streams + streams**2 + streams**3 + streams * hidden + hidden)
        tensors += blocks.linear("per_layer_input_gate", hidden, per_layer, cut=Cut.WHOLE)
        tensors += blocks.linear("per_layer_projection", per_layer, hidden, cut=Cut.WHOLE) + blocks.norms(hidden)
        layers.append(Layer(tensors=tuple(tensors), kept=attended.kept if index < shared_from else ()))
    decoder = assembled(sizes, layers, intermediate=max(sizes.per_layer("intermediate_size", index) for index in range(count)))
    with_inputs = _with_per_layer_inputs(sizes, decoder, per_layer, count)
    more = blocks.linear("altup_projections", hidden, 2 * (streams - 1) * hidden)
    return Decoder(
        first=(*with_inputs.first, *more),
        layers=with_inputs.layers,
        last=with_inputs.last,
        hidden=hidden,
        vocabulary=with_inputs.vocabulary,
        intermediate=with_inputs.intermediate,
        heads=heads,
    )
