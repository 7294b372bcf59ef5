"""A model over several nodes: its layers are divided among them, so each holds less."""

from dataclasses import replace

import yaml

from charts.render import ROOT
from lamplighter.domain.deployment import EngineSettings
from lamplighter.load.models import model_facts
from lamplighter.load.packaged import gpu_chips
from lamplighter.vram.seating import Needs

MIB = 1024 * 1024
MODELS = yaml.safe_load((ROOT / "tests" / "cases" / "base.yaml").read_text())["models"]
QWEN = model_facts("qwen3-8b-awq", MODELS["qwen3-8b-awq"])
CHIP = gpu_chips()["l4"]
ALONE = EngineSettings(
    engine="vllm", model=QWEN.name, context_tokens=8192, concurrency=8, memory_fraction=None, kv_cache_dtype="auto"
)


def needed(settings: EngineSettings, gpus: int) -> int:
    found = Needs(models={QWEN.name: QWEN})(settings, chip=CHIP, memory_bytes=CHIP.memory_bytes, gpus=gpus)
    assert isinstance(found, int)
    return found


def test_two_nodes_hold_half_the_cache_each() -> None:
    # 36 layers, 8 heads of 128 numbers for keys and for values, 2 bytes: 147,456 bytes a token; 8 requests of 8,192 tokens.
    cache = 147_456 * 8 * 8192
    saved = needed(ALONE, 1) - needed(replace(ALONE, pipeline_parallel=2), 1)
    # Half the cache goes, and up to half the weights (5.7 GiB of them).
    assert cache // 2 < saved < cache // 2 + 3_200 * MIB


def test_nodes_and_their_gpus_divide_it_both_ways() -> None:
    over_nodes = replace(ALONE, pipeline_parallel=2)
    assert needed(replace(over_nodes, tensor_parallel=2), 2) < needed(over_nodes, 1) < needed(ALONE, 1)
