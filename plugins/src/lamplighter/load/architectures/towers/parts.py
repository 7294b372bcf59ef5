"""What towers are made of: layers, patches, positions, projectors.

`tokens` of an encoder is the largest picture that the model's processor lets through, as vLLM's trial run takes it; `patches`
is what the tower sees of it. Published checkpoints never pack towers, so their tensors are none that a quantisation takes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ....domain.llm import Cut, Encoder, Tensor, Use
from .. import blocks
from ..decoder import Decoder
from ..sizes import Sizes

Tower = Callable[[Sizes, Decoder], Encoder]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trunk:
    """The sizes of a tower's equal layers, and how many there are."""

    hidden: int
    intermediate: int
    heads: int
    layers: int


def trunk_of(
    sizes: Sizes,
    *,
    hidden: int | None = None,
    intermediate: int | None = None,
    heads: int | None = None,
    layers: int | None = None,
) -> Trunk:
    """By the keys that most configs use; the arguments are the defaults of the model's class. Raises `Missing`."""
    return Trunk(
        hidden=sizes.size("hidden_size", default=hidden),
        intermediate=sizes.size("intermediate_size", default=intermediate),
        heads=sizes.size("num_attention_heads", default=heads),
        layers=sizes.size("num_hidden_layers", default=layers),
    )


def transformer_layers(
    trunk: Trunk,
    *,
    qkv_bias: bool,
    out_bias: bool,
    mlp_bias: bool,
    gated: bool = False,
    norm_bias: bool = True,
    norms: int = 2,
    extra: int = 0,
) -> list[Tensor]:
    """Its layers; `extra` numbers more in each (scales, norms of heads)."""
    hidden, heads = trunk.hidden, max(1, trunk.heads)
    attended = blocks.attention(
        hidden=hidden,
        heads=heads,
        kv_heads=heads,
        head_dim=hidden // heads,
        qkv_bias=qkv_bias,
        out_bias=out_bias,
        name="vision_tower.self_attn",
    )
    fed = blocks.feed_forward(hidden, trunk.intermediate, gated=gated, bias=mlp_bias, name="vision_tower.mlp")
    one = [*attended.tensors, *fed]
    one += blocks.norms(hidden, norms, bias=norm_bias) + blocks.vector("vision_tower.extra", extra)
    return one * trunk.layers


def linears(*pairs: tuple[int, int], bias: bool = True) -> list[Tensor]:
    """Matrices of a projector, which every rank holds."""
    tensors: list[Tensor] = []
    for number, (inputs, outputs) in enumerate(pairs):
        tensors += blocks.linear(f"projector.linear_{number}", inputs, outputs, bias=bias, cut=Cut.WHOLE)
    return tensors


def encoder(kind: str, tensors: list[Tensor], trunk: Trunk, *, patches: int, tokens: int | None) -> Encoder:
    """The tower; its tensors are marked as never packed."""
    return Encoder(
        kind=kind,
        tensors=tuple(replace(tensor, use=Use.OTHER) for tensor in tensors),
        hidden=trunk.hidden,
        intermediate=trunk.intermediate,
        heads=trunk.heads,
        layers=trunk.layers,
        patches=patches,
        tokens=tokens,
    )


def positions_table(numbers: int) -> list[Tensor]:
    """Learned positions of patches."""
    return blocks.vector("vision_tower.position_embedding", numbers)


def side_of(sizes: Sizes, key: str, default: int) -> int:
    """A size that some configs say as a pair."""
    listed = sizes.listed(key)
    return int(listed[0]) if listed and isinstance(listed[0], int) else sizes.size(key, default=default)


def patch_embedding(sizes: Sizes, hidden: int, *, depth: int, bias: bool = False, patch: int = 14) -> list[Tensor]:
    """The convolution over a patch; `depth` frames of a film together."""
    side = side_of(sizes, "patch_size", patch)
    channels = sizes.size("in_channels", "num_channels", "in_chans", default=3)
    frames = sizes.size("temporal_patch_size", default=depth) if depth > 1 else 1
    numbers = hidden * channels * frames * side * side
    return blocks.vector("vision_tower.patch_embed", numbers + (hidden if bias else 0))
