"""Decoders that follow the common one except in a point or two of their own."""

from ...domain.llm import CrossKeysAndValues, Cut, KeysAndValues, Layer, Tensor, Use
from . import blocks
from .decoder import (
    EXPERTS,
    HEADS,
    HIDDEN,
    LAYERS,
    Decoder,
    Experts,
    Traits,
    common_decoder,
    expert_tensors,
    head_dim,
    is_sparse,
    kv_heads,
)
from .hybrids import assembled, kinds_of, with_tensors
from .sizes import Missing, Sizes, Strange


def falcon(sizes: Sizes) -> Decoder:
    """Falcon: one norm or two, one key head or several, by generation."""
    new = sizes.flag("new_decoder_architecture")
    norms = (
        2
        if (new and sizes.size("num_ln_in_parallel_attn", default=2) == 2) or not sizes.flag("parallel_attn", default=True)
        else 1
    )
    multi_query = sizes.flag("multi_query", default=True) and not new
    heads = sizes.size(*HEADS)
    grouped = sizes.size("num_kv_heads", "n_head_kv", default=heads)
    heads_kept = grouped if new else 1 if multi_query else heads
    bias = sizes.flag("bias")
    traits = Traits(
        qkv_bias=bias,
        out_bias=bias,
        mlp_bias=bias,
        gated=False,
        norm_bias=True,
        layer_norms=norms,
        intermediate=lambda said: said.size("ffn_hidden_size", default=4 * said.size(*HIDDEN)),
    )
    said = Sizes({**sizes.config, "num_key_value_heads": heads_kept, "multi_query": False}, sizes.defaults, nested=sizes.nested)
    return common_decoder(said, traits)


def llama4(sizes: Sizes) -> Decoder:
    """Llama 4: layers with rotation look at their chunk only; experts in every layer or every second."""
    hidden, count, heads = sizes.size(*HIDDEN), sizes.size(*LAYERS), sizes.size(*HEADS)
    rotated = sizes.listed("no_rope_layers")
    chunk = sizes.size("attention_chunk_size", default=0) or None
    intermediate, dense = sizes.size("intermediate_size"), sizes.size("intermediate_size_mlp")
    step = sizes.size("interleave_moe_layer_step", default=1)
    listed = sizes.listed("moe_layers")
    layers = []
    for index in range(count):
        rotates = bool(rotated[index]) if index < len(rotated) else bool((index + 1) % 4)
        attended = blocks.attention(
            hidden=hidden,
            heads=heads,
            kv_heads=kv_heads(sizes, heads),
            head_dim=head_dim(sizes, hidden, heads),
            qkv_bias=sizes.flag("attention_bias"),
            out_bias=sizes.flag("attention_bias"),
            chunk=chunk if rotates else None,
        )
        sparse = index in listed if listed else (index + 1) % step == 0
        after = (
            blocks.experts(hidden, intermediate, sizes.size(*EXPERTS), shared=intermediate, name="feed_forward")
            if sparse
            else blocks.feed_forward(hidden, dense, name="feed_forward")
        )
        layers.append(with_tensors(attended, [*after, *blocks.norms(hidden, 2)]))
    return assembled(sizes, layers, intermediate=max(dense, intermediate))


def mimo_v2(sizes: Sizes) -> Decoder:
    """MiMo-V2: sliding layers have their own number of key heads and sinks; keys and values differ in width."""
    hidden, count, heads = sizes.size(*HIDDEN), sizes.size(*LAYERS), sizes.size(*HEADS)
    marks = sizes.listed("hybrid_layer_pattern")
    kinds = kinds_of(
        sizes,
        count,
        "layer_types",
        otherwise=lambda index: "sliding_attention" if index < len(marks) and marks[index] else "full_attention",
    )
    intermediate = sizes.size("intermediate_size")
    layers = []
    for index, kind in enumerate(kinds):
        slides = kind == "sliding_attention"
        prefix = "swa_" if slides else ""
        attended = blocks.attention(
            hidden=hidden,
            heads=sizes.size(f"{prefix}num_attention_heads", default=heads),
            kv_heads=sizes.size(f"{prefix}num_key_value_heads", default=_twice_if(slides, kv_heads(sizes, heads))),
            head_dim=sizes.size(f"{prefix}head_dim", default=sizes.size("head_dim")),
            value_dim=sizes.size(f"{prefix}v_head_dim", default=sizes.size("v_head_dim")),
            qkv_bias=sizes.flag("attention_bias"),
            sinks=sizes.flag("add_swa_attention_sink_bias", default=True)
            if slides
            else sizes.flag("add_full_attention_sink_bias"),
            window=sizes.size("sliding_window", "sliding_window_size", default=128) if slides else None,
        )
        experts = expert_tensors(sizes, hidden, Experts(correction=True)) if is_sparse(sizes, index) else []
        after = experts or blocks.feed_forward(hidden, intermediate)
        layers.append(with_tensors(attended, [*after, *blocks.norms(hidden, 2)]))
    return assembled(sizes, layers, intermediate=intermediate)


def _twice_if(condition: bool, number: int) -> int:
    return 2 * number if condition else number


def step3(sizes: Sizes) -> Decoder:
    """Step 3.5 and later: a gate a head, sliding layers with their own heads, experts at named layers."""
    hidden, count = sizes.size(*HIDDEN), sizes.size(*LAYERS)
    listed = sizes.value("moe_layers_enum")
    named = (
        {int(index) for index in listed.split(",")}
        if isinstance(listed, str) and listed
        else set(sizes.listed("moe_layers_enum"))
    )
    other = sizes.part("attention_other_setting")
    kinds = kinds_of(sizes, count, "layer_types", otherwise=lambda _index: "full_attention")
    intermediate = sizes.size("intermediate_size")
    layers = []
    for index, kind in enumerate(kinds):
        slides = kind == "sliding_attention"
        source = other if slides and other.config else sizes
        heads = source.size("num_attention_heads", default=sizes.size(*HEADS))
        attended = blocks.attention(
            hidden=hidden,
            heads=heads,
            kv_heads=source.size(
                "num_attention_groups",
                "num_key_value_heads",
                default=sizes.size("num_attention_groups", "num_key_value_heads", default=heads),
            ),
            head_dim=sizes.size("head_dim"),
            qk_norm="head",
            gate="head" if sizes.flag("use_head_wise_attn_gate", default=True) else "",
            window=sizes.size("sliding_window") if slides else None,
        )
        sparse = index in named if named else is_sparse(sizes, index)
        after = (
            blocks.experts(
                hidden,
                sizes.size("moe_intermediate_size"),
                sizes.size("moe_num_experts", *EXPERTS),
                correction=sizes.flag("use_moe_router_bias", default=True),
                shared=sizes.size("share_expert_dim", "share_expert_dims", "moe_intermediate_size"),
            )
            if sparse
            else blocks.feed_forward(hidden, intermediate)
        )
        layers.append(with_tensors(attended, [*after, *blocks.norms(hidden, 2)]))
    return assembled(sizes, layers, intermediate=intermediate)


def nemotron_nas(sizes: Sizes) -> Decoder:
    """Llama-Nemotron after architecture search: block by block, attention and feed-forward may be thinner or absent."""
    hidden, heads = sizes.size(*HIDDEN), sizes.size(*HEADS)
    width = head_dim(sizes, hidden, heads)
    layers, widest = [], 0
    for block in sizes.listed("block_configs"):
        if not isinstance(block, dict):
            raise Strange("an entry of block_configs is not a map")
        attention, forward = (
            Sizes(block.get("attention") or {}, {}, nested=True),
            Sizes(block.get("ffn") or {}, {}, nested=True),
        )
        tensors: list[Tensor] = []
        kept: tuple[KeysAndValues, ...] = ()
        if attention.flag("replace_with_linear"):
            tensors += blocks.linear("self_attn", hidden, hidden) + blocks.norms(hidden)
        elif not attention.flag("no_op"):
            groups = heads // attention.size("n_heads_in_group")
            attended = blocks.attention(hidden=hidden, heads=heads, kv_heads=groups, head_dim=width)
            tensors += [*attended.tensors, *blocks.norms(hidden)]
            kept = (KeysAndValues(kv_heads=groups, head_dim=width, value_dim=width),)
        if forward.flag("replace_with_linear"):
            tensors += blocks.linear("mlp", hidden, hidden) + blocks.norms(hidden)
        elif not forward.flag("no_op"):
            multiplier = forward.value("ffn_mult")
            if not isinstance(multiplier, int | float):
                raise Missing("block_configs[].ffn.ffn_mult")
            intermediate = 256 * -(-int(2 * multiplier * hidden / 3) // 256)
            widest = max(widest, intermediate)
            tensors += blocks.feed_forward(hidden, intermediate) + blocks.norms(hidden)
        layers.append(Layer(tensors=tuple(tensors), kept=kept))
    if not layers:
        raise Missing("block_configs")
    return assembled(sizes, layers, intermediate=widest)


def dbrx(sizes: Sizes) -> Decoder:
    """DBRX: its sizes stand in two nested maps."""
    hidden, heads = sizes.size(*HIDDEN), sizes.size(*HEADS)
    attention, forward = sizes.part("attn_config"), sizes.part("ffn_config")
    attended = blocks.attention(hidden=hidden, heads=heads, kv_heads=attention.size("kv_n_heads"), head_dim=hidden // heads)
    intermediate = forward.size("ffn_hidden_size")
    experts = blocks.experts(hidden, intermediate, forward.size("moe_num_experts"), name="ffn")
    layer = with_tensors(attended, [*experts, *blocks.norms(hidden, 2)])
    return assembled(sizes, [layer] * sizes.size(*LAYERS), intermediate=intermediate)


def mllama_text(sizes: Sizes) -> Decoder:
    """Llama 3.2 Vision: some layers attend to the picture instead of the text."""
    hidden, heads, intermediate = sizes.size(*HIDDEN), sizes.size(*HEADS), sizes.size("intermediate_size")
    groups = kv_heads(sizes, heads)
    width = hidden // heads
    crossed = set(sizes.listed("cross_attention_layers"))
    after = [*blocks.feed_forward(hidden, intermediate), *blocks.norms(hidden, 2)]
    attended = with_tensors(blocks.attention(hidden=hidden, heads=heads, kv_heads=groups, head_dim=width), after)
    cross = blocks.attention(hidden=hidden, heads=heads, kv_heads=groups, head_dim=width, qk_norm="head", name="cross_attn")
    gates = blocks.vector("cross_attn_gates", 2)
    kept = CrossKeysAndValues(kv_heads=groups, head_dim=width, tokens=0)
    crossing = Layer(tensors=(*cross.tensors, *after, *gates), kept=(kept,))
    layers = [crossing if index in crossed else attended for index in range(sizes.size(*LAYERS))]
    decoder = assembled(sizes, layers, intermediate=intermediate)
    extra = Tensor(name="embed_tokens.image", inputs=hidden, outputs=8, use=Use.EMBEDDING, cut=Cut.WHOLE)
    return Decoder(
        first=(*decoder.first, extra),
        layers=decoder.layers,
        last=decoder.last,
        hidden=hidden,
        vocabulary=decoder.vocabulary,
        intermediate=intermediate,
        heads=heads,
    )
