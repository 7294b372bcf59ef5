"""The sum against published runs, and what must hold of every sum."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lamplighter.domain.deployment import EngineSettings
from lamplighter.domain.gpu import GpuChip
from lamplighter.domain.model import Model
from lamplighter.domain.unknown import Unknown
from lamplighter.units import GIB, MIB
from lamplighter.vram.engine import Card, EngineRun, parse_version, resolved
from lamplighter.vram.estimate import Estimate, estimate
from lamplighter.vram.fit import fits, largest_fit
from lamplighter.vram.llamacpp import LlamaCpp, estimate_llamacpp
from lamplighter.vram.seating import DRIVER_KEEPS_BYTES, Needs, card_of, engine_estimate
from lamplighter.vram.verdict import Verdict
from plugins.vram.engines import (
    A10,
    DEEPSEEK_V3,
    GPT_OSS_120B,
    H100,
    LLAMA3_8B,
    LLAMA3_70B,
    OPT_125M,
    QWEN3_8B,
    QWEN3_32B,
    QWEN36_35B,
    RTX_5090,
    T4,
    config,
    counted,
    known,
)

V011 = EngineRun(version=(0, 11), memory_fraction=0.9, max_model_len=16000)


@pytest.mark.parametrize(
    ("described", "run", "card", "activation_gib"),
    [
        # Peaks of the dummy run in published debug logs: 0.11.0 on an H100 (1024 sequences), 0.6.6 for OPT-125m (256).
        (LLAMA3_8B, V011, H100, 4.76),
        (QWEN3_32B, V011, H100, 5.64),
        (LLAMA3_70B, replace(V011, tensor_parallel=2), H100, 4.84),
        (OPT_125M, EngineRun(version=(0, 6, 6), memory_fraction=0.9), A10, 0.46),
    ],
)
def test_activation_is_the_logged_one(described: dict[str, Any], run: EngineRun, card: Card, activation_gib: float) -> None:
    assert counted(described, run, card).activation_bytes / GIB == pytest.approx(activation_gib, rel=0.03)


@pytest.mark.parametrize(
    ("described", "run", "card", "cache_gib"),
    [
        (LLAMA3_8B, V011, H100, 51.38),
        (QWEN3_32B, V011, H100, 4.45),
        (LLAMA3_70B, replace(V011, tensor_parallel=2), H100, 32.0),
    ],
)
def test_the_cache_gets_what_the_log_says(described: dict[str, Any], run: EngineRun, card: Card, cache_gib: float) -> None:
    packing = {"quant_method": "fp8"} if described is LLAMA3_70B else None
    shown = {**described, "quantization_config": packing} if packing else described
    found = counted(shown, run, card)
    assert found.cache_bytes / GIB == pytest.approx(cache_gib, abs=0.5)
    assert abs(found.cache_bytes / GIB - cache_gib) * GIB <= found.error_bytes


def test_a_run_that_ran_out_of_memory_is_not_said_to_fit() -> None:
    # Published: Llama-3.3-70B in fp8 on one H100 with 0.11.0 had -1.44 GiB left.
    found = counted({**LLAMA3_70B, "quantization_config": {"quant_method": "fp8"}}, V011, H100)
    assert found.verdict is Verdict.DOES_NOT_FIT
    assert found.cache_bytes < 0
    assert found.kv_tokens == 0


def test_what_fits_by_less_than_the_error_is_tight() -> None:
    # Qwen3-8B in AWQ on a T4: every request of 8192 tokens adds 1.125 GiB, and 0.9 of 14.56 GiB is 13.1.
    awq = known(QWEN3_8B, "awq")
    verdicts = []
    for concurrency in range(4, 9):
        run = EngineRun(max_model_len=8192, max_num_seqs=concurrency, concurrency=concurrency, memory_fraction=0.9)
        found = estimate(awq, run, T4)
        assert isinstance(found, Estimate)
        verdicts.append(found.verdict)
    assert verdicts == [Verdict.FITS, Verdict.FITS, Verdict.TIGHT, Verdict.DOES_NOT_FIT, Verdict.DOES_NOT_FIT]


def test_defaults_are_those_of_the_version_and_the_card() -> None:
    def settings(version: str, card: Card) -> tuple[int, int, float]:
        parsed = parse_version(version)
        assert parsed
        found = resolved(EngineRun(version=parsed, max_model_len=32768), card, None)
        return found.max_num_seqs, found.max_num_batched_tokens, found.memory_fraction

    a100, b200 = Card(key="a100-80", memory_bytes=79 * GIB), Card(key="b200", memory_bytes=178 * GIB)
    assert settings("0.11.0", H100) == (1024, 8192, 0.9)
    assert settings("0.33.0", a100) == (256, 2048, 0.92)
    assert settings("0.33.0", b200) == (1024, 16384, 0.92)
    assert settings("0.25.1", b200) == (1024, 8192, 0.92)
    # Without chunked prefill a prompt is one batch.
    assert settings("0.6.6", H100) == (256, 32768, 0.9)


def test_a_smaller_cards_driver_keeps_its_part() -> None:
    chip = GpuChip(key="h100-80", memory_bytes=81559 * MIB, capability=(9, 0))
    # vLLM's logs say 79.18 GiB for what nvidia-smi reports as 81,559 MiB.
    assert card_of(chip).memory_bytes / GIB == pytest.approx(79.18, abs=0.02)
    assert card_of(chip).capability == 90


def test_heads_that_do_not_divide_are_refused_before_anything_is_counted() -> None:
    found = estimate(known(config("qwen2", "2 896 4864 14 2 64 1024 1024")), EngineRun(tensor_parallel=4), H100)
    assert isinstance(found, Unknown)
    assert "14 attention heads" in found.reason


def test_an_encoder_is_run_for_trial_and_kept_in_mind() -> None:
    # Qwen2.5-VL-3B: its tower has 0.67 billion numbers; the largest picture is 16384 tokens of four patches.
    described = config("qwen2_5_vl", "36 2048 11008 16 2 128 151936 32768", tie_word_embeddings=True)
    tower = {
        "depth": 32,
        "hidden_size": 1280,
        "intermediate_size": 3420,
        "out_hidden_size": 2048,
        "num_heads": 16,
        "patch_size": 14,
    }
    run = EngineRun(version=(0, 7, 4), memory_fraction=0.9, max_num_seqs=64, max_num_batched_tokens=2048)
    seeing, blind = counted({**described, "vision_config": tower}, run), counted(described, run)
    # A published run of 0.7.4 loads 7.16 GiB.
    assert seeing.weights_bytes / GIB == pytest.approx(7.16, rel=0.02)
    # The same run's peak was 4.06 GiB.
    assert seeing.activation_bytes / GIB == pytest.approx(4.06, rel=0.1)
    text_only = counted({**described, "vision_config": tower}, replace(run, images=False))
    assert text_only.activation_bytes == blind.activation_bytes


def test_a_newer_encoder_rotates_in_16_bits() -> None:
    # Qwen3.6-35B-A3B's tower, 65,536 patches: a published log of 0.20 on an RTX 5090 leaves 2.3 to 2.7 GiB for the trial run
    # (31.36 x 0.9 - 21.86 weights - 3.07 cache - 0.39 graphs - 0.2 to 0.6 outside PyTorch).
    tower = {"depth": 27, "hidden_size": 1152, "intermediate_size": 4304, "out_hidden_size": 2048, "num_heads": 16}
    described = {**config("qwen3_vl", "36 2048 11008 16 2 128 151936 65536"), "vision_config": tower}
    run = EngineRun(version=(0, 20, 2), memory_fraction=0.9, max_num_seqs=1, max_num_batched_tokens=2048)
    alone, shared = counted(described, run), counted(described, replace(run, tensor_parallel=2))
    assert 2.3 < alone.activation_bytes / GIB < 2.7
    assert shared.activation_bytes < 0.75 * alone.activation_bytes
    assert counted(described, replace(run, version=(0, 13))).activation_bytes > 1.5 * alone.activation_bytes


def test_cards_before_ampere_fall_back_to_the_first_engine() -> None:
    # Qwen3-4B with 0.8 on a Turing card: one whole prompt of 10,000 tokens is the trial batch; the log says 0.74 GiB.
    described = config("qwen3", "36 2560 9728 32 8 128 151936 40960")
    run = EngineRun(version=(0, 8, 5), memory_fraction=0.95, max_model_len=10000, max_num_seqs=1)
    turing = Card(key="", memory_bytes=12 * GIB, capability=75)
    assert counted(described, run, turing).activation_bytes / GIB == pytest.approx(0.74, rel=0.05)
    ampere = replace(turing, capability=86)
    assert counted(described, run, ampere).activation_bytes < counted(described, run, turing).activation_bytes
    newer = replace(run, version=(0, 11))
    assert counted(described, newer, turing).activation_bytes == counted(described, newer, ampere).activation_bytes


def test_llamacpp_keeps_the_logged_cache() -> None:
    # llama.cpp logs: 126 layers, 8 heads of 128, f16, 4096 cells: 2016 MiB. Qwen3-0.6B with 1024 cells: 112 MiB.
    llama_405b = config("llama", "126 16384 53248 128 8 128 128256 131072")
    small = config("qwen3", "28 1024 3072 16 8 128 151936 40960")
    for described, length, cache_mib in ((llama_405b, 4096, 2016), (small, 1024, 112)):
        found = estimate_llamacpp(known(described), EngineRun(max_model_len=length), H100)
        assert isinstance(found, LlamaCpp)
        assert found.cache_bytes == cache_mib * MIB
    # gpt-oss-20b at 131072: 3072 MiB of full layers, and 18 MiB for 768 cells of the windowed ones.
    gpt_oss = config("gpt_oss", "24 2880 2880 64 8 64 201088 131072", num_local_experts=32, sliding_window=128)
    found = estimate_llamacpp(known(gpt_oss, "mxfp4"), EngineRun(max_model_len=131072), H100)
    assert isinstance(found, LlamaCpp)
    assert found.cache_bytes == (3072 + 18) * MIB


def test_what_placement_asks_for_covers_the_sum_and_its_error() -> None:
    model = Model(name="m", architecture=known(QWEN3_8B, "awq"))
    settings = EngineSettings(
        engine="vllm", model="m", context_tokens=8192, concurrency=4, memory_fraction=None, kv_cache_dtype="auto"
    )
    chip = GpuChip(key="l4", memory_bytes=22888 * MIB, capability=(8, 9))
    needed = Needs(models={"m": model})(settings, chip=chip, memory_bytes=chip.memory_bytes, gpus=1)
    assert isinstance(needed, int)
    fraction = needed / chip.memory_bytes
    found = engine_estimate(replace(settings, memory_fraction=fraction), model, card_of(chip))
    assert isinstance(found, Estimate)
    assert found.verdict is Verdict.FITS
    assert chip.memory_bytes - card_of(chip).memory_bytes == DRIVER_KEEPS_BYTES
    assert isinstance(Needs(models={})(settings, chip=chip, memory_bytes=chip.memory_bytes, gpus=1), Unknown)


MODELS = [known(described) for described in (OPT_125M, LLAMA3_8B, QWEN36_35B, DEEPSEEK_V3, GPT_OSS_120B)]
VERSIONS = [(0, 6), (0, 8, 5), (0, 11), (0, 20, 2), (0, 25, 1), (0, 33)]
runs = st.builds(
    EngineRun,
    version=st.sampled_from(VERSIONS),
    tensor_parallel=st.sampled_from([1, 2, 4]),
    pipeline_parallel=st.sampled_from([1, 2, 3]),
    max_model_len=st.integers(128, 200_000),
    max_num_seqs=st.integers(1, 1024),
    max_num_batched_tokens=st.integers(512, 16384),
    memory_fraction=st.floats(0.1, 0.97),
    kv_cache_dtype=st.sampled_from(["auto", "fp8"]),
    concurrency=st.integers(1, 64),
    eager=st.booleans(),
    expert_parallel=st.booleans(),
)
cards = st.sampled_from([T4, A10, RTX_5090, H100])


def summed(model: int, run: EngineRun, card: Card) -> Estimate:
    found = estimate(MODELS[model], run, card)
    assert isinstance(found, Estimate)
    return found


@given(st.integers(0, len(MODELS) - 1), runs, cards)
def test_parts_sum_to_what_is_needed(model: int, run: EngineRun, card: Card) -> None:
    found = summed(model, run, card)
    assert sum(found.parts.values()) == found.needed_bytes
    assert all(size >= 0 for size in found.parts.values())
    assert found.limit_bytes <= card.memory_bytes
    assert found.error_bytes > 0
    if found.verdict is Verdict.FITS:
        assert found.max_concurrency >= run.concurrency


#: A pipeline whose fullest stage is not the one with the smallest cache.
UNEVEN = EngineRun(
    version=(0, 20, 2), tensor_parallel=2, pipeline_parallel=3, max_model_len=128, max_num_seqs=1, max_num_batched_tokens=512
)


@given(st.integers(0, len(MODELS) - 1), runs, cards, st.integers(1, 100_000), st.integers(1, 64))
@example(2, replace(UNEVEN, memory_fraction=0.875), A10, 929, 1)
def test_longer_or_more_requests_never_need_less(model: int, run: EngineRun, card: Card, longer: int, more: int) -> None:
    least = summed(model, run, card).needed_bytes
    assert run.max_model_len
    assert summed(model, replace(run, max_model_len=run.max_model_len + longer), card).needed_bytes >= least
    assert summed(model, replace(run, concurrency=run.concurrency + more), card).needed_bytes >= least


@given(st.integers(0, len(MODELS) - 1), runs, cards)
def test_the_largest_fit_fits_and_the_next_larger_does_not(model: int, run: EngineRun, card: Card) -> None:
    architecture = MODELS[model]
    fit = largest_fit(architecture, run, card, most_requests=run.concurrency, cards=[T4, A10, H100])
    assert run.max_model_len
    if fit.context_tokens:
        assert fits(architecture, replace(run, max_model_len=fit.context_tokens), card, None)
        longer = fit.context_tokens + 16
        assert longer > run.max_model_len or not fits(architecture, replace(run, max_model_len=longer), card, None)
    if fit.card:
        assert fits(architecture, run, fit.card, None)
