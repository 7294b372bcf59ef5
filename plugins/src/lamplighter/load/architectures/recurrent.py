"""Layers that keep a state, not keys and values: Mamba, Mamba-2, gated delta nets, short convolutions, linear attention."""

from ...domain.llm import Cut, Layer, State
from . import blocks
from .sizes import Sizes

#: State parameters that checkpoints and engines keep in float32.
FLOAT32 = blocks.FLOAT32

#: Bytes of a recurrent state's number, by mamba_ssm_dtype.
STATE_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


def state_bytes(sizes: Sizes) -> int | None:
    """Bytes of one number of the recurrence where the config says so."""
    return STATE_BYTES.get(sizes.text("mamba_ssm_dtype"))


def mamba(
    *, hidden: int, inner: int, state: int, rank: int, kernel: int, conv_bias: bool, bias: bool, normed: bool, name: str
) -> Layer:
    """Mamba (1). `normed`: norms over the step, B and C as Jamba has."""
    tensors = blocks.linear(f"{name}.in_proj", hidden, 2 * inner, bias=bias)
    tensors += blocks.vector(f"{name}.conv1d", inner * kernel + (inner if conv_bias else 0), cut=Cut.EVEN)
    tensors += blocks.linear(f"{name}.x_proj", inner, rank + 2 * state)
    tensors += blocks.linear(f"{name}.dt_proj", rank, inner, bias=True)
    tensors += blocks.vector(f"{name}.A_log", inner * state + inner, cut=Cut.EVEN, element_bytes=FLOAT32)
    tensors += blocks.linear(f"{name}.out_proj", inner, hidden, bias=bias)
    if normed:
        tensors += blocks.vector(f"{name}.norms", rank + 2 * state)
    kept = State(kind="mamba1", conv_channels=inner, conv_length=kernel - 1, recurrent_elements=inner * state)
    return Layer(tensors=tuple(tensors), kept=(kept,))


def mamba2(
    *,
    hidden: int,
    inner: int,
    heads: int,
    groups: int,
    state: int,
    kernel: int,
    conv_bias: bool = True,
    bias: bool = False,
    normed: bool = True,
    recurrent_bytes: int | None = None,
    name: str = "mixer",
) -> Layer:
    """Mamba-2: `heads` heads over `inner` channels, and `groups` pairs of B and C of `state` numbers."""
    channels = inner + 2 * groups * state
    tensors = blocks.linear(f"{name}.in_proj", hidden, inner + channels + heads, bias=bias)
    tensors += blocks.vector(f"{name}.conv1d", channels * kernel + (channels if conv_bias else 0), cut=Cut.EVEN)
    tensors += blocks.vector(f"{name}.A_log", 3 * heads, cut=Cut.EVEN, element_bytes=FLOAT32)
    tensors += blocks.vector(f"{name}.norm", inner, cut=Cut.EVEN) if normed else []
    tensors += blocks.linear(f"{name}.out_proj", inner, hidden, bias=bias)
    kept = State(
        kind="mamba2",
        conv_channels=inner,
        conv_length=kernel - 1,
        recurrent_elements=inner * state,
        recurrent_bytes=recurrent_bytes,
        groups=groups,
        group_channels=2 * state,
        heads=heads,
    )
    return Layer(tensors=tuple(tensors), kept=(kept,))


def gated_delta(sizes: Sizes, hidden: int, *, name: str = "linear_attn", split: bool = True) -> Layer:
    """Gated delta net as in Qwen3-Next: keys and values of linear attention behind a short convolution.

    `split`: whether the projections of query, key, value and gate are several modules (Qwen3.5) or one (Qwen3-Next).
    """
    key_heads, value_heads = sizes.size("linear_num_key_heads"), sizes.size("linear_num_value_heads")
    key_dim, value_dim = sizes.size("linear_key_head_dim"), sizes.size("linear_value_head_dim")
    kernel = sizes.size("linear_conv_kernel_dim", default=4)
    keys, values = key_heads * key_dim, value_heads * value_dim
    channels = 2 * keys + values
    if split:
        tensors = blocks.linear(f"{name}.in_proj_qkv", hidden, channels) + blocks.linear(f"{name}.in_proj_z", hidden, values)
        tensors += blocks.linear(f"{name}.in_proj_b", hidden, value_heads) + blocks.linear(
            f"{name}.in_proj_a", hidden, value_heads
        )
    else:
        tensors = blocks.linear(f"{name}.in_proj_qkvz", hidden, channels + values)
        tensors += blocks.linear(f"{name}.in_proj_ba", hidden, 2 * value_heads)
    tensors += blocks.vector(f"{name}.conv1d", channels * kernel, cut=Cut.EVEN)
    tensors += blocks.vector(f"{name}.A_log", value_heads, cut=Cut.EVEN, element_bytes=FLOAT32)
    tensors += blocks.vector(f"{name}.dt_bias", value_heads, cut=Cut.EVEN)
    tensors += blocks.norms(value_dim, name=f"{name}.norm")
    tensors += blocks.linear(f"{name}.out_proj", values, hidden)
    kept = State(
        kind="gated_delta",
        conv_channels=channels,
        conv_length=kernel - 1,
        recurrent_elements=value_heads * key_dim * value_dim,
        recurrent_bytes=state_bytes(sizes),
    )
    return Layer(tensors=tuple(tensors), kept=(kept,))


def short_convolution(hidden: int, channels: int, kernel: int, *, bias: bool, name: str = "conv") -> Layer:
    """LFM2's gated convolution."""
    tensors = blocks.linear(f"{name}.in_proj", hidden, 3 * channels, bias=bias)
    tensors += blocks.vector(f"{name}.conv", channels * kernel + (channels if bias else 0), cut=Cut.EVEN)
    tensors += blocks.linear(f"{name}.out_proj", channels, hidden, bias=bias)
    kept = State(kind="short_conv", conv_channels=channels, conv_length=kernel - 1, recurrent_elements=0)
    return Layer(tensors=tuple(tensors), kept=(kept,))


def lightning(hidden: int, heads: int, head_dim: int, *, name: str = "self_attn") -> Layer:
    """MiniMax's linear attention: one matrix of a head's width squared a head, in float32."""
    inner = heads * head_dim
    tensors = blocks.linear(f"{name}.qkv_proj", hidden, 3 * inner) + blocks.linear(f"{name}.output_gate", hidden, inner)
    tensors += blocks.linear(f"{name}.out_proj", inner, hidden) + blocks.vector(f"{name}.norm", inner, cut=Cut.EVEN)
    kept = State(
        kind="linear",
        conv_channels=0,
        conv_length=0,
        recurrent_elements=heads * head_dim * head_dim,
        recurrent_bytes=FLOAT32,
    )
    return Layer(tensors=tuple(tensors), kept=(kept,))


def kimi_delta(sizes: Sizes, hidden: int, *, name: str = "self_attn") -> Layer:
    """Kimi Delta Attention: a gated delta net whose forget gate is a pair of thin matrices."""
    said = sizes.part("linear_attn_config")
    heads = said.size("num_heads", default=sizes.size("linear_num_heads", "num_attention_heads"))
    width = said.size("head_dim", default=sizes.size("linear_head_dim", "head_dim", default=128))
    kernel = said.size("short_conv_kernel_size", default=4)
    inner = heads * width
    tensors = []
    for matrix in ("q_proj", "k_proj", "v_proj"):
        tensors += blocks.linear(f"{name}.{matrix}", hidden, inner)
        tensors += blocks.vector(f"{name}.{matrix}.conv1d", inner * kernel, cut=Cut.EVEN)
    for gate in ("f", "g"):
        tensors += blocks.linear(f"{name}.{gate}_a_proj", hidden, width, cut=Cut.WHOLE)
        tensors += blocks.linear(f"{name}.{gate}_b_proj", width, inner)
    tensors += blocks.linear(f"{name}.b_proj", hidden, heads)
    tensors += blocks.vector(f"{name}.A_log", heads, cut=Cut.EVEN, element_bytes=FLOAT32)
    tensors += blocks.vector(f"{name}.dt_bias", inner, cut=Cut.EVEN, element_bytes=FLOAT32)
    tensors += blocks.norms(width, name=f"{name}.o_norm") + blocks.linear(f"{name}.o_proj", inner, hidden)
    kept = State(
        kind="gated_delta",
        conv_channels=3 * inner,
        conv_length=kernel - 1,
        recurrent_elements=heads * width * width,
        recurrent_bytes=FLOAT32,
    )
    return Layer(tensors=tuple(tensors), kept=(kept,))
