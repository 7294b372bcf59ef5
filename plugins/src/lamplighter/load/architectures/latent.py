"""Decoders with multi-head latent attention: DeepSeek-V2 and what followed it."""

from ...domain.llm import Cut, Layer, Tensor, Use
from . import blocks
from .decoder import EXPERT_INTERMEDIATE, HEADS, HIDDEN, LAYERS, VOCABULARY, Decoder, is_sparse, shared_size, tied
from .sizes import Sizes

ROUTED = ("n_routed_experts", "num_experts", "num_local_experts")


def latent_layer(sizes: Sizes, *, hidden: int, heads: int, index_heads: int = 0) -> Layer:
    """Attention alone, from DeepSeek's own keys."""
    return blocks.latent_attention(
        hidden=hidden,
        heads=heads,
        query_rank=sizes.size("q_lora_rank", default=0),
        latent=sizes.size("kv_lora_rank"),
        nope=sizes.size("qk_nope_head_dim"),
        rope=sizes.size("qk_rope_head_dim"),
        value_dim=sizes.size("v_head_dim"),
        bias=sizes.flag("attention_bias"),
        index_heads=index_heads,
        index_dim=sizes.size("index_head_dim", default=0) if index_heads else 0,
    )


def latent_decoder(sizes: Sizes) -> Decoder:
    """DeepSeek-V2, V3, V3.2, Kimi K2, GLM-5, MiniCPM3 and others: some dense layers first, then experts."""
    hidden, layers, heads = sizes.size(*HIDDEN), sizes.size(*LAYERS), sizes.size(*HEADS)
    vocabulary = sizes.size(*VOCABULARY)
    routed = sizes.size(*ROUTED, default=0)
    intermediate = sizes.size("intermediate_size")
    built = []
    for index in range(layers):
        attended = latent_layer(sizes, hidden=hidden, heads=heads, index_heads=_index_heads(sizes, index))
        tensors = [*attended.tensors, *blocks.norms(hidden, 2)]
        if routed and is_sparse(sizes, index):
            tensors += deepseek_experts(sizes, hidden, routed)
            tensors += blocks.norms(hidden, name="mlp.post_mlp_layernorm") if sizes.text("model_type") == "axk1" else []
        else:
            tensors += blocks.feed_forward(hidden, intermediate)
        built.append(Layer(tensors=tuple(tensors), kept=attended.kept))
    last = blocks.norms(hidden)
    if not tied(sizes):
        last += blocks.head(vocabulary, hidden)
    return Decoder(
        first=tuple(blocks.embedding(vocabulary, hidden)),
        layers=tuple(built),
        last=tuple(last),
        hidden=hidden,
        vocabulary=vocabulary,
        intermediate=intermediate,
        heads=heads,
        experts_per_token=sizes.size("num_experts_per_tok", default=0) if routed else 0,
    )


def deepseek_experts(sizes: Sizes, hidden: int, routed: int) -> list[Tensor]:
    """Routed experts, the shared one, and the router's correction where its scores are sigmoid."""
    intermediate = sizes.size(*EXPERT_INTERMEDIATE)
    key = "n_shared_experts" if sizes.value("n_shared_experts") is not None else "num_shared_experts"
    corrected = sizes.text("topk_method") == "noaux_tc" or sizes.text("scoring_func", "moe_router_activation_func") == "sigmoid"
    return blocks.experts(hidden, intermediate, routed, correction=corrected, shared=shared_size(sizes, key, intermediate))


def _index_heads(sizes: Sizes, index: int) -> int:
    """Heads of the sparse index of layer `index`; a layer marked "shared" uses its predecessor's and has none."""
    kinds = sizes.listed("indexer_types")
    if kinds and index < len(kinds) and kinds[index] == "shared":
        return 0
    return sizes.size("index_n_heads", default=0)


def longcat_decoder(sizes: Sizes) -> Decoder:
    """LongCat-Flash: each layer has two attentions and two dense feed-forwards around its experts, some of which do nothing."""
    hidden, heads = sizes.size(*HIDDEN), sizes.size(*HEADS)
    vocabulary, intermediate = sizes.size(*VOCABULARY), sizes.size("ffn_hidden_size")
    routed, idle = sizes.size("n_routed_experts"), sizes.size("zero_expert_num", default=0)
    attended = latent_layer(sizes, hidden=hidden, heads=heads)
    routers = [
        Tensor(name="mlp.router", inputs=hidden, outputs=idle, use=Use.ROUTER, cut=Cut.WHOLE),
        *blocks.vector("mlp.router.idle_correction", idle, element_bytes=blocks.FLOAT32),
    ]
    twice = [*attended.tensors, *blocks.feed_forward(hidden, intermediate, name="mlps"), *blocks.norms(hidden, 2)]
    expert = blocks.experts(hidden, sizes.size("expert_ffn_hidden_size"), routed, correction=True)
    layer = Layer(tensors=(*twice, *twice, *expert, *(routers if idle else [])), kept=attended.kept * 2)
    last = blocks.norms(hidden) + ([] if tied(sizes) else blocks.head(vocabulary, hidden))
    return Decoder(
        first=tuple(blocks.embedding(vocabulary, hidden)),
        layers=(layer,) * sizes.size("num_layers", "num_hidden_layers"),
        last=tuple(last),
        hidden=hidden,
        vocabulary=vocabulary,
        intermediate=intermediate,
        heads=heads,
        experts_per_token=sizes.size("moe_topk", default=0),
    )
