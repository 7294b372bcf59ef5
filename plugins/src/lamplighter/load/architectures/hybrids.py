"""Decoders whose layers are not all alike in what they keep: some attend, some carry a state."""

from collections.abc import Callable, Iterable, Sequence

from ...domain.llm import Layer, Tensor
from . import blocks, latent, recurrent
from .decoder import (
    EXPERTS,
    FULL_KINDS,
    HEADS,
    HIDDEN,
    INTERMEDIATE,
    LAYERS,
    VOCABULARY,
    Decoder,
    Experts,
    expert_tensors,
    head_dim,
    is_sparse,
    kv_heads,
    tied,
)
from .sizes import Missing, Sizes, Strange


def assembled(
    sizes: Sizes, layers: Iterable[Layer], *, intermediate: int, bias: bool = False, norm_bias: bool = False
) -> Decoder:
    """Layers between embeddings and head."""
    hidden, vocabulary = sizes.size(*HIDDEN), sizes.size(*VOCABULARY)
    last = blocks.norms(hidden, bias=norm_bias) + ([] if tied(sizes) else blocks.head(vocabulary, hidden, bias=bias))
    return Decoder(
        first=tuple(blocks.embedding(vocabulary, hidden)),
        layers=tuple(layers),
        last=tuple(last),
        hidden=hidden,
        vocabulary=vocabulary,
        intermediate=intermediate,
        heads=sizes.size(*HEADS, default=0),
        experts_per_token=sizes.size("num_experts_per_tok", "num_experts_per_token", default=0)
        if sizes.size(*EXPERTS, default=0)
        else 0,
    )


def kinds_of(sizes: Sizes, count: int, *keys: str, otherwise: Callable[[int], str]) -> Sequence[str]:
    """The kind of every layer: as listed, else by the family's rule."""
    listed = sizes.listed(*keys)
    if not listed:
        return [otherwise(index) for index in range(count)]
    if len(listed) < count:
        raise Strange(f"{keys[0]} has {len(listed)} entries for {count} layers")
    return [str(kind) for kind in listed[:count]]


def with_tensors(layer: Layer, tensors: Iterable[Tensor]) -> Layer:
    """The layer and more."""
    return Layer(tensors=(*layer.tensors, *tensors), kept=layer.kept)


def plain_attention(sizes: Sizes, *, bias: str = "attention_bias", qk_norm: str = "", gate: str = "") -> Layer:
    """Grouped-query attention over everything, from the usual keys."""
    hidden, heads = sizes.size(*HIDDEN), sizes.size(*HEADS)
    biased = sizes.flag(bias) if bias else False
    return blocks.attention(
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads(sizes, heads),
        head_dim=head_dim(sizes, hidden, heads),
        qkv_bias=biased,
        out_bias=biased,
        qk_norm=qk_norm,
        gate=gate,
    )


def qwen_next(sizes: Sizes) -> Decoder:
    """Qwen3-Next, Qwen3.5 and later: three gated delta nets to one gated attention; dense or experts."""
    hidden, count = sizes.size(*HIDDEN), sizes.size(*LAYERS)
    interval = sizes.size("full_attention_interval", default=4)
    split = sizes.text("model_type") != "qwen3_next"
    routed = sizes.size(*EXPERTS, default=0)
    intermediate = sizes.size("intermediate_size", default=0)
    if not routed and not intermediate:
        raise Missing("intermediate_size")
    experts = Experts(shared="shared_expert_intermediate_size", shared_gate=True)
    attention = plain_attention(sizes, qk_norm="head", gate="full")
    delta = recurrent.gated_delta(sizes, hidden, split=split)
    kinds = kinds_of(
        sizes, count, "layer_types", otherwise=lambda index: "linear_attention" if (index + 1) % interval else "full_attention"
    )
    layers = []
    for index, kind in enumerate(kinds):
        mixer = attention if kind in FULL_KINDS else delta
        sparse = routed and is_sparse(sizes, index)
        after = expert_tensors(sizes, hidden, experts) if sparse else blocks.feed_forward(hidden, intermediate)
        layers.append(with_tensors(mixer, [*after, *blocks.norms(hidden, 2)]))
    return assembled(sizes, layers, intermediate=intermediate or sizes.size("moe_intermediate_size"))


def olmo_hybrid(sizes: Sizes) -> Decoder:
    """OLMo Hybrid: gated delta nets with keys and values of their own widths beside attention."""
    hidden, count, intermediate = sizes.size(*HIDDEN), sizes.size(*LAYERS), sizes.size("intermediate_size")
    delta, attention = recurrent.gated_delta(sizes, hidden), plain_attention(sizes, qk_norm="full")
    kinds = kinds_of(
        sizes, count, "layer_types", otherwise=lambda index: "linear_attention" if (index + 1) % 4 else "full_attention"
    )
    after = [*blocks.feed_forward(hidden, intermediate), *blocks.norms(hidden, 2)]
    layers = [with_tensors(attention if kind in FULL_KINDS else delta, after) for kind in kinds]
    return assembled(sizes, layers, intermediate=intermediate)


def lfm2(sizes: Sizes) -> Decoder:
    """LFM2: short convolutions with attention at some layers; dense, or experts after the first layers."""
    hidden, count = sizes.size(*HIDDEN), sizes.size(*LAYERS)
    intermediate = sizes.size(*INTERMEDIATE, "block_ff_dim")
    if sizes.flag("block_auto_adjust_ff_dim", default=sizes.text("model_type") == "lfm2"):
        intermediate = int(2 * intermediate / 3)
        scale = sizes.value("block_ffn_dim_multiplier")
        intermediate = int(float(scale) * intermediate) if scale is not None else intermediate
        multiple = sizes.size("block_multiple_of", default=256)
        intermediate = multiple * -(-intermediate // multiple)
    attends = sizes.listed("full_attn_idxs")
    kinds = kinds_of(
        sizes,
        count,
        "layer_types",
        otherwise=lambda index: "full_attention" if not attends or index in attends else "conv",
    )
    attention = plain_attention(sizes, bias="", qk_norm="head")
    convolution = recurrent.short_convolution(
        hidden, hidden, sizes.size("conv_L_cache", default=3), bias=sizes.flag("conv_bias")
    )
    dense_layers = sizes.size("num_dense_layers", default=0)
    routed = sizes.size("num_experts", default=0)
    layers = []
    for index, kind in enumerate(kinds):
        after = (
            blocks.experts(
                hidden, sizes.size("moe_intermediate_size"), routed, correction=sizes.flag("use_expert_bias", default=True)
            )
            if routed and index >= dense_layers
            else blocks.feed_forward(hidden, intermediate, name="feed_forward")
        )
        layers.append(with_tensors(attention if kind in FULL_KINDS else convolution, [*after, *blocks.norms(hidden, 2)]))
    return assembled(sizes, layers, intermediate=intermediate)


def kimi_linear(sizes: Sizes) -> Decoder:
    """Kimi Linear: three delta layers to one of latent attention without rotation, experts after the first layer."""
    hidden, count, heads = sizes.size(*HIDDEN), sizes.size(*LAYERS), sizes.size(*HEADS)
    said = sizes.part("linear_attn_config")
    full = set(said.listed("full_attn_layers"))
    kinds = kinds_of(
        sizes, count, "layer_types", otherwise=lambda index: "full_attention" if index + 1 in full else "linear_attention"
    )
    delta, attention = recurrent.kimi_delta(sizes, hidden), latent.latent_layer(sizes, hidden=hidden, heads=heads)
    routed, intermediate = sizes.size(*EXPERTS, default=0), sizes.size("intermediate_size")
    experts = Experts(correction=True, shared="num_shared_experts")
    layers = []
    for index, kind in enumerate(kinds):
        sparse = routed and is_sparse(sizes, index)
        after = expert_tensors(sizes, hidden, experts) if sparse else blocks.feed_forward(hidden, intermediate)
        layers.append(with_tensors(attention if kind in FULL_KINDS else delta, [*after, *blocks.norms(hidden, 2)]))
    return assembled(sizes, layers, intermediate=intermediate)


def minimax_text(sizes: Sizes) -> Decoder:
    """MiniMax-Text-01 and M1: seven lightning attentions to one of softmax, all with experts."""
    hidden, count, heads = sizes.size(*HIDDEN), sizes.size(*LAYERS), sizes.size(*HEADS)
    marks = sizes.listed("attn_type_list")
    kinds = kinds_of(
        sizes,
        count,
        "layer_types",
        otherwise=lambda index: (
            ("full_attention" if marks[index] else "linear_attention") if index < len(marks) else "full_attention"
        ),
    )
    attention = plain_attention(sizes, bias="")
    linear = recurrent.lightning(hidden, heads, head_dim(sizes, hidden, heads))
    after = [*expert_tensors(sizes, hidden, Experts()), *blocks.norms(hidden, 2)]
    layers = [with_tensors(attention if kind in FULL_KINDS else linear, after) for kind in kinds]
    return assembled(sizes, layers, intermediate=sizes.size("intermediate_size"))
