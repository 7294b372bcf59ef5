"""Towers of any picture size whose patches are merged two by two: Qwen-VL's and GLM-V's."""

from ....domain.llm import Encoder, Tensor
from .. import blocks
from ..decoder import Decoder
from ..sizes import Sizes
from .parts import encoder, linears, patch_embedding, side_of, transformer_layers

#: Largest pictures in tokens of the decoder (preprocessor_config.json of the published models): Qwen2-VL and later 12,845,056
#: pixels of 28 x 28; GLM-4V 9,633,792.
QWEN_TOKENS = 16384
GLM_TOKENS = 12288


def qwen2_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Qwen2-VL."""
    hidden = sizes.size("embed_dim", default=1280)
    intermediate = hidden * sizes.size("mlp_ratio", default=4)
    heads, layers = sizes.size("num_heads", default=16), sizes.size("depth", default=32)
    merged = hidden * sizes.size("spatial_merge_size", default=2) ** 2
    tensors = transformer_layers(
        hidden=hidden, intermediate=intermediate, count=layers, heads=heads, qkv_bias=True, out_bias=True, mlp_bias=True
    )
    tensors += patch_embedding(sizes, hidden, depth=2) + blocks.norms(hidden, bias=True)
    tensors += linears((merged, merged), (merged, sizes.size("hidden_size", default=decoder.hidden)))
    return _qwen("qwen2_vl", tensors, sizes, hidden=hidden, intermediate=intermediate, heads=heads, layers=layers)


def qwen25_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Qwen2.5-VL: gated, RMS norms."""
    hidden, intermediate = sizes.size("hidden_size", default=1280), sizes.size("intermediate_size", default=3420)
    heads, layers = sizes.size("num_heads", default=16), sizes.size("depth", default=32)
    merged = hidden * sizes.size("spatial_merge_size", default=2) ** 2
    tensors = transformer_layers(
        hidden=hidden,
        intermediate=intermediate,
        count=layers,
        heads=heads,
        qkv_bias=True,
        out_bias=True,
        mlp_bias=True,
        gated=True,
        norm_bias=False,
    )
    tensors += patch_embedding(sizes, hidden, depth=2) + blocks.norms(hidden)
    tensors += linears((merged, merged), (merged, sizes.size("out_hidden_size", default=decoder.hidden)))
    return _qwen("qwen2_5_vl", tensors, sizes, hidden=hidden, intermediate=intermediate, heads=heads, layers=layers)


def qwen3_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Qwen3-VL, Qwen3.5: positions, and a merger more for each layer that is handed down deep."""
    hidden, intermediate = sizes.size("hidden_size", default=1152), sizes.size("intermediate_size", default=4304)
    heads, layers = sizes.size("num_heads", default=16), sizes.size("depth", default=27)
    merged, out = (
        hidden * sizes.size("spatial_merge_size", default=2) ** 2,
        sizes.size("out_hidden_size", default=decoder.hidden),
    )
    tensors = transformer_layers(
        hidden=hidden, intermediate=intermediate, count=layers, heads=heads, qkv_bias=True, out_bias=True, mlp_bias=True
    )
    tensors += patch_embedding(sizes, hidden, depth=2, bias=True, patch=16)
    tensors += blocks.vector("vision_tower.pos_embed", sizes.size("num_position_embeddings", default=2304) * hidden)
    tensors += blocks.norms(hidden, bias=True) + linears((merged, merged), (merged, out))
    for _index in sizes.listed("deepstack_visual_indexes"):
        tensors += blocks.norms(merged, bias=True) + linears((merged, merged), (merged, out))
    return _qwen("qwen3_vl", tensors, sizes, hidden=hidden, intermediate=intermediate, heads=heads, layers=layers)


def _qwen(kind: str, tensors: list[Tensor], sizes: Sizes, **facts: int) -> Encoder:
    merge = sizes.size("spatial_merge_size", default=2) ** 2
    return encoder(
        kind,
        tensors,
        sizes,
        patches=QWEN_TOKENS * merge,
        tokens=QWEN_TOKENS,
        **facts,
    )


def glm_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """GLM-4.1V, GLM-4.5V and GLM-OCR: gated, a downsampling convolution, a gated merger."""
    ocr = sizes.text("model_type").startswith("glm_ocr")
    hidden, heads, layers = sizes.size("hidden_size"), sizes.size("num_heads"), sizes.size("depth")
    out = sizes.size("out_hidden_size", default=decoder.hidden)
    inner = sizes.size("intermediate_size") if ocr else out
    merger = 3 * out if ocr else sizes.size("intermediate_size")
    merge = sizes.size("spatial_merge_size", default=2)
    tensors = transformer_layers(
        hidden=hidden,
        intermediate=inner,
        count=layers,
        heads=heads,
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
        sizes,
        hidden=hidden,
        intermediate=inner,
        heads=heads,
        layers=layers,
        patches=GLM_TOKENS * merge**2,
        tokens=GLM_TOKENS,
    )
