"""Decoders that follow the common one except in a point or two of their own."""

from typing import Any

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
