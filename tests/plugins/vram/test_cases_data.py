"""The published runs of `make bench-vram`: that they are read as they stand, each has a source, and none contradicts itself."""

import json

import pytest

from bench.vram.answer import Answer
from bench.vram.case import GIB, HERE, Case, cases, models
from bench.vram.score import capacity_error, per_token_exact, score

RUNS = cases()
BY_ID = {run.id: run for run in RUNS}


def test_every_run_has_a_name_of_its_own_a_source_and_something_measured() -> None:
    assert len(BY_ID) == len(RUNS)
    measured = ("weights_gib", "kv_gib", "kv_tokens", "max_concurrency", "failed", "activation_gib", "graph_gib", "note")
    for run in RUNS:
        assert run.text("source"), run.id
        assert any(run.text(key) for key in measured), run.id
        assert run.row["model_name"] in {"stated", "inferred", "unknown"}, run.id


def test_every_model_that_a_run_names_has_a_config_and_a_source_for_it() -> None:
    entries = json.loads((HERE / "models.json").read_text(encoding="utf-8"))
    named = {run.text("model") for run in RUNS if run.text("model")}
    assert named <= set(entries)
    for name, entry in entries.items():
        assert entry["sources"], name
        assert "/" in entry["repository"], name


def test_enough_runs_are_held_back_and_they_bring_other_models() -> None:
    parts = {part: [run for run in RUNS if run.part == part] for part in ("looked at", "kept back", "other models")}
    assert len(parts["other models"]) >= 30
    assert len(parts["kept back"]) >= 25
    seen = {run.text("model") for run in parts["looked at"] + parts["kept back"]}
    assert len({run.text("model") for run in parts["other models"]} - seen) >= 12


def test_no_run_measured_more_than_its_card_has() -> None:
    for run in RUNS:
        if run.gpu_bytes is not None:
            total = sum(max(run.number(key) or 0, 0) for key in ("weights_gib", "activation_gib", "kv_gib")) * GIB
            # 0.1 GiB for the log's rounding. A row whose oom says true may ask for more than there is.
            assert total <= run.gpu_bytes + 0.1 * GIB or run.did_not_fit, run.id


def _run(**cells: str) -> Case:
    """A run of Llama 3 8B with these cells."""
    row = (
        dict.fromkeys(BY_ID["c027"].row, "")
        | {"id": "x", "engine": "vllm", "model": "llama-3-8b", "tensor_parallel": "1"}
        | cells
    )
    return Case(row=row, held_out=False, model=models()["llama-3-8b"])


def test_bytes_of_a_token_are_compared_within_the_rounding_of_the_log() -> None:
    # 32 layers x 8 heads x 128 x 2 (key, value) x 2 bytes = 131,072; the log: 3.81 GiB / 31,232 tokens = 130,986,
    # and 0.005 GiB is 172 bytes a token.
    run = _run(kv_gib="3.81", kv_tokens="31232")
    assert per_token_exact(run, Answer(kv_bytes_per_token=131_072)) is True
    assert per_token_exact(run, Answer(kv_bytes_per_token=147_456)) is False
    assert per_token_exact(run, Answer()) is None


def test_a_run_that_held_less_than_one_request_did_not_fit() -> None:
    assert _run(max_concurrency="0.31", failed="false").did_not_fit is True
    assert _run(kv_gib="-1.44").did_not_fit is True
    assert _run(failed="false").did_not_fit is False
    assert _run().did_not_fit is None


def test_a_verdict_counts_only_where_the_card_is_known() -> None:
    unknown_card, failed = _run(failed="true"), _run(failed="true", gpu_memory_gib="24")
    found = score([unknown_card, failed], {"x": Answer(fits="fits")})
    assert (found.failed_asked, found.false_fits) == (1, 1)


@pytest.mark.parametrize(("tokens", "expected"), [(31_232, 0.0), (34_355, 0.1)])
def test_capacity_is_compared_with_its_sign(tokens: int, expected: float) -> None:
    run = _run(kv_gib="3.81", kv_tokens="31232", failed="false", gpu_memory_gib="23.58")
    assert capacity_error(run, Answer(kv_tokens=tokens)) == pytest.approx(expected, abs=1e-4)
