"""The common decoder: embeddings, equal layers of attention and feed-forward, a norm, a head. Families differ by traits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...domain.llm import Layer, Tensor
from . import blocks
from .sizes import Sizes, Strange

#: Keys by which configs say the same size.
HIDDEN = ("hidden_size", "n_embd", "d_model")
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers")
HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "decoder_attention_heads")
KV_HEADS = ("num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num", "num_query_groups")
VOCABULARY = ("vocab_size", "padded_vocab_size")
INTERMEDIATE = ("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size", "hidden_dim", "d_inner", "decoder_ffn_dim")
EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
EXPERT_INTERMEDIATE = ("moe_intermediate_size", "expert_hidden_size", "expert_ffn_hidden_size", "intermediate_size")

FULL_KINDS = frozenset({"full_attention", "attention", "global", "full", "global_attention"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoder:
    """What a family's reader hands back."""

    first: tuple[Tensor, ...]
    layers: tuple[Layer, ...]
    last: tuple[Tensor, ...]
    hidden: int
    vocabulary: int
    intermediate: int
    heads: int
    experts_per_token: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Experts:
    """How a family's routed experts look. `shared`: "" none, else the key of the shared expert's size or of their number."""

    gated: bool = True
    bias: bool = False
    router_bias: bool = False
    correction: bool = False
    shared: str = ""
    shared_gate: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits:
    """What distinguishes one family's layers. A text is the key of the config that says it.

    `qk_norm` and `gate` are as in `blocks.attention`; `layer_norms` counts norms of the hidden size in a layer, `norms` is
    false where they have no numbers. `window` says which layers slide where `layer_types` does not: "all", "even", "pattern"
    (all but every `pattern`th), "last" (from max_window_layers on), "" none.
    """

    qkv_bias: bool | str = False
    out_bias: bool | str = False
    mlp_bias: bool | str = False
    gated: bool = True
    qk_norm: str = ""
    qk_norm_if: str = ""
    gate: str = ""
    sinks: bool = False
    layer_norms: int = 2
    norm_bias: bool = False
    norms: bool = True
    first_norms: int = 0
    final_norms: int = 1
    head_bias: bool | str = False
    positions: str = ""
    extra_positions: int = 0
    window: str = ""
    pattern: int = 0
    experts: Experts | None = None
    tied: bool = False  # where neither the config nor its class's defaults say
    intermediate: Callable[[Sizes], int] | None = None
    more: Callable[[Sizes], list[Tensor]] | None = None


def said(sizes: Sizes, trait: bool | str) -> bool:
    """A trait, looked up in the config where it is a key."""
    return trait if isinstance(trait, bool) else sizes.flag(trait)


def head_dim(sizes: Sizes, hidden: int, heads: int) -> int:
    """Width of a head: said, or the hidden size divided among the heads."""
    if not heads:
        raise Strange("the number of attention heads is 0")
    found = sizes.value("head_dim", "attention_head_dim")
    return sizes.size("head_dim", "attention_head_dim") if found is not None else hidden // heads


def kv_heads(sizes: Sizes, heads: int) -> int:
    """Heads of keys and values: said, else as many as of queries."""
    if sizes.flag("multi_query") and sizes.value(*KV_HEADS) is None:
        return 1
    return sizes.size(*KV_HEADS, default=heads)


def window_of(sizes: Sizes, index: int, layers: int, rule: str = "", pattern: int = 0) -> int | None:
    """Tokens that layer `index` looks back, None where it looks at all of them."""
    window = sizes.value("sliding_window", "sliding_window_size")
    if not isinstance(window, int) or isinstance(window, bool) or window <= 0:
        return None
    return window if _slides(sizes, index, layers, rule, pattern) else None


def _slides(sizes: Sizes, index: int, layers: int, rule: str, pattern: int) -> bool:
    """Whether a layer slides: as listed, else by the family's rule."""
    kinds = sizes.listed("layer_types")
    if kinds:
        return bool(entry(kinds, "layer_types", index) == "sliding_attention")
    if sizes.config.get("use_sliding_window") is False or not rule:
        return False
    period = sizes.size("sliding_window_pattern", "_sliding_window_pattern", default=pattern) or pattern or 1
    first = sizes.size("max_window_layers", default=layers)
    return {
        "all": True,
        "even": index % 2 == 0,
        "pattern": (index + 1) % period != 0,
        "last": sizes.flag("use_sliding_window") and index >= first,
    }[rule]


def entry(listed: Sequence[Any], key: str, index: int) -> Any:
    """What a list says of layer `index`. Raises `Strange` when the list is too short."""
    if index >= len(listed):
        raise Strange(f"{key} has {len(listed)} entries, and there is a layer {index}")
    return listed[index]


def is_sparse(sizes: Sizes, index: int) -> bool:
    """Whether layer `index` of a mixture of experts routes, by whichever of the known keys the config has."""
    if index < sizes.size("first_k_dense_replace", "num_dense_layers", default=0) or index in sizes.listed("mlp_only_layers"):
        return False
    for key in ("mlp_layer_types", "is_moe_layer", "moe_layer_freq"):
        listed = sizes.listed(key)
        if listed:
            return entry(listed, key, index) in ("sparse", True, 1)
    if sizes.listed("moe_layers"):
        return index in sizes.listed("moe_layers")
    return _sparse_by_step(sizes, index)


def _sparse_by_step(sizes: Sizes, index: int) -> bool:
    if sizes.value("moe_layer_interval") is not None:  # ERNIE
        last = sizes.value("moe_layer_end_index")
        inside = sizes.size("moe_layer_start_index", default=0) <= index and (last in (None, -1) or index <= int(last))
        return inside and (index + 1) % max(1, sizes.size("moe_layer_interval")) == 0
    if sizes.value("moe_layer_freq") is not None:
        return index % max(1, sizes.size("moe_layer_freq")) == 0
    step = sizes.size("decoder_sparse_step", "interleave_moe_layer_step", default=1)
    return step > 0 and (index + 1) % step == 0


def expert_tensors(sizes: Sizes, hidden: int, traits: Experts) -> list[Tensor]:
    """The routed and shared experts of one layer."""
    intermediate = sizes.size(*EXPERT_INTERMEDIATE)
    return blocks.experts(
        hidden,
        intermediate,
        sizes.size(*EXPERTS),
        gated=traits.gated,
        bias=traits.bias,
        router_bias=traits.router_bias,
        correction=traits.correction,
        shared=shared_size(sizes, traits.shared, intermediate),
        shared_gate=traits.shared_gate,
    )


def shared_size(sizes: Sizes, key: str, intermediate: int) -> int:
    """Intermediate size of the shared expert: said, or that of a routed one times their number."""
    if not key:
        return 0
    found = sizes.size(key, default=0)
    return found * intermediate if key in ("n_shared_experts", "num_shared_experts", "moe_num_shared_experts") else found


def common_decoder(sizes: Sizes, traits: Traits) -> Decoder:
    """A decoder of equal layers."""
    hidden, layers, heads = sizes.size(*HIDDEN), sizes.size(*LAYERS), sizes.size(*HEADS)
    vocabulary = sizes.size(*VOCABULARY)
    intermediate = traits.intermediate(sizes) if traits.intermediate else sizes.size(*INTERMEDIATE)
    qk_norm = traits.qk_norm if not traits.qk_norm_if or sizes.flag(traits.qk_norm_if) else ""
    width, groups = head_dim(sizes, hidden, heads), kv_heads(sizes, heads)
    built = []
    for index in range(layers):
        attended = blocks.attention(
            hidden=hidden,
            heads=heads,
            kv_heads=groups,
            head_dim=width,
            qkv_bias=said(sizes, traits.qkv_bias),
            out_bias=said(sizes, traits.out_bias),
            qk_norm=qk_norm,
            gate=traits.gate,
            sinks=traits.sinks,
            window=window_of(sizes, index, layers, traits.window, traits.pattern),
        )
        tensors = [*attended.tensors]
        if traits.experts and is_sparse(sizes, index):
            tensors += expert_tensors(sizes, hidden, traits.experts)
        else:
            tensors += blocks.feed_forward(hidden, intermediate, gated=traits.gated, bias=said(sizes, traits.mlp_bias))
        if traits.norms:
            tensors += blocks.norms(hidden, traits.layer_norms, bias=traits.norm_bias)
        if traits.more:
            tensors += traits.more(sizes)
        built.append(Layer(tensors=tuple(tensors), kept=attended.kept))
    first = blocks.embedding(vocabulary, hidden)
    if traits.positions:
        first += blocks.vector("embed_positions", (sizes.size(traits.positions) + traits.extra_positions) * hidden)
    first += blocks.norms(hidden, traits.first_norms, bias=traits.norm_bias)
    last = blocks.norms(hidden, traits.final_norms if traits.norms else 0, bias=traits.norm_bias)
    if not tied(sizes, traits.tied):
        last += blocks.head(vocabulary, hidden, bias=said(sizes, traits.head_bias))
    return Decoder(
        first=tuple(first),
        layers=tuple(built),
        last=tuple(last),
        hidden=hidden,
        vocabulary=vocabulary,
        intermediate=intermediate,
        heads=heads,
        experts_per_token=sizes.size("num_experts_per_tok", "moe_topk", "moe_k", default=0) if traits.experts else 0,
    )


def tied(sizes: Sizes, default: bool = False) -> bool:
    """Whether the head is the embeddings."""
    return sizes.flag("tie_word_embeddings", default=default)
