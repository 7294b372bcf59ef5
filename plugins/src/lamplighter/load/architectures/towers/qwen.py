"""Towers of any picture size whose patches are merged two by two: Qwen-VL's and GLM-V's."""

from ....domain.llm import Encoder, Tensor
from .. import blocks
from ..decoder import Decoder
from ..sizes import Sizes
from .parts import Trunk, encoder, linears, patch_embedding, side_of, transformer_layers

#: Largest pictures in tokens of the decoder (preprocessor_config.json of the published models): Qwen2-VL and later 12,845,056
#: pixels of 28 x 28; GLM-4V 9,633,792.
QWEN_TOKENS = 16384
GLM_TOKENS = 12288


def qwen2_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Qwen2-VL."""
    hidden = sizes.size("embed_dim", default=1280)
    trunk = _trunk(sizes, hidden=hidden, intermediate=hidden * sizes.size("mlp_ratio", default=4), layers=32)
    merged = hidden * sizes.size("spatial_merge_size", default=2) ** 2
    tensors = transformer_layers(trunk, qkv_bias=True, out_bias=True, mlp_bias=True)
    tensors += patch_embedding(sizes, hidden, depth=2) + blocks.norms(hidden, bias=True)
    tensors += linears((merged, merged), (merged, sizes.size("hidden_size", default=decoder.hidden)))
    return _qwen("qwen2_vl", tensors, sizes, trunk)


def qwen25_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Qwen2.5-VL: gated, RMS norms."""
    hidden = sizes.size("hidden_size", default=1280)
    trunk = _trunk(sizes, hidden=hidden, intermediate=sizes.size("intermediate_size", default=3420), layers=32)
    merged = hidden * sizes.size("spatial_merge_size", default=2) ** 2
    tensors = transformer_layers(
        trunk,
        qkv_bias=True,
        out_bias=True,
        mlp_bias=True,
        gated=True,
        norm_bias=False,
    )
    tensors += patch_embedding(sizes, hidden, depth=2) + blocks.norms(hidden)
    tensors += linears((merged, merged), (merged, sizes.size("out_hidden_size", default=decoder.hidden)))
    return _qwen("qwen2_5_vl", tensors, sizes, trunk)


def qwen3_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Qwen3-VL, Qwen3.5: positions, and a merger more for each layer that is handed down deep."""
    hidden = sizes.size("hidden_size", default=1152)
    trunk = _trunk(sizes, hidden=hidden, intermediate=sizes.size("intermediate_size", default=4304), layers=27)
    merged, out = (
        hidden * sizes.size("spatial_merge_size", default=2) ** 2,
        sizes.size("out_hidden_size", default=decoder.hidden),
    )
    tensors = transformer_layers(trunk, qkv_bias=True, out_bias=True, mlp_bias=True)
    tensors += patch_embedding(sizes, hidden, depth=2, bias=True, patch=16)
    tensors += blocks.vector("vision_tower.pos_embed", sizes.size("num_position_embeddings", default=2304) * hidden)
    tensors += blocks.norms(hidden, bias=True) + linears((merged, merged), (merged, out))
    for _index in sizes.listed("deepstack_visual_indexes"):
        tensors += blocks.norms(merged, bias=True) + linears((merged, merged), (merged, out))
    return _qwen("qwen3_vl", tensors, sizes, trunk)


def _trunk(sizes: Sizes, *, hidden: int, intermediate: int, layers: int) -> Trunk:
    return Trunk(
        hidden=hidden,
        intermediate=intermediate,
        heads=sizes.size("num_heads", default=16),
        layers=sizes.size("depth", default=layers),
    )


def _qwen(kind: str, tensors: list[Tensor], sizes: Sizes, trunk: Trunk) -> Encoder:
    merge = sizes.size("spatial_merge_size", default=2) ** 2
    return encoder(kind, tensors, trunk, patches=QWEN_TOKENS * merge, tokens=QWEN_TOKENS)


def glm_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """GLM-4.1V, GLM-4.5V and GLM-OCR: gated, a downsampling convolution, a gated merger."""
    ocr = sizes.text("model_type").startswith("glm_ocr")
    hidden, heads, layers = sizes.size("hidden_size"), sizes.size("num_heads"), sizes.size("depth")
    out = sizes.size("out_hidden_size", default=decoder.hidden)
    trunk = Trunk(hidden=hidden, intermediate=sizes.size("intermediate_size") if ocr else out, heads=heads, layers=layers)
    merger = 3 * out if ocr else sizes.size("intermediate_size")
    merge = sizes.size("spatial_merge_size", default=2)
    tensors = transformer_layers(
        trunk,
        qkv_bias=ocr,
        out_bias=ocr,
        mlp_bias=ocr,
        gated=True,
        norm_bias=False,
        extra=2 * (hidden // max(1, heads)) if ocr else 0,
    )
    tensors += patch_embedding(sizes, hidden, depth=2, bias=True) + blocks.vector(
        "visual.downsample", out * hidden * merge**2 + out
    )
    tensors += linears((out, out), bias=False) + blocks.norms(out, bias=True)
    tensors += blocks.feed_forward(out, merger, name="visual.merger")
    tensors += blocks.norms(hidden, 1 if ocr else 2)
    if not ocr:
        side = side_of(sizes, "image_size", 336) // side_of(sizes, "patch_size", 14)
        tensors += blocks.vector("visual.position_embedding", side * side * hidden)
    return encoder(
        "glm4v",
        tensors,
        trunk,
        patches=GLM_TOKENS * merge**2,
        tokens=GLM_TOKENS,
    )
