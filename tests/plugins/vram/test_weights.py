"""Bytes of loaded weights against what published logs of vLLM say, and against hand calculations."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter.domain.llm import Quantization, Tensor
from lamplighter.units import GIB, MIB
from lamplighter.vram.engine import EngineRun
from lamplighter.vram.estimate import Estimate, estimate
from lamplighter.vram.packing import excluded, packed_bytes
from lamplighter.vram.weights import allocated_bytes, rank_weight_bytes, ranks
from plugins.vram.engines import (
    DEEPSEEK_V3,
    GPT_OSS_120B,
    H100,
    LLAMA3_8B,
    LLAMA3_70B,
    OPT_125M,
    QWEN3_8B,
    QWEN3_32B,
    QWEN25_7B,
    QWEN25_32B,
    RTX_5090,
    config,
    counted,
    known,
)

QWEN3_30B_A3B = config(
    "qwen3_moe", "48 2048 6144 32 4 128 151936 40960", num_experts=128, num_experts_per_tok=8, moe_intermediate_size=768
)
FP8_BLOCKS = {"quant_method": "fp8", "weight_block_size": [128, 128]}
W8A8 = {
    "quant_method": "compressed-tensors",
    "config_groups": {"group_0": {"weights": {"num_bits": 8, "type": "int", "strategy": "channel"}, "targets": ["Linear"]}},
    "ignore": ["lm_head"],
}


@pytest.mark.parametrize(
    ("described", "run", "measured_gib"),
    [
        # "Model loading took … GiB" of public logs; the rotation tables are in it (131072 x 128 x 2 bytes for Llama 3.1).
        (LLAMA3_8B, EngineRun(), 14.9888),
        ({**LLAMA3_8B, "max_position_embeddings": 8192}, EngineRun(), 14.9595),
        (QWEN3_8B, EngineRun(), 15.27),
        (QWEN3_32B, EngineRun(), 61.03),
        # 0.05 GiB of it is what PyTorch's allocator rounds up.
        (QWEN25_7B, EngineRun(), 14.2488),
        ({**LLAMA3_70B, "quantization_config": W8A8}, EngineRun(), 67.7229),
        ({**LLAMA3_70B, "quantization_config": FP8_BLOCKS}, EngineRun(tensor_parallel=2), 33.88),
        (QWEN3_30B_A3B, EngineRun(tensor_parallel=4), 14.2474),
        ({**DEEPSEEK_V3, "quantization_config": FP8_BLOCKS}, EngineRun(tensor_parallel=8), 79.74),
    ],
)  # fmt: skip
def test_weights_are_within_half_a_percent_of_a_logged_load(
    described: dict[str, Any], run: EngineRun, measured_gib: float
) -> None:
    assert counted(described, run).weights_bytes / GIB == pytest.approx(measured_gib, rel=0.005)


@pytest.mark.parametrize(
    ("card", "measured_gib"),
    [
        # gpt-oss-120b: Triton's kernel on an H100 (0.11 and 0.14), Marlin's elsewhere (0.10.1); each pads in its own way.
        (H100, 64.38),
        (RTX_5090, 65.97),
    ],
)
def test_mxfp4_experts_are_padded_for_the_cards_kernel(card: Any, measured_gib: float) -> None:
    assert counted(GPT_OSS_120B, EngineRun(max_model_len=8192), card).weights_bytes / GIB == pytest.approx(
        measured_gib, rel=0.005
    )


def test_awq_weights_by_hand() -> None:
    # 36·(4096·6144 + 4096·4096 + 3·4096·12288) = 6 945 767 424 elements of 4 bits; each 128 share 20 bits.
    # 1 244 967 936 others of 2 bytes, 40960·128·2 bytes of rotations. A public run with Qwen/Qwen3-8B-AWQ says 5.71 GiB.
    computed = counted(QWEN3_8B, EngineRun(), quantization="awq").weights_bytes
    by_hand = 6_945_767_424 * (4 + 20 / 128) / 8 + 1_244_967_936 * 2 + 40960 * 128 * 2
    assert computed == pytest.approx(by_hand, rel=0.002)  # the allocator's rounding
    assert computed / GIB == pytest.approx(5.71, rel=0.01)


def test_the_allocator_keeps_what_it_does_not_split_off() -> None:
    # CUDACachingAllocator.cpp: 95 MiB are taken as 96, for one MiB over is not split; 20.5 MiB as 20.5 of 22, for 1.5 are.
    assert allocated_bytes(95 * MIB) == 96 * MIB
    assert allocated_bytes(20 * MIB + MIB // 2) == 20 * MIB + MIB // 2
    assert allocated_bytes(100) == 512


def test_key_heads_are_repeated_where_there_are_fewer_than_ranks() -> None:
    # 4 key heads of 128 on 8 ranks: a rank holds one, so keys and values take twice their share.
    few = config("llama", "1 4096 128 32 4 128 1024 16")
    alone, eighth = (counted(few, EngineRun(tensor_parallel=ranks_)).weights_bytes for ranks_ in (1, 8))
    keys_and_values = 2 * 4 * 128 * 4096 * 2
    assert 8 * eighth - alone == pytest.approx(keys_and_values, abs=2 * MIB)  # norms and rotations are repeated too


def test_pipeline_stages_hold_the_ends_and_the_middle_gets_what_is_left() -> None:
    # utils.get_pp_indices: 61 layers on 4 stages are 15 15 16 15.
    stages = ranks(known(DEEPSEEK_V3), 4)
    assert [len(stage.layers) for stage in stages] == [15, 15, 16, 15]
    assert [stage.first for stage in stages] == [True, False, False, False]
    assert [stage.last for stage in stages] == [False, False, False, True]


def test_expert_parallelism_divides_the_same_weights_otherwise() -> None:
    cut, whole = (
        counted(DEEPSEEK_V3, EngineRun(tensor_parallel=8, expert_parallel=spread)).weights_bytes for spread in (False, True)
    )
    assert cut == pytest.approx(whole, rel=0.001)


def test_files_that_say_their_bytes_are_believed() -> None:
    architecture = known(LLAMA3_8B)
    halved = estimate(architecture, EngineRun(tensor_parallel=2), H100, weights_bytes=16_060_522_496)
    assert isinstance(halved, Estimate)
    assert halved.weights_bytes == pytest.approx(16_060_522_496 / 2, rel=0.01)


@pytest.mark.parametrize(
    ("pattern", "name", "layer", "taken"),
    [
        # Kimi K2's own list, Qwen3-FP8's, ModelOpt's, and plain words of AWQ files.
        ("re:.*self_attn.*", "self_attn.q_proj", 3, True),
        ("re:.*mlp\\.(gate|up|gate_up|down)_proj.*", "mlp.experts.up_proj", 3, False),
        ("model.layers.0.mlp.gate", "mlp.gate", 0, True),
        ("model.layers.0.mlp.gate", "mlp.gate_proj", 0, False),
        ("model.layers.1.mlp", "mlp.gate_proj", 10, False),
        ("model.language_model.layers.11.self_attn*", "self_attn.o_proj", 11, True),
        ("lm_head", "lm_head", None, True),
        ("visual", "self_attn.q_proj", 1, False),
        ("re:(", "self_attn.q_proj", 1, False),
    ],
)
def test_a_list_of_modules_left_out_names_just_those(pattern: str, name: str, layer: int | None, taken: bool) -> None:
    assert excluded(name, [pattern], layer=layer) is taken


@given(st.integers(1, 512), st.integers(1, 512), st.sampled_from([0, 16, 32, 64, 128]), st.integers(1, 4))
def test_packing_never_takes_less_than_its_bits(inputs: int, outputs: int, group: int, copies: int) -> None:
    tensor = Tensor(name="q_proj", inputs=inputs * 8, outputs=outputs, copies=copies)
    packed = packed_bytes(tensor, Quantization(method="awq", bits=4, group=group, scale_bits=16))
    assert (
        tensor.elements * 4 // 8
        <= packed
        <= tensor.elements * 4 // 8 + 2 * copies * outputs * (1 + inputs * 8 // max(1, group or 8))
    )


@given(st.sampled_from([OPT_125M, LLAMA3_8B, QWEN25_32B, DEEPSEEK_V3, GPT_OSS_120B]), st.sampled_from([1, 2, 4]), st.booleans())
def test_more_ranks_never_mean_more_weights_on_one(described: dict[str, Any], ranks_: int, spread: bool) -> None:
    architecture = known(described)
    (alone,) = ranks(architecture, 1)
    run = EngineRun(tensor_parallel=ranks_, expert_parallel=spread)
    more = replace(run, tensor_parallel=2 * ranks_)
    # What the allocator rounds up is at most a MiB for each of a layer's tensors.
    rounding = len(architecture.layers) * 4 * MIB
    assert rank_weight_bytes(architecture, alone, more, H100) <= rank_weight_bytes(architecture, alone, run, H100) + rounding
