"""`lamplighter estimate` as a user has it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter.domain.llm import Architecture
from lamplighter.domain.unknown import Unknown
from lamplighter.load.architectures.assemble import architecture
from lamplighter.load.architectures.readers import READERS
from plugins.tree import Said, lamplighter
from plugins.vram.engines import LLAMA3_8B, QWEN3_8B, QWEN36_35B

KEYS = {
    "weights_bytes_per_gpu",
    "kv_bytes_per_token_per_gpu",
    "activation_bytes",
    "non_torch_bytes",
    "cuda_graph_bytes",
    "kv_available_bytes",
    "kv_tokens",
    "max_concurrency",
    "verdict",
    "margin_bytes",
    "parts",
}


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(LLAMA3_8B))
    return file


def asked(file: Path, *arguments: str) -> tuple[Said, dict[str, Any]]:
    said = lamplighter("estimate", "--config", str(file), *arguments, "--format", "json")
    return said, json.loads(said.out) if said.out else {}


def test_it_says_every_part_in_bytes(config_file: Path) -> None:
    said, answer = asked(config_file, "--gpu", "h100-80", "--max-model-len", "16000", "--engine-version", "0.11.0")
    assert said.code == 0
    assert set(answer) >= KEYS
    assert answer["verdict"] == "fits"
    # Public log: 51.38 GiB for the cache, 131,072 bytes a token.
    assert answer["kv_available_bytes"] / 2**30 == pytest.approx(51.38, abs=0.2)
    assert answer["kv_bytes_per_token_per_gpu"] == 131_072
    assert sum(answer["parts"].values()) <= answer["limit_bytes"]


def test_what_does_not_fit_is_code_1_and_the_smallest_card_is_named(config_file: Path) -> None:
    said, answer = asked(config_file, "--gpu", "t4", "--fit", "--max-model-len", "16384")
    assert (said.code, answer["verdict"]) == (1, "does-not-fit")
    assert answer["fit"]["max_model_len"] is None
    assert answer["fit"]["gpu"] in {"a10g", "l4", "a10", "a30"}


def test_without_a_card_the_smallest_that_holds_it_is_taken(config_file: Path) -> None:
    said, answer = asked(config_file, "--max-model-len", "16384")
    assert (said.code, answer["verdict"]) == (0, "fits")
    assert answer["gpu"]["key"] in {"a10g", "l4", "a10", "a30"}


def test_people_get_a_table(config_file: Path) -> None:
    said = lamplighter("estimate", "--config", str(config_file), "--gpu", "l4", "--max-model-len", "8192", "--fit")
    assert said.code == 0
    assert "weights" in said.out
    assert "largest context: 8192" in said.out


def test_an_unknown_architecture_is_unknown_and_code_1(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**LLAMA3_8B, "model_type": "llama9"}))
    said, answer = asked(file, "--gpu", "h100-80")
    assert (said.code, answer["verdict"]) == (1, "unknown")
    assert set(answer) >= KEYS
    assert "llama9" in answer["reason"]


def test_an_index_is_believed_for_the_weights(config_file: Path, tmp_path: Path) -> None:
    index = tmp_path / "model.safetensors.index.json"
    content = {"metadata": {"total_size": 17_000_000_000}, "weight_map": {"model.norm.weight": "model-1.safetensors"}}
    index.write_text(json.dumps(content))
    _said, answer = asked(config_file, "--gpu", "h100-80", "--safetensors-index", str(index))
    # The allocator's rounding and the rotations come on top.
    assert answer["weights_bytes_per_gpu"] == pytest.approx(17_000_000_000, rel=0.005)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--gpu", "gpu-of-the-moon"),
        ("--gpu-memory-bytes", "0"),
        ("--gpu-memory-utilization", "1.5"),
        ("--engine-version", "newest"),
        ("--dtype", "int3"),
        ("--tp", "zero"),
    ],
)
def test_a_wrong_word_is_code_2(config_file: Path, arguments: tuple[str, ...]) -> None:
    said, _answer = asked(config_file, *arguments)
    assert said.code == 2
    assert said.err


@pytest.mark.parametrize("content", ["", "[]", "{", '{"model_type": "llama"', "\xff", "[" * 100_000])
def test_a_file_that_is_no_config_is_code_2(tmp_path: Path, content: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(content)
    said, _answer = asked(file, "--gpu", "l4")
    assert said.code == 2
    assert "Traceback" not in said.err


odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2**70),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.one_of(st.integers(0, 9), st.text(max_size=3)), max_size=4),
    st.dictionaries(st.sampled_from(["rope_type", "factor", "head_dim"]), st.integers() | st.text(max_size=4), max_size=3),
)  # fmt: skip
KEYS_READ = sorted(
    {*LLAMA3_8B, *QWEN36_35B, "sliding_window", "layer_types", "rope_scaling", "quantization_config", "text_config"}
)


@given(st.sampled_from([*sorted(READERS), "nobody"]), st.dictionaries(st.sampled_from(KEYS_READ), odd, max_size=4))
def test_any_config_is_an_architecture_or_a_reason(family: str, changes: dict[str, Any]) -> None:
    found = architecture({**QWEN3_8B, **QWEN36_35B, "num_hidden_layers": 4, **changes, "model_type": family})
    assert isinstance(found, Architecture | Unknown)
    if isinstance(found, Unknown):
        assert found.reason
