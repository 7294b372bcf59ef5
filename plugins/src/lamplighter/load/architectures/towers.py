"""Towers beside a decoder: what sees pictures, and the projector that turns what it saw into tokens.

`tokens` of an encoder is the largest picture that the model's processor lets through, as vLLM's trial run takes it; `patches`
is what the tower sees of it. Published checkpoints never pack towers, so their tensors are none that a quantisation takes.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from ...domain.llm import Cut, Encoder, Tensor, Use
from . import blocks
from .decoder import Decoder
from .sizes import Sizes

#: Largest pictures in tokens of the decoder (preprocessor_config.json of the published models): Qwen2-VL and later 12,845,056
#: pixels of 28 x 28; GLM-4V 9,633,792; Kimi 16,384 patches; InternVL twelve tiles and a thumbnail; Llama 4 sixteen and one.
QWEN_TOKENS = 16384
GLM_TOKENS = 12288
KIMI_TOKENS = 4096
INTERN_TILES = 13
LLAMA4_TILES = 17
SMOLVLM_TILES = 17
LLAVA_NEXT_TILES = 5

Tower = Callable[[Sizes, Decoder], Encoder]


def transformer_layers(
    *,
    hidden: int,
    intermediate: int,
    count: int,
    heads: int,
    qkv_bias: bool,
    out_bias: bool,
    mlp_bias: bool,
    gated: bool = False,
    norm_bias: bool = True,
    norms: int = 2,
    extra: int = 0,
) -> list[Tensor]:
    """`count` equal layers; `extra` numbers more in each (scales, norms of heads)."""
    attended = blocks.attention(
        hidden=hidden,
        heads=max(1, heads),
        kv_heads=max(1, heads),
        head_dim=hidden // max(1, heads),
        qkv_bias=qkv_bias,
        out_bias=out_bias,
        name="vision_tower.self_attn",
    )
    one = [*attended.tensors, *blocks.feed_forward(hidden, intermediate, gated=gated, bias=mlp_bias, name="vision_tower.mlp")]
    one += blocks.norms(hidden, norms, bias=norm_bias) + blocks.vector("vision_tower.extra", extra)
    return one * count


def linears(*pairs: tuple[int, int], bias: bool = True) -> list[Tensor]:
    """Matrices of a projector, which every rank holds."""
    tensors: list[Tensor] = []
    for number, (inputs, outputs) in enumerate(pairs):
        tensors += blocks.linear(f"projector.linear_{number}", inputs, outputs, bias=bias, cut=Cut.WHOLE)
    return tensors


def encoder(kind: str, tensors: list[Tensor], sizes: Sizes, **facts: int | None) -> Encoder:
    """With the sizes of its layers; its tensors are marked as never packed."""
    return Encoder(
        kind=kind,
        tensors=tuple(replace(tensor, use=Use.OTHER) for tensor in tensors),
        hidden=facts.get("hidden") or 0,
        intermediate=facts.get("intermediate") or 0,
        heads=facts.get("heads") or 0,
        layers=facts.get("layers") or 0,
        patches=facts.get("patches"),
        tokens=facts.get("tokens"),
    )


def positions_table(numbers: int) -> list[Tensor]:
    """Learned positions of patches."""
    return blocks.vector("vision_tower.position_embedding", numbers)


def _side(sizes: Sizes, key: str, default: int) -> int:
    """A size that some configs say as a pair."""
    listed = sizes.listed(key)
    return int(listed[0]) if listed and isinstance(listed[0], int) else sizes.size(key, default=default)


def qwen2_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Qwen2-VL."""
    hidden = sizes.size("embed_dim", default=1280)
    intermediate = hidden * sizes.size("mlp_ratio", default=4)
    heads, layers = sizes.size("num_heads", default=16), sizes.size("depth", default=32)
    merged = hidden * sizes.size("spatial_merge_size", default=2) ** 2
    tensors = transformer_layers(
        hidden=hidden, intermediate=intermediate, count=layers, heads=heads, qkv_bias=True, out_bias=True, mlp_bias=True
    )
    tensors += _patches(sizes, hidden, depth=2) + blocks.norms(hidden, bias=True)
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
    tensors += _patches(sizes, hidden, depth=2) + blocks.norms(hidden)
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
    tensors += _patches(sizes, hidden, depth=2, bias=True, patch=16)
    tensors += blocks.vector("vision_tower.pos_embed", sizes.size("num_position_embeddings", default=2304) * hidden)
    tensors += blocks.norms(hidden, bias=True) + linears((merged, merged), (merged, out))
    for _index in sizes.listed("deepstack_visual_indexes"):
        tensors += blocks.norms(merged, bias=True) + linears((merged, merged), (merged, out))
    return _qwen("qwen3_vl", tensors, sizes, hidden=hidden, intermediate=intermediate, heads=heads, layers=layers)


def _patches(sizes: Sizes, hidden: int, *, depth: int, bias: bool = False, patch: int = 14) -> list[Tensor]:
    """The convolution over a patch; `depth` frames of a film together."""
    side = _side(sizes, "patch_size", patch)
    channels = sizes.size("in_channels", "num_channels", "in_chans", default=3)
    frames = sizes.size("temporal_patch_size", default=depth) if depth > 1 else 1
    numbers = hidden * channels * frames * side * side
    return blocks.vector("vision_tower.patch_embed", numbers + (hidden if bias else 0))


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
    tensors += _patches(sizes, hidden, depth=2, bias=True) + blocks.vector("visual.downsample", out * hidden * merge**2 + out)
    tensors += linears((out, out), bias=False) + blocks.norms(out, bias=True)
    tensors += blocks.feed_forward(out, merger, name="visual.merger")
    tensors += blocks.norms(hidden, 1 if ocr else 2)
    if not ocr:
        side = _side(sizes, "image_size", 336) // _side(sizes, "patch_size", 14)
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


def siglip(sizes: Sizes, decoder: Decoder, *, tokens: int | None, tiles: int, projector: list[Tensor]) -> Encoder:
    """SigLIP without its pooling head, which no decoder reads. Sizes left out are those of so400m where `siglip` is named."""
    hidden, intermediate = sizes.size("hidden_size"), sizes.size("intermediate_size")
    heads, layers = sizes.size("num_attention_heads"), sizes.size("num_hidden_layers")
    positions = (_side(sizes, "image_size", 224) // _side(sizes, "patch_size", 16)) ** 2
    tensors = transformer_layers(
        hidden=hidden, intermediate=intermediate, count=layers, heads=heads, qkv_bias=True, out_bias=True, mlp_bias=True
    )
    tensors += _patches(sizes, hidden, depth=1, bias=True, patch=16) + blocks.vector(
        "vision_tower.position_embedding", positions * hidden
    )
    tensors += blocks.norms(hidden, bias=True) + projector
    return encoder(
        "siglip",
        tensors,
        sizes,
        hidden=hidden,
        intermediate=intermediate,
        heads=heads,
        layers=layers,
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
    side = _side(sizes, "image_size", 224) // _side(sizes, "patch_size", 14)
    return siglip(sizes, decoder, tokens=side * side, tiles=1, projector=linears((hidden, decoder.hidden)))


def smolvlm_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Idefics3 and SmolVLM: SigLIP on tiles, pixels shuffled by four."""
    hidden, scale = sizes.size("hidden_size"), sizes.size("_scale_factor", default=4)
    side = _side(sizes, "image_size", 224) // _side(sizes, "patch_size", 32)
    projector = linears((hidden * scale * scale, decoder.hidden), bias=False)
    tokens = SMOLVLM_TILES * side * side // max(1, scale * scale)
    return siglip(sizes, decoder, tokens=tokens, tiles=SMOLVLM_TILES, projector=projector)


def clip(sizes: Sizes, decoder: Decoder, *, tiles: int, more: int = 0) -> Encoder:
    """CLIP with LLaVA's two matrices."""
    hidden, intermediate = sizes.size("hidden_size"), sizes.size("intermediate_size")
    heads, layers = sizes.size("num_attention_heads"), sizes.size("num_hidden_layers")
    positions = (_side(sizes, "image_size", 336) // _side(sizes, "patch_size", 14)) ** 2
    tensors = transformer_layers(
        hidden=hidden, intermediate=intermediate, count=layers, heads=heads, qkv_bias=True, out_bias=True, mlp_bias=True
    )
    tensors += _patches(sizes, hidden, depth=1) + positions_table((positions + 2) * hidden)
    tensors += blocks.norms(hidden, 2, bias=True) + linears((hidden, decoder.hidden), (decoder.hidden, decoder.hidden))
    tensors += blocks.vector("image_newline", more)
    return encoder(
        "clip",
        tensors,
        sizes,
        hidden=hidden,
        intermediate=intermediate,
        heads=heads,
        layers=layers,
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
    hidden, intermediate = sizes.size("hidden_size", default=1024), sizes.size("intermediate_size", default=4096)
    heads, layers = sizes.size("num_attention_heads", default=16), sizes.size("num_hidden_layers", default=24)
    side = _side(sizes, "image_size", 1024) // _side(sizes, "patch_size", 16)
    tensors = transformer_layers(
        hidden=hidden,
        intermediate=intermediate,
        count=layers,
        heads=heads,
        qkv_bias=False,
        out_bias=False,
        mlp_bias=False,
        gated=True,
        norm_bias=False,
    )
    tensors += _patches(sizes, hidden, depth=1, patch=16) + blocks.norms(hidden) + projector
    return encoder(
        "pixtral",
        tensors,
        sizes,
        hidden=hidden,
        intermediate=intermediate,
        heads=heads,
        layers=layers,
        patches=side * side,
        tokens=side * side // merge**2,
    )


def intern_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """InternVL: tiles of 448 pixels, pixels shuffled by two."""
    hidden, intermediate = sizes.size("hidden_size", default=1024), sizes.size("intermediate_size", default=4096)
    heads, layers = sizes.size("num_attention_heads", default=16), sizes.size("num_hidden_layers", default=24)
    positions = (_side(sizes, "image_size", 448) // _side(sizes, "patch_size", 14)) ** 2
    # The older files say qkv_bias, the newer attention_bias.
    bias = sizes.flag("attention_bias", "qkv_bias")
    tensors = transformer_layers(
        hidden=hidden,
        intermediate=intermediate,
        count=layers,
        heads=heads,
        qkv_bias=bias,
        out_bias=True,
        mlp_bias=True,
        norm_bias=sizes.text("norm_type", default="layer_norm") != "rms_norm",
        extra=2 * hidden + (2 * hidden if sizes.flag("use_qk_norm", "qk_normalization") else 0),
    )
    merged = 4 * hidden
    tensors += _patches(sizes, hidden, depth=1, bias=True) + blocks.vector(
        "vision_tower.position_embedding", (positions + 2) * hidden
    )
    tensors += blocks.norms(merged, bias=True) + linears((merged, decoder.hidden), (decoder.hidden, decoder.hidden))
    return encoder(
        "internvl",
        tensors,
        sizes,
        hidden=hidden,
        intermediate=intermediate,
        heads=heads,
        layers=layers,
        patches=positions * INTERN_TILES,
        tokens=positions // 4 * INTERN_TILES,
    )


def llama4_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Llama 4: tiles of 336 pixels, an adapter, and one matrix."""
    hidden, intermediate = sizes.size("hidden_size"), sizes.size("intermediate_size")
    heads, layers = sizes.size("num_attention_heads"), sizes.size("num_hidden_layers")
    side, patch = _side(sizes, "image_size", 336), _side(sizes, "patch_size", 14)
    positions = (side // patch) ** 2
    wide, out = sizes.size("projector_input_dim", default=4096), sizes.size("projector_output_dim", default=4096)
    tensors = transformer_layers(
        hidden=hidden, intermediate=intermediate, count=layers, heads=heads, qkv_bias=True, out_bias=True, mlp_bias=True
    )
    tensors += _patches(sizes, hidden, depth=1) + blocks.vector("vision_model.positions", (positions + 2) * hidden)
    tensors += blocks.norms(hidden, 2, bias=True)
    tensors += linears((intermediate, wide), (wide, out), (sizes.size("vision_output_dim"), decoder.hidden), bias=False)
    return encoder(
        "llama4",
        tensors,
        sizes,
        hidden=hidden,
        intermediate=intermediate,
        heads=heads,
        layers=layers,
        patches=positions * LLAMA4_TILES,
        tokens=positions // 4 * LLAMA4_TILES,
    )


def gemma4_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Gemma 4: gated, four norms, keys' and queries' norms, pooled to at most 280 tokens unless told otherwise."""
    hidden, intermediate = sizes.size("hidden_size"), sizes.size("intermediate_size")
    heads, layers = sizes.size("num_attention_heads"), sizes.size("num_hidden_layers")
    tokens, pool = (
        sizes.size("image_seq_length", "default_output_length", default=280),
        sizes.size("pooling_kernel_size", default=3),
    )
    standard = 2 * hidden if sizes.flag("standardize") else 0
    tensors = transformer_layers(
        hidden=hidden,
        intermediate=intermediate,
        count=layers,
        heads=heads,
        qkv_bias=False,
        out_bias=False,
        mlp_bias=False,
        gated=True,
        norm_bias=False,
        norms=4,
        extra=2 * sizes.size("head_dim", default=hidden // max(1, heads)),
    )
    tensors += blocks.vector(
        "vision_tower.position_embedding", 2 * sizes.size("position_embedding_size", default=10240) * hidden
    )
    tensors += _patches(sizes, hidden, depth=1, patch=16) + blocks.vector("vision_tower.standard", standard)
    tensors += linears((hidden, decoder.hidden), bias=False)
    return encoder(
        "gemma4",
        tensors,
        sizes,
        hidden=hidden,
        intermediate=intermediate,
        heads=heads,
        layers=layers,
        patches=tokens * pool * pool,
        tokens=tokens,
    )


def kimi_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Kimi-VL's and Kimi K2.5's MoonViT; the newer config puts `vt_` before the keys."""
    hidden = sizes.size("vt_hidden_size", "hidden_size", default=1152)
    intermediate = sizes.size("vt_intermediate_size", "intermediate_size", default=4304)
    heads = sizes.size("vt_num_attention_heads", "num_attention_heads", default=16)
    layers = sizes.size("vt_num_hidden_layers", "num_hidden_layers", default=27)
    height, width = sizes.size("init_pos_emb_height", default=64), sizes.size("init_pos_emb_width", default=64)
    merged = 4 * hidden
    tensors = transformer_layers(
        hidden=hidden, intermediate=intermediate, count=layers, heads=heads, qkv_bias=True, out_bias=True, mlp_bias=True
    )
    tensors += _patches(sizes, hidden, depth=1, bias=True) + blocks.vector("vision_tower.pos_emb", height * width * hidden)
    tensors += blocks.norms(hidden, 2, bias=True) + linears((merged, merged), (merged, decoder.hidden))
    return encoder(
        "kimi_vl",
        tensors,
        sizes,
        hidden=hidden,
        intermediate=intermediate,
        heads=heads,
        layers=layers,
        patches=4 * KIMI_TOKENS,
        tokens=KIMI_TOKENS,
    )


#: Top model_type of a config to the tower that its `vision_config` describes.
TOWERS: Mapping[str, Tower] = {
    "qwen2_vl": qwen2_vision,
    "qwen2_5_vl": qwen25_vision,
    "qwen2_5_omni_thinker": qwen25_vision,
    "qwen3_vl": qwen3_vision,
    "qwen3_vl_moe": qwen3_vision,
    "qwen3_5": qwen3_vision,
    "qwen3_5_moe": qwen3_vision,
    "glm4v": glm_vision,
    "glm46v": glm_vision,
    "glm4v_moe": glm_vision,
    "glm_ocr": glm_vision,
    "gemma3": gemma3_vision,
    "shieldgemma2": gemma3_vision,
    "gemma4": gemma4_vision,
    "paligemma": paligemma_vision,
    "idefics3": smolvlm_vision,
    "smolvlm": smolvlm_vision,
    "llava": llava_vision,
    "llava_next": llava_next_vision,
    "pixtral": pixtral_vision,
    "mistral3": mistral3_vision,
    "lighton_ocr": mistral3_vision,
    "internvl": intern_vision,
    "internvl_chat": intern_vision,
    "llama4": llama4_vision,
    "kimi_vl": kimi_vision,
    "kimi_k25": kimi_vision,
}
