"""Towers with learned positions over a grid whose output is pooled: Gemma 4's, and Kimi's MoonViT."""

from ....domain.llm import Encoder
from .. import blocks
from ..decoder import Decoder
from ..sizes import Sizes
from .parts import Trunk, encoder, linears, patch_embedding, transformer_layers, trunk_of

#: Largest picture in tokens of the decoder (preprocessor_config.json): Kimi 16,384 patches.
KIMI_TOKENS = 4096


def gemma4_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Gemma 4: gated, four norms, keys' and queries' norms, pooled to at most 280 tokens unless told otherwise."""
    trunk = trunk_of(sizes)
    hidden = trunk.hidden
    tokens, pool = (
        sizes.size("image_seq_length", "default_output_length", default=280),
        sizes.size("pooling_kernel_size", default=3),
    )
    standard = 2 * hidden if sizes.flag("standardize") else 0
    tensors = transformer_layers(
        trunk,
        qkv_bias=False,
        out_bias=False,
        mlp_bias=False,
        gated=True,
        norm_bias=False,
        norms=4,
        extra=2 * sizes.size("head_dim", default=hidden // max(1, trunk.heads)),
    )
    tensors += blocks.vector(
        "vision_tower.position_embedding", 2 * sizes.size("position_embedding_size", default=10240) * hidden
    )
    tensors += patch_embedding(sizes, hidden, depth=1, patch=16) + blocks.vector("vision_tower.standard", standard)
    tensors += linears((hidden, decoder.hidden), bias=False)
    return encoder(
        "gemma4",
        tensors,
        trunk,
        patches=tokens * pool * pool,
        tokens=tokens,
    )


def kimi_vision(sizes: Sizes, decoder: Decoder) -> Encoder:
    """Kimi-VL's and Kimi K2.5's MoonViT; the newer config puts `vt_` before the keys."""
    trunk = Trunk(
        hidden=sizes.size("vt_hidden_size", "hidden_size", default=1152),
        intermediate=sizes.size("vt_intermediate_size", "intermediate_size", default=4304),
        heads=sizes.size("vt_num_attention_heads", "num_attention_heads", default=16),
        layers=sizes.size("vt_num_hidden_layers", "num_hidden_layers", default=27),
    )
    hidden = trunk.hidden
    height, width = sizes.size("init_pos_emb_height", default=64), sizes.size("init_pos_emb_width", default=64)
    merged = 4 * hidden
    tensors = transformer_layers(trunk, qkv_bias=True, out_bias=True, mlp_bias=True)
    tensors += patch_embedding(sizes, hidden, depth=1, bias=True) + blocks.vector(
        "vision_tower.pos_emb", height * width * hidden
    )
    tensors += blocks.norms(hidden, 2, bias=True) + linears((merged, merged), (merged, decoder.hidden))
    return encoder(
        "kimi_vl",
        tensors,
        trunk,
        patches=4 * KIMI_TOKENS,
        tokens=KIMI_TOKENS,
    )
