"""Decoders on Mamba: alone, or layers of it beside layers that attend."""

from ...domain.llm import Cut, Layer
from . import blocks, recurrent
from .decoder import FULL_KINDS, HIDDEN, LAYERS, Decoder
from .hybrids import assembled, kinds_of, plain_attention, with_tensors
from .sizes import Missing, Sizes, Strange


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
