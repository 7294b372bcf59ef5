"""The pieces that decoders are made of, as tensors: attention, feed-forward, experts, norms, embeddings."""

from ...domain.llm import Cut, KeysAndValues, Latent, Layer, Tensor, Use

#: Norms, biases and the like are vectors: one input.
FLOAT32 = 4


def linear(name: str, inputs: int, outputs: int, *, bias: bool = False, cut: Cut = Cut.EVEN, heads: int = 0) -> list[Tensor]:
    """A matrix, and its bias."""
    tensors = [Tensor(name=name, inputs=inputs, outputs=outputs, cut=cut, heads=heads)]
    return tensors + (vector(f"{name}.bias", outputs, cut=cut, heads=heads) if bias else [])


def vector(
    name: str, length: int, *, cut: Cut = Cut.WHOLE, heads: int = 0, copies: int = 1, element_bytes: int | None = None
) -> list[Tensor]:
    """Numbers that no quantisation takes."""
    tensor = Tensor(
        name=name, inputs=1, outputs=length, use=Use.OTHER, cut=cut, heads=heads, copies=copies, element_bytes=element_bytes
    )
    return [tensor] if length * copies else []


def norms(width: int, count: int = 1, *, bias: bool = False, name: str = "norm") -> list[Tensor]:
    """`count` norms of one width; a LayerNorm has a bias, an RMS norm has none."""
    return vector(name, width * (2 if bias else 1), copies=count) if count else []


def attention(
    *,
    hidden: int,
    heads: int,
    kv_heads: int,
    head_dim: int,
    value_dim: int | None = None,
    qkv_bias: bool = False,
    out_bias: bool = False,
    qk_norm: str = "",
    gate: str = "",
    sinks: bool = False,
    window: int | None = None,
    chunk: int | None = None,
    name: str = "self_attn",
) -> Layer:
    """Grouped-query attention. `qk_norm`: over a head's width ("head", "head bias") or all heads ("full"); `gate`: a number of
    each output ("full") or of each head ("head") beside the query.
    """
    value_dim = value_dim or head_dim
    query = heads * head_dim
    tensors = linear(f"{name}.q_proj", hidden, query, bias=qkv_bias)
    tensors += linear(f"{name}.k_proj", hidden, kv_heads * head_dim, bias=qkv_bias, cut=Cut.HEADS, heads=kv_heads)
    tensors += linear(f"{name}.v_proj", hidden, kv_heads * value_dim, bias=qkv_bias, cut=Cut.HEADS, heads=kv_heads)
    tensors += linear(f"{name}.o_proj", heads * value_dim, hidden, bias=out_bias)
    if gate:
        tensors += linear(f"{name}.g_proj", hidden, heads * value_dim if gate == "full" else heads)
    if qk_norm.startswith("head"):
        tensors += norms(head_dim, 2, bias="bias" in qk_norm, name=f"{name}.qk_norm")
    elif qk_norm == "full":
        tensors += vector(f"{name}.q_norm", query) + vector(f"{name}.k_norm", kv_heads * head_dim)
    if sinks:
        tensors += vector(f"{name}.sinks", heads, cut=Cut.EVEN)
    kept = KeysAndValues(kv_heads=kv_heads, head_dim=head_dim, value_dim=value_dim, window=window, chunk=chunk)
    return Layer(tensors=tuple(tensors), kept=(kept,))


def latent_attention(
    *,
    hidden: int,
    heads: int,
    query_rank: int,
    latent: int,
    nope: int,
    rope: int,
    value_dim: int,
    bias: bool = False,
    index_heads: int = 0,
    index_dim: int = 0,
    name: str = "self_attn",
) -> Layer:
    """Multi-head latent attention (DeepSeek-V2): the cache holds one latent vector and one rotated key for all heads.

    Tensor parallelism cuts the heads; the projections down to the latent are on every rank. With an index, sparse attention's
    own small heads stand beside it, on every rank too.
    """
    query = heads * (nope + rope)
    if query_rank:
        tensors = linear(f"{name}.q_a_proj", hidden, query_rank, bias=bias, cut=Cut.WHOLE)
        tensors += norms(query_rank, name=f"{name}.q_a_layernorm")
        tensors += linear(f"{name}.q_b_proj", query_rank, query)
    else:
        tensors = linear(f"{name}.q_proj", hidden, query)
    tensors += linear(f"{name}.kv_a_proj_with_mqa", hidden, latent + rope, bias=bias, cut=Cut.WHOLE)
    tensors += norms(latent, name=f"{name}.kv_a_layernorm")
    tensors += linear(f"{name}.kv_b_proj", latent, heads * (nope + value_dim))
    tensors += linear(f"{name}.o_proj", heads * value_dim, hidden, bias=bias)
    if index_heads:
        tensors += linear(f"{name}.indexer.wq_b", query_rank, index_heads * index_dim, cut=Cut.WHOLE)
        tensors += linear(f"{name}.indexer.wk", hidden, index_dim, cut=Cut.WHOLE)
        tensors += norms(index_dim, bias=True, name=f"{name}.indexer.k_norm")
        tensors.append(
            Tensor(name=f"{name}.indexer.weights_proj", inputs=hidden, outputs=index_heads, use=Use.OTHER, cut=Cut.WHOLE)
        )
    return Layer(
        tensors=tuple(tensors), kept=(Latent(width=latent, rope_width=rope, index_dim=index_dim if index_heads else 0),)
    )


def feed_forward(hidden: int, intermediate: int, *, gated: bool = True, bias: bool = False, name: str = "mlp") -> list[Tensor]:
    """Two matrices, or three where a gate multiplies."""
    tensors = linear(f"{name}.gate_proj", hidden, intermediate, bias=bias) if gated else []
    tensors += linear(f"{name}.up_proj", hidden, intermediate, bias=bias)
    return tensors + linear(f"{name}.down_proj", intermediate, hidden, bias=bias)


def experts(
    hidden: int,
    intermediate: int,
    count: int,
    *,
    gated: bool = True,
    bias: bool = False,
    router_bias: bool = False,
    correction: bool = False,
    shared: int = 0,
    shared_gate: bool = False,
    width: int | None = None,
    name: str = "mlp",
) -> list[Tensor]:
    """`count` routed experts and their router; `shared` is the intermediate size of the expert that every token passes.

    `correction` is the router's score correction (float32). `width` is what goes in and out of the experts where that is not
    `hidden`.
    """
    width = width or hidden
    tensors = [Tensor(name=f"{name}.gate", inputs=hidden, outputs=count, use=Use.ROUTER, cut=Cut.WHOLE)]
    tensors += vector(f"{name}.gate.bias", count) if router_bias else []
    tensors += vector(f"{name}.gate.e_score_correction_bias", count, element_bytes=FLOAT32) if correction else []
    for matrix in ("gate_proj", "up_proj") if gated else ("up_proj",):
        tensors.append(
            Tensor(name=f"{name}.experts.{matrix}", inputs=width, outputs=intermediate, use=Use.EXPERT, copies=count)
        )
        tensors += vector(f"{name}.experts.{matrix}.bias", intermediate, copies=count, cut=Cut.EVEN) if bias else []
    tensors.append(Tensor(name=f"{name}.experts.down_proj", inputs=intermediate, outputs=width, use=Use.EXPERT, copies=count))
    tensors += vector(f"{name}.experts.down_proj.bias", width, copies=count) if bias else []
    if shared:
        tensors += feed_forward(hidden, shared, gated=gated, name=f"{name}.shared_experts")
    if shared_gate:
        tensors.append(Tensor(name=f"{name}.shared_expert_gate", inputs=hidden, outputs=1, use=Use.ROUTER, cut=Cut.WHOLE))
    return tensors


def embedding(vocabulary: int, hidden: int, *, name: str = "embed_tokens") -> list[Tensor]:
    """The table of token vectors."""
    return [Tensor(name=name, inputs=hidden, outputs=vocabulary, use=Use.EMBEDDING, cut=Cut.VOCABULARY)]


def head(vocabulary: int, hidden: int, *, bias: bool = False) -> list[Tensor]:
    """The output head of a model whose embeddings are not tied to it."""
    tensors = [Tensor(name="lm_head", inputs=hidden, outputs=vocabulary, use=Use.HEAD, cut=Cut.VOCABULARY)]
    return tensors + (vector("lm_head.bias", vocabulary, cut=Cut.VOCABULARY) if bias else [])
