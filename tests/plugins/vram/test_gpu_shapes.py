"""What `make gpu` measures can be predicted, and its table says both and how far they are apart."""

import json
from pathlib import Path

import pytest

from bench.gpu.report import Run, vram, wake
from bench.gpu.shape import SHAPES, Shape
from lamplighter.cli import main

#: An H100's 81,559 MiB.
CARD_BYTES = 81559 * 2**20


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_shape_that_is_measured_has_a_prediction_and_fits_a_card_of_80_gb(
    shape: Shape, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(shape.config))
    options = ["--gpu", "h100-80", "--gpu-memory-bytes", str(CARD_BYTES), "--format", "json"]
    assert main(["estimate", "--config", str(config), *shape.estimate_options, *options]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kv_tokens"] >= shape.context_tokens


def test_table_has_both_figures_of_a_part_and_the_error_of_the_whole() -> None:
    mib = 2**20
    predicted = {
        "weights_bytes_per_gpu": 1000 * mib,
        "activation_bytes": 200 * mib,
        "non_torch_bytes": 50 * mib,
        "cuda_graph_bytes": 50 * mib,
        "kv_tokens": 1010,
    }
    measured = {
        "weights_bytes": 1000 * mib,
        "activation_bytes": 150 * mib,
        "non_torch_bytes": 60 * mib,
        "cuda_graph_bytes": 40 * mib,
        "kv_blocks": 100,
        "kv_block_tokens": 10,
    }
    # 1,300 against 1,250 is 4 % too much; 1,010 tokens against 100 blocks of 10 is 1 %.
    row = vram([Run(name="small", predicted=predicted, measured=measured)]).splitlines()[-1]
    assert row == "| small | 1000 / 1000 | 200 / 150 | 50 / 60 | 50 / 40 | 1300 / 1250 | +4.0% | 1010 / 1000 | +1.0% |"


def test_shape_that_did_not_start_is_a_row_that_says_why() -> None:
    row = vram([Run(name="large", predicted={}, measured=None, why_not="out of memory")]).splitlines()[-1]
    assert "did not start: out of memory" in row


def test_throughput_is_told_as_a_ratio_to_the_engine_alone() -> None:
    stages = {
        "import_seconds": 10.0,
        "engine_seconds": 40.0,
        "first_token_seconds": 0.05,
        "ours_tokens_per_second": 950.0,
        "raw_tokens_per_second": 1000.0,
    }
    assert "950 / 1000 = 0.95" in wake(stages)
