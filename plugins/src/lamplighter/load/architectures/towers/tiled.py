"""Towers that see a picture as many tiles of one size: InternVL's and Llama 4's."""

from ....domain.llm import Encoder
from .. import blocks
from ..decoder import Decoder
from ..sizes import Sizes
from .parts import encoder, linears, patch_embedding, side_of, transformer_layers, trunk_of

#: Tiles of the largest picture (preprocessor_config.json): InternVL twelve and a thumbnail, Llama 4 sixteen and one.
INTERN_TILES = 13
LLAMA4_TILES = 17


def intern_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """InternVL: tiles of 448 pixels, pixels shuffled by two."""
    trunk = trunk_of(sizes, hidden=1024, intermediate=4096, heads=16, layers=24)
    hidden = trunk.hidden
    positions = (side_of(sizes, "image_size", 448) // side_of(sizes, "patch_size", 14)) ** 2
    # The older files say qkv_bias, the newer attention_bias.
    bias = sizes.flag("attention_bias", "qkv_bias")
    tensors = transformer_layers(
        trunk,
        qkv_bias=bias,
        out_bias=True,
        mlp_bias=True,
        norm_bias=sizes.text("norm_type", default="layer_norm") != "rms_norm",
        extra=2 * hidden + (2 * hidden if sizes.flag("use_qk_norm", "qk_normalization") else 0),
    )
    merged = 4 * hidden
    tensors += patch_embedding(sizes, hidden, depth=1, bias=True) + blocks.vector(
        "vision_tower.position_embedding", (positions + 2) * hidden
    )
    tensors += blocks.norms(merged, bias=True) + linears((merged, decoder.hidden), (decoder.hidden, decoder.hidden))
    return encoder(
        "internvl",
        tensors,
        trunk,
        patches=positions * INTERN_TILES,
        tokens=positions // 4 * INTERN_TILES,
    )


def llama4_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Llama 4: tiles of 336 pixels, an adapter, and one matrix."""
    trunk = trunk_of(sizes)
    hidden = trunk.hidden
    side, patch = side_of(sizes, "image_size", 336), side_of(sizes, "patch_size", 14)
    positions = (side // patch) ** 2
    wide, out = sizes.size("projector_input_dim", default=4096), sizes.size("projector_output_dim", default=4096)
    tensors = transformer_layers(trunk, qkv_bias=True, out_bias=True, mlp_bias=True)
    tensors += patch_embedding(sizes, hidden, depth=1) + blocks.vector("vision_model.positions", (positions + 2) * hidden)
    tensors += blocks.norms(hidden, 2, bias=True)
    tensors += linears((trunk.intermediate, wide), (wide, out), (sizes.size("vision_output_dim"), decoder.hidden), bias=False)
    return encoder(
        "llama4",
        tensors,
        trunk,
        patches=positions * LLAMA4_TILES,
        tokens=positions // 4 * LLAMA4_TILES,
    )
