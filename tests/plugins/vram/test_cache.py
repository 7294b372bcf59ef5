"""The KV cache against logged pools and against hand calculations of vLLM's grouping."""

from dataclasses import replace
from typing import Any

import pytest

from lamplighter.domain.unknown import Unknown
from lamplighter.units import GIB
from lamplighter.vram.engine import EngineRun, resolved
from lamplighter.vram.estimate import estimate
from lamplighter.vram.kv.blocks import Pool, pool
from lamplighter.vram.kv.pages import layer_pages
from plugins.vram.engines import (
    DEEPSEEK_V3,
    GPT_OSS_120B,
    H100,
    LLAMA3_8B,
    QWEN3_8B,
    QWEN25_7B,
    QWEN36_35B,
    config,
    known,
)


def cut(described: dict[str, Any], run: EngineRun) -> Pool:
    """The pool of a run on one stage."""
    architecture = known(described)
    pages = layer_pages(architecture, run)
    assert not isinstance(pages, Unknown)
    return pool(pages, run, resolved(run, H100, architecture.positions))


@pytest.mark.parametrize(
    ("described", "tokens", "pool_gib"),
    [
        # "GPU KV cache size" against "Available KV cache memory" of public logs, one GPU.
        (LLAMA3_8B, 31232, 3.81),  # ~0.6.4 on an RTX 3090
        (LLAMA3_8B, 43296, 5.29),  # RTX A5000
        (QWEN25_7B, 34096, 1.82),  # A100-40GB
        (QWEN3_8B, 20272, 2.79),  # A10
    ],
)
def test_a_logged_cache_is_its_tokens_times_our_bytes(described: dict[str, Any], tokens: int, pool_gib: float) -> None:
    assert tokens * cut(described, EngineRun()).growing_token_bytes / GIB == pytest.approx(pool_gib, rel=0.005)


def test_bytes_of_a_token_by_hand() -> None:
    # Two (key, value) · 36 layers · 8 heads · 128 · 2 bytes; an fp8 cache has one byte; two ranks have half the heads.
    assert cut(QWEN3_8B, EngineRun()).growing_token_bytes == 147_456
    assert cut(QWEN3_8B, EngineRun(kv_cache_dtype="fp8")).growing_token_bytes == 73_728
    assert cut(QWEN3_8B, EngineRun(tensor_parallel=2)).growing_token_bytes == 73_728
    # int8 with a float32 scale a token, head, key and value: 36·8·(256 + 8).
    assert cut(QWEN3_8B, EngineRun(kv_cache_dtype="int8_per_token_head")).growing_token_bytes == 76_032


def test_a_latent_cache_is_whole_on_every_rank() -> None:
    # 61 layers · (512 + 64) · 2 bytes, as vLLM and SGLang log it, whatever the ranks.
    for ranks in (1, 8, 16):
        assert cut(DEEPSEEK_V3, EngineRun(tensor_parallel=ranks)).growing_token_bytes == 70_272


def test_a_sparse_index_keeps_its_own_key() -> None:
    # DeepSeek-V3.2: 132 bytes more a token and layer (128 in fp8 and a float32 scale).
    sparse = {**DEEPSEEK_V3, "model_type": "deepseek_v32", "index_n_heads": 64, "index_head_dim": 128}
    assert cut(sparse, EngineRun()).growing_token_bytes == 61 * (576 * 2 + 132)
    # In fp8 the latent has four float32 scales, and the rotated key stays in 16 bits: 512 + 16 + 128 = 656.
    assert cut(sparse, EngineRun(kv_cache_dtype="fp8")).growing_token_bytes == 61 * (656 + 132)


@pytest.mark.parametrize(
    ("version", "length", "pool_gib", "ranks", "concurrency"),
    [
        # Public logs of Qwen3.5/3.6-35B-A3B with an fp8 cache. A state of 2 146 304 bytes makes blocks of 2096 tokens; ten
        # attentions make the groups; two states of each of three groups beside ceil(length/2096) blocks.
        ((0, 17), 32768, 5.69, 1, 12.91),
        ((0, 24), 131072, 6.01, 1, 4.35),
        ((0, 25, 1), 262144, 16.58, 2, 12.56),
    ],
)
def test_requests_of_a_hybrid_as_logged(
    version: tuple[int, ...], length: int, pool_gib: float, ranks: int, concurrency: float
) -> None:
    run = EngineRun(version=version, max_model_len=length, kv_cache_dtype="fp8", tensor_parallel=ranks)
    found = cut(QWEN36_35B, run)
    assert found.block_tokens == 2096
    assert found.blocks(int(pool_gib * GIB)) / found.request_blocks == pytest.approx(concurrency, abs=0.005)


def test_sliding_layers_keep_their_window_and_one_batch() -> None:
    # gpt-oss: 18 full, 18 with a window of 128. Blocks of 16 tokens; 18 layers a group of 2·8·64·2 bytes a token.
    run = EngineRun(version=(0, 20), max_model_len=16384, max_num_batched_tokens=2048)
    found = cut(GPT_OSS_120B, run)
    assert found.block_bytes == 18 * 16 * 2048
    # 16384/16 blocks of the full group; ceil((127 + 2048)/16) + 1 of the other.
    assert found.request_blocks == 1024 + 137
    # From 0.28 on, two batches are in flight.
    assert cut(GPT_OSS_120B, replace(run, version=(0, 33))).request_blocks == 1024 + 265
    # Before 0.9.2 all 36 layers were kept whole.
    assert cut(GPT_OSS_120B, replace(run, version=(0, 8, 5))).growing_token_bytes == 36 * 2048


def test_heads_of_unequal_width_share_pages_of_the_larger() -> None:
    # Gemma 4 31B: sliding 16·(256+256)·2 = 16384 bytes a token, global 4·(512+512)·2 = 8192: its blocks hold twice the tokens.
    gemma = config(
        "gemma4_text",
        "12 5376 21504 32 16 256 262144 262144",
        sliding_window=1024,
        global_head_dim=512,
        num_global_key_value_heads=4,
        attention_k_eq_v=True,
        hidden_size_per_layer_input=0,
        layer_types=(["sliding_attention"] * 5 + ["full_attention"]) * 2,
    )
    run = EngineRun(version=(0, 22), max_model_len=65536, max_num_batched_tokens=2048)
    found = cut(gemma, run)
    assert found.block_bytes == 2 * 16 * 16384
    # Two global layers make the groups: ceil(65536/32), and five groups of ceil((1023 + 2048)/16) + 1.
    assert found.request_blocks == 2048 + 5 * 193


def test_a_checkpoint_may_switch_on_eight_bits() -> None:
    scheme = {"quant_method": "modelopt", "quant_algo": "NVFP4", "kv_cache_scheme": {"num_bits": 8, "type": "float"}}
    assert cut({**QWEN3_8B, "quantization_config": scheme}, EngineRun()).growing_token_bytes == 73_728


def test_an_unknown_cache_format_is_unknown() -> None:
    found = estimate(known(QWEN3_8B), EngineRun(kv_cache_dtype="turboquant_3bit_nc"), H100)
    assert isinstance(found, Unknown)
    assert "turboquant_3bit_nc" in found.reason
