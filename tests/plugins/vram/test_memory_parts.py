"""Memory of a vLLM engine against hand calculations and published measurements."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter.domain.deployment import EngineSettings
from lamplighter.domain.gpu import GpuChip
from lamplighter.domain.model import Model, Shape
from lamplighter.units import GIB, MIB
from lamplighter.vram.estimate import Estimate, Verdict, estimate_vllm, largest_fit
from lamplighter.vram.known import Unknown, known_shape
from lamplighter.vram.kv import cache_bytes, kv_bytes_per_token
from lamplighter.vram.overheads import activation_bytes
from lamplighter.vram.weights import linear_elements, other_elements, weight_bytes


def model(family: str, shape: Shape, **changes: object) -> Model:
    plain = Model(
        name=family,
        family=family,
        shape=shape,
        missing=(),
        unusual=(),
        positions=40960,
        element_bytes=2,
        weights_bytes=None,
        quantization="none",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def shape(layers: int, hidden: int, intermediate: int, heads: int, kv_heads: int, head_dim: int, vocabulary: int) -> Shape:
    return Shape(
        layers=layers,
        hidden=hidden,
        intermediate=intermediate,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        vocabulary=vocabulary,
        tied_embeddings=False,
    )


# Public config.json files.
QWEN3_8B = shape(36, 4096, 12288, 32, 8, 128, 151936)
LLAMA3_8B = shape(32, 4096, 14336, 32, 8, 128, 128256)
QWEN25_7B = shape(28, 3584, 18944, 28, 4, 128, 152064)
QWEN25_32B = shape(64, 5120, 27648, 40, 8, 128, 152064)

T4 = GpuChip(key="t4", memory_bytes=15109 * MIB)
H100 = GpuChip(key="h100-80", memory_bytes=81559 * MIB)
SETTINGS = EngineSettings(
    engine="vllm", model="m", context_tokens=8192, concurrency=4, memory_fraction=0.9, kv_cache_dtype="auto"
)


@pytest.mark.parametrize(
    ("family", "sizes", "parameters"),
    [
        # Totals as the models' publishers count them.
        ("llama", LLAMA3_8B, 8_030_261_248),
        ("qwen3", QWEN3_8B, 8_190_735_360),
        ("qwen2", QWEN25_7B, 7_615_616_512),
        ("qwen2", QWEN25_32B, 32_763_876_352),
    ],
)
def test_parameters_are_counted_exactly(family: str, sizes: Shape, parameters: int) -> None:
    assert linear_elements(sizes) + other_elements(sizes, family) == parameters


@pytest.mark.parametrize(
    ("family", "sizes", "measured_gib"),
    [
        # "Model loading took": vllm-project/vllm#10511, Llama-3-8B 14.96; 0.11.0 on an H100, Llama-3-8B 14.99; a run of
        # Qwen3-32B of the same kind 61.03 (Qwen2.5-32B's files have 61.03 too).
        ("llama", LLAMA3_8B, 14.96),
        ("qwen2", QWEN25_32B, 61.03),
        ("qwen2", QWEN25_7B, 14.19),
    ],
)
def test_unquantised_weights_are_within_half_a_percent_of_measured_ones(family: str, sizes: Shape, measured_gib: float) -> None:
    computed = weight_bytes(model(family, sizes), sizes)
    assert isinstance(computed, int)
    assert computed / GIB == pytest.approx(measured_gib, rel=0.005)


def test_awq_weights_are_within_one_percent_of_a_measured_load() -> None:
    # By hand: 36·(4096·6144 + 4096·4096 + 3·4096·12288) = 6 945 767 424 quantised elements at (4 + 20/128)/8 bytes, and
    # 1 244 967 936 others at 2. A public run of vLLM with Qwen/Qwen3-8B-AWQ says 5.71 GiB.
    computed = weight_bytes(model("qwen3", QWEN3_8B, quantization="awq"), QWEN3_8B)
    assert computed == 6_945_767_424 * 532 // 1024 + 1_244_967_936 * 2 == 6_098_479_104
    assert computed / GIB == pytest.approx(5.71, rel=0.01)


def test_measured_weights_win_over_computed_ones() -> None:
    assert weight_bytes(model("qwen3", QWEN3_8B, weights_bytes=123), QWEN3_8B) == 123


@pytest.mark.parametrize(
    ("family", "sizes", "tokens", "pool_gib"),
    [
        # vLLM's log lines "GPU KV cache size" against "Available KV cache memory" (public runs, one GPU).
        ("llama", LLAMA3_8B, 31232, 3.81),  # ~0.6.4 on an RTX 3090
        ("llama", LLAMA3_8B, 43296, 5.29),  # RTX A5000
        ("qwen2", QWEN25_7B, 34096, 1.82),  # A100-40GB
        ("qwen3", QWEN3_8B, 20272, 2.79),  # A10
    ],
)
def test_a_logged_cache_size_times_our_bytes_per_token_is_the_logged_pool(
    family: str, sizes: Shape, tokens: int, pool_gib: float
) -> None:
    per_token = kv_bytes_per_token(model(family, sizes), sizes, kv_cache_dtype="auto")
    assert isinstance(per_token, int)
    assert tokens * per_token / GIB == pytest.approx(pool_gib, rel=0.005)


def test_bytes_per_token_by_hand() -> None:
    # Two (key, value) · 36 layers · 8 heads · 128 · 2 bytes; an fp8 cache has one byte.
    assert kv_bytes_per_token(model("qwen3", QWEN3_8B), QWEN3_8B, kv_cache_dtype="auto") == 147_456
    assert kv_bytes_per_token(model("qwen3", QWEN3_8B), QWEN3_8B, kv_cache_dtype="fp8") == 73_728


def test_a_context_takes_whole_blocks() -> None:
    assert cache_bytes(per_token=10, context_tokens=17, concurrency=3) == 10 * 32 * 3


def test_activation_follows_the_published_dummy_runs() -> None:
    # OPT-125m, 256 sequences, native sampler: 0.46 GiB measured (vllm 0.6.6).
    opt = shape(12, 768, 3072, 12, 12, 64, 50272)
    assert activation_bytes(opt, concurrency=256, chip=T4) / GIB == pytest.approx(0.46, abs=0.01)
    # Llama-3-8B on an H100 at 1024 sequences: 4.76 GiB (vLLM 0.11).
    assert activation_bytes(LLAMA3_8B, concurrency=1024, chip=H100) / GIB == pytest.approx(4.76, abs=0.15)


def test_what_fits_by_less_than_the_error_is_tight() -> None:
    awq = model("qwen3", QWEN3_8B, quantization="awq")
    verdicts = []
    for concurrency in range(4, 9):
        estimate = estimate_vllm(replace(SETTINGS, concurrency=concurrency), awq, T4)
        assert isinstance(estimate, Estimate)
        verdicts.append(estimate.verdict)
    # Limit 13.28 GiB. Each request adds 1.13 GiB; at 5 the sum is 11.8, at 6 it is 12.9, at 7 it is 14.1.
    assert verdicts == [Verdict.FITS, Verdict.FITS, Verdict.TIGHT, Verdict.DOES_NOT_FIT, Verdict.DOES_NOT_FIT]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"family": "deepseek_v3"}, 'model_type "deepseek_v3" is not known'),
        ({"family": ""}, "does not say model_type"),
        ({"unusual": ("sliding_window",)}, "sets sliding_window"),
        ({"shape": None, "missing": ("vocab_size",)}, "lacks vocab_size"),
        ({"element_bytes": None}, "torch_dtype"),
        ({"quantization": "fp8"}, "format fp8"),
    ],
)
def test_what_is_not_known_is_unknown_and_never_fits(changes: dict[str, object], reason: str) -> None:
    estimate = estimate_vllm(SETTINGS, replace(model("qwen3", QWEN3_8B), **changes), H100)  # type: ignore[arg-type]
    assert isinstance(estimate, Unknown)
    assert reason in estimate.reason


sizes = st.builds(
    shape,
    st.integers(1, 128),
    st.integers(64, 16384),
    st.integers(64, 65536),
    st.integers(1, 128),
    st.integers(1, 128),
    st.integers(16, 256),
    st.integers(1000, 300_000),
)


@given(sizes, st.integers(128, 200_000), st.integers(1, 512), st.sampled_from([T4, H100]))
def test_the_largest_fit_fits_and_the_next_larger_does_not(
    drawn: Shape, context_tokens: int, concurrency: int, chip: GpuChip
) -> None:
    settings = replace(SETTINGS, context_tokens=context_tokens, concurrency=concurrency)
    drawn_model = model("llama", drawn)
    fit = largest_fit(settings, drawn_model, chip)

    def fits(trial: EngineSettings) -> bool:
        estimate = estimate_vllm(trial, drawn_model, chip)
        return isinstance(estimate, Estimate) and estimate.verdict is Verdict.FITS

    if fit.context_tokens:
        assert fits(replace(settings, context_tokens=fit.context_tokens))
        longer = fit.context_tokens + 16
        assert longer > context_tokens or not fits(replace(settings, context_tokens=longer))
    if fit.concurrency:
        assert fits(replace(settings, concurrency=fit.concurrency))
        assert fit.concurrency == concurrency or not fits(replace(settings, concurrency=fit.concurrency + 1))


def test_a_known_shape_is_the_models_own() -> None:
    assert known_shape(model("llama", LLAMA3_8B)) == LLAMA3_8B
