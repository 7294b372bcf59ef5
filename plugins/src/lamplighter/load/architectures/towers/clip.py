"""Towers of one picture size: SigLIP and CLIP, and the models that put one before a decoder, in tiles or whole."""

from ....domain.llm import Encoder, Tensor
from .. import blocks
from ..decoder import Decoder
from ..sizes import Sizes
from .parts import encoder, linears, patch_embedding, positions_table, side_of, transformer_layers, trunk_of
from .pixtral import pixtral_vision

#: Tiles of the largest picture (preprocessor_config.json of the published models).
SMOLVLM_TILES = 17
LLAVA_NEXT_TILES = 5


def siglip(sizes: Sizes, decoder: Decoder, *, tokens: int | None, tiles: int, projector: list[Tensor]) -> Encoder:
    """SigLIP without its pooling head, which no decoder reads. Sizes left out are those of so400m where `siglip` is named."""
    trunk = trunk_of(sizes)
    hidden = trunk.hidden
    positions = (side_of(sizes, "image_size", 224) // side_of(sizes, "patch_size", 16)) ** 2
    tensors = transformer_layers(trunk, qkv_bias=True, out_bias=True, mlp_bias=True)
    tensors += patch_embedding(sizes, hidden, depth=1, bias=True, patch=16) + blocks.vector(
        "vision_tower.position_embedding", positions * hidden
    )
    tensors += blocks.norms(hidden, bias=True) + projector
    return encoder(
        "siglip",
        tensors,
        trunk,
        patches=positions * tiles,
        tokens=tokens,
    )


def gemma3_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Gemma 3: SigLIP, pooled to 256 tokens."""
    hidden = sizes.size("hidden_size")
    projector = [*linears((hidden, decoder.hidden), bias=False), *blocks.norms(hidden)]
    return siglip(sizes, decoder, tokens=256, tiles=1, projector=projector)


def paligemma_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """PaliGemma: SigLIP and one matrix."""
    hidden = sizes.size("hidden_size")
    side = side_of(sizes, "image_size", 224) // side_of(sizes, "patch_size", 14)
    return siglip(sizes, decoder, tokens=side * side, tiles=1, projector=linears((hidden, decoder.hidden)))


def smolvlm_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Idefics3 and SmolVLM: SigLIP on tiles, pixels shuffled by four."""
    hidden, scale = sizes.size("hidden_size"), sizes.size("_scale_factor", default=4)
    side = side_of(sizes, "image_size", 224) // side_of(sizes, "patch_size", 32)
    projector = linears((hidden * scale * scale, decoder.hidden), bias=False)
    tokens = SMOLVLM_TILES * side * side // max(1, scale * scale)
    return siglip(sizes, decoder, tokens=tokens, tiles=SMOLVLM_TILES, projector=projector)


def clip(sizes: Sizes, decoder: Decoder, *, tiles: int, more: int = 0) -> Encoder:
    """CLIP with LLaVA's two matrices."""
    trunk = trunk_of(sizes)
    hidden = trunk.hidden
    positions = (side_of(sizes, "image_size", 336) // side_of(sizes, "patch_size", 14)) ** 2
    tensors = transformer_layers(trunk, qkv_bias=True, out_bias=True, mlp_bias=True)
    tensors += patch_embedding(sizes, hidden, depth=1) + positions_table((positions + 2) * hidden)
    tensors += blocks.norms(hidden, 2, bias=True) + linears((hidden, decoder.hidden), (decoder.hidden, decoder.hidden))
    tensors += blocks.vector("image_newline", more)
    return encoder(
        "clip",
        tensors,
        trunk,
        patches=positions * tiles,
        tokens=positions * tiles,
    )


def llava_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """LLaVA 1.5 on CLIP; on Pixtral's tower where the config names that."""
    if sizes.text("model_type") == "pixtral":
        return pixtral_vision(sizes, decoder)
    return clip(sizes, decoder, tiles=1)


def llava_next_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """LLaVA-NeXT: CLIP on five tiles."""
    return clip(sizes, decoder, tiles=LLAVA_NEXT_TILES, more=decoder.hidden)
