"""How the engine starts vLLM and what it asks of it, against a stand-in with vLLM's signatures."""

import asyncio
import math
import os
from pathlib import Path
from typing import Any

import pytest

from lamplighter_serving.engines.base import Choose, Generate, Message
from lamplighter_serving.engines.vllm import VllmEngine
from lamplighter_serving.errors import EngineRefused, EngineUnavailable, SettingsError
from serving.engines.conftest import Run
from serving.engines.vllm_standin import EngineDeadError, EngineGenerateError, Told, install
from serving.engines.worker_classes import CONCURRENCY, CONTEXT_TOKENS, worker_class

HERE = Path(__file__).parent
GENERATE = Generate(messages=(Message(role="user", content="Read this."),), max_tokens=16)
CHOOSE = Choose(messages=(Message(role="user", content="Which one?"),), labels=("A", "B"), prefix="Answer:")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    for name in ("VLLM_NO_USAGE_STATS", "VLLM_DO_NOT_TRACK", "DO_NOT_TRACK", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "unset by the test")  # put back after it
    monkeypatch.setenv("VLLM_LOGGING_LEVEL", "DEBUG")
    return install(monkeypatch)


def engine(options: dict[str, object] | None = None, **changes: object) -> VllmEngine:
    return VllmEngine(worker_class("vllm", options, **({"memory_fraction": 0.42} | changes)), HERE)


def test_memory_context_and_sequences_are_those_that_were_checked(told: Told) -> None:
    engine()
    (arguments,) = told.arguments
    assert arguments.gpu_memory_utilization == 0.42
    assert arguments.max_model_len == CONTEXT_TOKENS
    assert arguments.max_num_seqs == CONCURRENCY
    assert arguments.model == str(HERE)
    assert (arguments.kv_cache_dtype, arguments.enforce_eager, arguments.tensor_parallel_size) == ("auto", False, 1)


def test_options_reach_vllm(told: Told) -> None:
    engine({"kvCacheDtype": "fp8", "enforceEager": True, "tensorParallelSize": 2, "trust": 0.5})
    (arguments,) = told.arguments
    assert (arguments.kv_cache_dtype, arguments.enforce_eager, arguments.tensor_parallel_size) == ("fp8", True, 2)
    assert arguments.distributed_executor_backend == "mp"


def test_a_model_over_nodes_splits_tensors_inside_a_node_and_layers_between_them(told: Told) -> None:
    engine({"tensorParallelSize": 4, "pipelineParallelSize": 2})
    (arguments,) = told.arguments
    assert (arguments.tensor_parallel_size, arguments.pipeline_parallel_size) == (4, 2)
    assert arguments.distributed_executor_backend == "ray"


def test_weights_may_be_streamed_from_object_storage_once_for_all_gpus_of_the_pod(told: Told) -> None:
    options: dict[str, object] = {"streamFrom": "s3://models/qwen3-8b", "tensorParallelSize": 2}
    VllmEngine(worker_class("vllm", options, memory_fraction=0.42), None)
    (arguments,) = told.arguments
    assert (arguments.model, arguments.load_format) == ("s3://models/qwen3-8b", "runai_streamer")
    assert arguments.model_loader_extra_config == {"distributed": True}


def test_nothing_is_reported_fetched_or_logged(told: Told) -> None:
    engine()
    assert {os.environ[name] for name in ("VLLM_NO_USAGE_STATS", "VLLM_DO_NOT_TRACK", "HF_HUB_OFFLINE")} == {"1"}
    assert os.environ["VLLM_LOGGING_LEVEL"] == "WARNING"
    (arguments,) = told.arguments
    assert arguments.disable_log_stats
    assert not arguments.enable_log_requests
    assert not arguments.trust_remote_code
    assert arguments.generation_config == "vllm"  # the repository's own sampling settings do not apply


def test_a_class_without_a_memory_fraction_is_refused_before_vllm_is_imported() -> None:
    with pytest.raises(SettingsError, match=r"workers\.extract\.memoryFraction is missing"):
        engine(memory_fraction=None)


def test_a_model_that_is_not_there_is_refused_and_not_looked_for_elsewhere() -> None:
    with pytest.raises(SettingsError, match="There is no model at"):
        VllmEngine(worker_class("vllm", memory_fraction=0.5), HERE / "missing")
    with pytest.raises(SettingsError, match="needs a folder"):
        VllmEngine(worker_class("vllm", memory_fraction=0.5), None)


def test_an_option_nobody_knows_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="unknown keys for vllm: maxNumSeqs") as refusal:
        engine({"maxNumSeqs": 3})
    assert "kvCacheDtype" in refusal.value.hint


def test_an_engine_that_does_not_start_says_vllms_reason(told: Told) -> None:
    told.start_error = ValueError("KV cache needs 4.5 GiB, 3.1 GiB are free")
    with pytest.raises(EngineUnavailable, match=r"KV cache needs 4\.5 GiB"):
        engine()


def test_a_schema_becomes_a_structured_output(told: Told, run: Run[Any]) -> None:
    schema: dict[str, object] = {"type": "object", "properties": {"a": {"enum": ["x"]}}, "required": ["a"]}
    answer = run(engine().generate(Generate(messages=GENERATE.messages, max_tokens=32, json_schema=schema, temperature=0.2)))
    (sampling,) = told.sampling
    assert sampling.structured_outputs is not None
    assert sampling.structured_outputs.json == schema
    assert (sampling.max_tokens, sampling.temperature, sampling.seed) == (32, 0.2, 0)
    assert answer.text == '{"a": "x"}'


def test_an_answer_may_fill_the_context_and_no_more(told: Told, run: Run[Any]) -> None:
    answer = run(engine().generate(Generate(messages=GENERATE.messages, max_tokens=10 * CONTEXT_TOKENS)))
    assert told.sampling[0].max_tokens == CONTEXT_TOKENS - answer.prompt_tokens


def test_a_choice_weighs_the_labels_tokens_after_the_prefix(told: Told, run: Run[Any]) -> None:
    choice = run(engine().choose(CHOOSE))
    (sampling,) = told.sampling
    assert told.prompts[0].endswith("<|assistant|>\nAnswer:")
    assert sampling.max_tokens == 1
    assert sampling.allowed_token_ids == sampling.logprob_token_ids
    assert len(sampling.logprob_token_ids or ()) == 4  # A and B, each with a space before it and without
    # The stand-in gives the four 1/2, 1/4, 1/8 and 1/16; A has the first two (A, then A after a space), B the others.
    assert choice.log_probabilities == pytest.approx((math.log(0.75 / 0.9375), math.log(0.1875 / 0.9375)))


def test_a_template_is_asked_not_to_think(told: Told, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []
    made = engine()
    tokenizer = made._tokenizer
    real = tokenizer.apply_chat_template

    def spy(messages: list[dict[str, str]], **more: object) -> object:
        asked.append(more)
        return real(messages, **more)

    monkeypatch.setattr(tokenizer, "apply_chat_template", spy)
    run(made.generate(GENERATE))
    assert asked == [{"tools": None, "tokenize": False, "add_generation_prompt": True, "enable_thinking": False}]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (EngineDeadError(), EngineUnavailable),
        (EngineGenerateError(), EngineUnavailable),
        (ValueError("the grammar of canary-7731 is beyond me"), EngineRefused),
    ],
)
def test_errors_of_vllm_are_told_apart_and_not_quoted(
    told: Told, run: Run[Any], error: Exception, expected: type[Exception]
) -> None:
    made = engine()
    told.error = error
    for call in (made.generate(GENERATE), made.choose(CHOOSE)):
        with pytest.raises(expected) as failure:
            run(call)
        assert "canary" not in f"{failure.value} {failure.value.__cause__}"


@pytest.mark.parametrize("reason", ["abort", "error", "repetition"])
def test_an_answer_that_vllm_gave_up_is_not_an_answer(told: Told, run: Run[Any], reason: str) -> None:
    told.finish_reason = reason
    with pytest.raises(EngineUnavailable, match=reason):
        run(engine().generate(GENERATE))


def test_an_engine_whose_process_is_dead_says_so_when_asked_for_its_health(told: Told, run: Run[Any]) -> None:
    made = engine()
    run(made.check_health())
    told.error = EngineDeadError()
    with pytest.raises(EngineUnavailable, match="has ended"):
        run(made.check_health())


def test_a_cancelled_call_ends_in_vllm_too(told: Told, run: Run[Any]) -> None:
    async def cancel() -> None:
        told.hold = asyncio.Event()
        call = asyncio.create_task(engine().generate(GENERATE))
        await told.arrived.acquire()
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    run(cancel())
    assert told.aborted == 1


def test_calls_overlap_up_to_concurrency(told: Told, run: Run[Any]) -> None:
    async def many() -> None:
        told.hold = asyncio.Event()
        made = engine()
        calls = asyncio.gather(*(made.choose(CHOOSE) for _ in range(3 * CONCURRENCY)))
        for _ in range(CONCURRENCY):
            await told.arrived.acquire()
        told.hold.set()
        await calls

    run(many())
    assert told.most_at_once == CONCURRENCY


def test_closing_ends_vllm(told: Told, run: Run[Any]) -> None:
    run(engine().close())
    assert told.shut_down == 1
