"""What a config.json becomes, against transformers' own count of every model's numbers."""

import json
from pathlib import Path
from typing import Any

import pytest

from lamplighter.domain.llm import Architecture
from lamplighter.domain.unknown import Unknown
from lamplighter.load.architectures.assemble import architecture
from lamplighter.load.architectures.readers import READERS
from plugins.vram.engines import GPT_OSS_120B, LLAMA3_8B, QWEN3_8B, known

TABLE = json.loads((Path(__file__).parent / "parameters.json").read_text())["models"]

#: Gemma 4 has a scale of each layer and of its tower that transformers keeps as buffers: a few thousand numbers of billions.
ALMOST = 1e-6


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_model_has_as_many_numbers_as_transformers_builds(name: str) -> None:
    built = known(TABLE[name]["config"])
    state = sum(
        tensor.elements
        for tensors in (layer.tensors for layer in built.layers)
        for tensor in tensors
        if "correction" in tensor.name
    )
    assert built.parameters - state == pytest.approx(TABLE[name]["parameters"], rel=ALMOST)


def test_most_families_are_in_the_table() -> None:
    counted = {known(entry["config"]).family for entry in TABLE.values()}
    assert len(counted) >= 80
    # The rest has no class in transformers, or none that its defaults can build.
    assert len(set(READERS) - counted) <= 40


@pytest.mark.parametrize(
    ("described", "reason"),
    [
        ({}, "neither model_type nor a known class"),
        ({"model_type": "deepseek_v9"}, 'model_type "deepseek_v9" is not known'),
        ({k: v for k, v in QWEN3_8B.items() if k != "vocab_size"}, "lacks vocab_size"),
        ({**QWEN3_8B, "num_hidden_layers": "many"}, "num_hidden_layers is many"),
        ({**QWEN3_8B, "num_hidden_layers": 10**9}, "no model has more than"),
        ({**QWEN3_8B, "num_attention_heads": 0}, "num_attention_heads is 0"),
        ({**QWEN3_8B, "vocab_size": float("inf")}, "vocab_size is inf"),
        ({**GPT_OSS_120B, "layer_types": ["full_attention"]}, "layer_types has 1 entries"),
        ({**QWEN3_8B, "quantization_config": {"quant_method": "exl3"}}, "format exl3 is not known"),
        ({**QWEN3_8B, "quantization_config": {"quant_method": "modelopt", "quant_algo": "FP3"}}, "algorithm FP3"),
        ({"model_type": "phi4mm", "text_config": QWEN3_8B, "vision_config": {"depth": 2}}, "beside its decoder"),
    ],
)
def test_what_is_not_known_is_unknown_and_says_what_is_missing(described: dict[str, Any], reason: str) -> None:
    found = architecture(described)
    assert isinstance(found, Unknown)
    assert reason in found.reason
    assert found.change


def test_a_decoder_is_found_where_a_config_keeps_it() -> None:
    nested = architecture({"model_type": "qwen3_vl", "text_config": {**QWEN3_8B, "model_type": "qwen3_vl_text"}})
    assert isinstance(nested, Architecture)
    assert nested.parameters == known(QWEN3_8B).parameters


def test_stretched_positions_are_the_longer_ones() -> None:
    # vLLM's _get_and_verify_max_len: yarn multiplies the original positions; llama3 names the whole length itself.
    yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
    assert known({**QWEN3_8B, "rope_scaling": yarn}).positions == 131072
    assert known({**LLAMA3_8B, "rope_scaling": {"rope_type": "llama3", "factor": 8.0}}).positions == 131072
