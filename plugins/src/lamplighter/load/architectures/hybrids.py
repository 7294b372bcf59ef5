"""Decoders whose layers are not all alike in what they keep: some attend, some carry a state."""

from collections.abc import Callable, Iterable, Sequence

from ...domain.llm import Cut, Layer, Tensor
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


def pure_mamba(sizes: Sizes) -> Decoder:
    """Mamba and Falcon-Mamba: nothing but the recurrence."""
    hidden = sizes.size(*HIDDEN)
    inner = sizes.size("intermediate_size", default=sizes.size("expand", default=2) * hidden)
    rank = sizes.value("time_step_rank")
    layer = recurrent.mamba(
        hidden=hidden,
        inner=inner,
        state=sizes.size("state_size"),
        rank=rank if isinstance(rank, int) else -(-hidden // 16),
        kernel=sizes.size("conv_kernel"),
        conv_bias=sizes.flag("use_conv_bias", default=True),
        bias=sizes.flag("use_bias"),
        normed=False,
        name="mixer",
    )
    layers = [with_tensors(layer, blocks.norms(hidden))] * sizes.size(*LAYERS)
    return assembled(sizes, layers, intermediate=inner)


def pure_mamba2(sizes: Sizes) -> Decoder:
    """Mamba-2 (Codestral Mamba)."""
    hidden = sizes.size(*HIDDEN)
    inner = sizes.size("expand", default=2) * hidden
    layer = recurrent.mamba2(
        hidden=hidden,
        inner=inner,
        heads=sizes.size("num_heads"),
        groups=sizes.size("n_groups"),
        state=sizes.size("state_size"),
        kernel=sizes.size("conv_kernel"),
        conv_bias=sizes.flag("use_conv_bias", default=True),
        bias=sizes.flag("use_bias"),
    )
    layers = [with_tensors(layer, blocks.norms(hidden))] * sizes.size(*LAYERS)
    return assembled(sizes, layers, intermediate=inner)


def jamba(sizes: Sizes) -> Decoder:
    """Jamba: one attention in eight layers, experts in every second."""
    hidden, count, intermediate = sizes.size(*HIDDEN), sizes.size(*LAYERS), sizes.size("intermediate_size")
    rank = sizes.value("mamba_dt_rank")
    mixer = recurrent.mamba(
        hidden=hidden,
        inner=sizes.size("mamba_expand", default=2) * hidden,
        state=sizes.size("mamba_d_state", default=16),
        rank=rank if isinstance(rank, int) else -(-hidden // 16),
        kernel=sizes.size("mamba_d_conv", default=4),
        conv_bias=sizes.flag("mamba_conv_bias", default=True),
        bias=sizes.flag("mamba_proj_bias"),
        normed=True,
        name="mamba",
    )
    attention = plain_attention(sizes, bias="")
    period, offset = sizes.size("attn_layer_period", default=8), sizes.size("attn_layer_offset", default=4)
    expert_period, expert_offset = sizes.size("expert_layer_period", default=2), sizes.size("expert_layer_offset", default=1)
    routed = sizes.size("num_experts", default=16)
    layers = []
    for index in range(count):
        sparse = routed > 1 and index % expert_period == expert_offset
        after = (
            blocks.experts(hidden, intermediate, routed, name="feed_forward")
            if sparse
            else blocks.feed_forward(hidden, intermediate, name="feed_forward")
        )
        layers.append(with_tensors(attention if index % period == offset else mixer, [*after, *blocks.norms(hidden, 2)]))
    return assembled(sizes, layers, intermediate=intermediate)


def _mamba2_of(sizes: Sizes, *, inner: int, normed: bool = True, name: str = "mamba") -> Layer:
    return recurrent.mamba2(
        hidden=sizes.size(*HIDDEN),
        inner=inner,
        heads=sizes.size("mamba_n_heads"),
        groups=sizes.size("mamba_n_groups", default=1),
        state=sizes.size("mamba_d_state"),
        kernel=sizes.size("mamba_d_conv", default=4),
        conv_bias=sizes.flag("mamba_conv_bias", default=True),
        bias=sizes.flag("mamba_proj_bias"),
        normed=normed,
        name=name,
    )


def bamba(sizes: Sizes) -> Decoder:
    """Bamba: Mamba-2 with attention at named layers."""
    hidden, intermediate = sizes.size(*HIDDEN), sizes.size("intermediate_size")
    attends = set(sizes.listed("attn_layer_indices"))
    mixer = _mamba2_of(sizes, inner=sizes.size("mamba_expand", default=2) * hidden)
    attention = plain_attention(sizes)
    after = [
        *blocks.feed_forward(hidden, intermediate, name="feed_forward", bias=sizes.flag("mlp_bias")),
        *blocks.norms(hidden, 2),
    ]
    layers = [with_tensors(attention if index in attends else mixer, after) for index in range(sizes.size(*LAYERS))]
    return assembled(sizes, layers, intermediate=intermediate)


def falcon_h1(sizes: Sizes) -> Decoder:
    """Falcon-H1: attention and Mamba-2 side by side in every layer."""
    hidden, intermediate = sizes.size(*HIDDEN), sizes.size("intermediate_size")
    inner = sizes.size("mamba_d_ssm", default=sizes.size("mamba_expand", default=2) * hidden)
    mixer = _mamba2_of(sizes, inner=inner, normed=sizes.flag("mamba_rms_norm"))
    attention = plain_attention(sizes)
    after = [
        *blocks.feed_forward(hidden, intermediate, name="feed_forward", bias=sizes.flag("mlp_bias")),
        *blocks.norms(hidden, 2),
    ]
    layer = Layer(tensors=(*attention.tensors, *mixer.tensors, *after), kept=(*attention.kept, *mixer.kept))
    return assembled(sizes, [layer] * sizes.size(*LAYERS), intermediate=intermediate)


def granite_hybrid(sizes: Sizes) -> Decoder:
    """Granite 4: Mamba-2 or attention, then experts (where there are any) and a shared feed-forward."""
    hidden, count = sizes.size(*HIDDEN), sizes.size(*LAYERS)
    mixer = _mamba2_of(sizes, inner=sizes.size("mamba_expand", default=2) * hidden)
    attention = plain_attention(sizes)
    shared = sizes.size("shared_intermediate_size", default=0)
    routed = sizes.size("num_local_experts", default=0)
    after = blocks.norms(hidden, 2) + (blocks.feed_forward(hidden, shared, name="shared_mlp") if shared else [])
    if routed:
        after += blocks.experts(hidden, sizes.size("intermediate_size"), routed, name="block_sparse_moe")
    kinds = kinds_of(sizes, count, "layer_types", "layers_block_type", otherwise=lambda _index: "mamba")
    layers = [with_tensors(attention if kind in FULL_KINDS else mixer, after) for kind in kinds]
    return assembled(sizes, layers, intermediate=max(shared, sizes.size("intermediate_size")))


#: Letters of NVIDIA's hybrid_override_pattern, and the words later configs use.
NEMOTRON_KINDS = {
    "M": "mamba",
    "*": "attention",
    "-": "mlp",
    "E": "moe",
    "linear_attention": "mamba",
    "mamba": "mamba",
    "full_attention": "attention",
    "attention": "attention",
    "mlp": "mlp",
    "moe": "moe",
}


def nemotron_h(sizes: Sizes) -> Decoder:
    """Nemotron-H and Nemotron 3: a layer is one thing only: Mamba-2, attention, a feed-forward, or experts."""
    hidden, state = sizes.size(*HIDDEN), sizes.size("ssm_state_size")
    heads = sizes.size("mamba_num_heads")
    pattern = sizes.value("hybrid_override_pattern", "layers_block_type", "layer_types")
    if pattern is None:
        raise Missing("hybrid_override_pattern")
    width = sizes.size("moe_latent_size", default=0)
    intermediate = sizes.size("intermediate_size", default=0)
    built: dict[str, Layer] = {}

    def layer(kind: str) -> Layer:
        match kind:
            case "mamba":
                return recurrent.mamba2(
                    hidden=hidden,
                    inner=heads * sizes.size("mamba_head_dim"),
                    heads=heads,
                    groups=sizes.size("n_groups"),
                    state=state,
                    kernel=sizes.size("conv_kernel", default=4),
                    conv_bias=sizes.flag("use_conv_bias", default=True),
                    bias=sizes.flag("mamba_proj_bias"),
                    recurrent_bytes=recurrent.STATE_BYTES.get(sizes.text("mamba_ssm_cache_dtype")),
                )
            case "attention":
                attended = plain_attention(sizes)
                return Layer(tensors=attended.tensors, kept=attended.kept)
            case "mlp":
                return Layer(
                    tensors=tuple(
                        blocks.feed_forward(hidden, intermediate, gated=False, bias=sizes.flag("mlp_bias"), name="mixer")
                    )
                )
            case _:
                shared = sizes.size("moe_shared_expert_intermediate_size", default=0) * sizes.size(
                    "n_shared_experts", default=1
                )
                tensors = blocks.experts(
                    hidden,
                    sizes.size("moe_intermediate_size"),
                    sizes.size("n_routed_experts"),
                    gated=False,
                    correction=True,
                    shared=shared,
                    width=width or None,
                    name="mixer",
                )
                if width:
                    tensors += blocks.linear("mixer.fc1_latent_proj", hidden, width, cut=Cut.WHOLE)
                    tensors += blocks.linear("mixer.fc2_latent_proj", width, hidden, cut=Cut.WHOLE)
                return Layer(tensors=tuple(tensors))

    layers = []
    for letter in pattern:
        kind = NEMOTRON_KINDS.get(letter)
        if kind is None:
            raise Strange(f"hybrid_override_pattern has {letter!r}, which is not one of {', '.join(sorted(NEMOTRON_KINDS))}")
        if kind not in built:
            built[kind] = with_tensors(layer(kind), blocks.norms(hidden))
        layers.append(built[kind])
    return assembled(sizes, layers, intermediate=intermediate or sizes.size("moe_intermediate_size"))


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
