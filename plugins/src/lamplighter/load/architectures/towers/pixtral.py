"""Pixtral's tower, and Mistral's models on it."""

from ....domain.llm import Encoder, Tensor
from .. import blocks
from ..decoder import Decoder
from ..sizes import Sizes
from .parts import encoder, linears, patch_embedding, side_of, transformer_layers, trunk_of


def pixtral_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Pixtral's tower, with LLaVA's projector."""
    hidden = sizes.size("hidden_size", default=1024)
    projector = linears((hidden, decoder.hidden), (decoder.hidden, decoder.hidden))
    return _pixtral(sizes, projector, merge=1)


def mistral3_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Mistral Small 3.1 and later: Pixtral's tower, two by two patches merged."""
    hidden = sizes.size("hidden_size", default=1024)
    projector = linears((4 * hidden, hidden), (hidden, decoder.hidden), (decoder.hidden, decoder.hidden), bias=False)
    return _pixtral(sizes, [*projector, *blocks.norms(hidden)], merge=2)


def _pixtral(sizes: Sizes, projector: list[Tensor], *, merge: int) -> Encoder:
    trunk = trunk_of(sizes, hidden=1024, intermediate=4096, heads=16, layers=24)
    hidden = trunk.hidden
    side = side_of(sizes, "image_size", 1024) // side_of(sizes, "patch_size", 16)
    tensors = transformer_layers(
        trunk,
        qkv_bias=False,
        out_bias=False,
        mlp_bias=False,
        gated=True,
        norm_bias=False,
    )
    tensors += patch_embedding(sizes, hidden, depth=1, patch=16) + blocks.norms(hidden) + projector
    return encoder(
        "pixtral",
        tensors,
        trunk,
        patches=side * side,
        tokens=side * side // merge**2,
    )
