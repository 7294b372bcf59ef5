"""What versions of an engine know, against the sources of the versions, and what our own worker takes."""

import pytest

from lamplighter.domain.engine import EngineTable, Presence, Span
from lamplighter.load.engines import engine_tables
from lamplighter.rules.engines import METHODS, TAKEN_OPTIONS
from lamplighter_serving.catalog import WorkerClass, parse_catalog
from lamplighter_serving.engines import llamacpp, openai, vllm
from lamplighter_serving.engines.options import GPUS, NODES, TRUST, EngineOptions
from lamplighter_serving.engines.registry import ENGINES, SERVE_OPTION
from lamplighter_serving.errors import SettingsError

VLLM = engine_tables()["vllm"]

TABLE = EngineTable(
    versions=("0.8.5", "0.9.2", "0.10.2", "0.11.0"),
    arguments={},
    architectures={
        "Always": Span(),
        "New": Span(since="0.10.2"),
        "Old": Span(until="0.9.2"),
        "Gap": Span(lacking=("0.9.2",)),
    },
    undated=frozenset(),
    quantizations={},
    least_capability={"0.8.5": {"awq": 75}, "0.10.2": {"awq": 80}},
)


@pytest.mark.parametrize(
    ("name", "version", "presence"),
    [
        ("Always", "0.8.5", Presence.THERE),
        ("Always", "0.9.1", Presence.THERE),
        ("Always", "0.40.0", Presence.THERE),  # beyond the last one read: as that
        ("New", "0.9.2", Presence.NOT_YET),
        ("New", "0.10.0", Presence.UNKNOWN),  # between 0.9.2, which lacks it, and 0.10.2, which has it
        ("New", "0.10.2", Presence.THERE),
        ("Old", "0.9.2", Presence.THERE),
        ("Old", "0.10.1", Presence.UNKNOWN),
        ("Old", "0.11.0", Presence.NO_MORE),
        ("Gap", "0.9.2", Presence.NO_MORE),
        ("Gap", "0.10.2", Presence.THERE),
        ("Nobody", "0.9.2", Presence.NEVER),
    ],
)
def test_a_version_has_a_name_when_its_neighbours_that_were_read_have_it(name: str, version: str, presence: Presence) -> None:
    assert TABLE.presence(TABLE.architectures.get(name), version) is presence


@pytest.mark.parametrize(("version", "least"), [("0.8.4", None), ("0.8.5", 75), ("0.10.1", 75), ("0.10.2", 80), ("1.0", 80)])
def test_the_least_capability_is_that_of_the_newest_version_read_that_is_not_newer(version: str, least: int | None) -> None:
    assert TABLE.capability_for("awq", version) == least


@pytest.mark.parametrize(
    ("span", "version", "presence"),
    [
        # Release notes: V0's num_scheduler_steps went with V0; Qwen3 came with 0.8.4, gpt-oss with 0.10.1.
        (VLLM.arguments["num_scheduler_steps"], "0.9.2", Presence.THERE),
        (VLLM.arguments["num_scheduler_steps"], "0.25.1", Presence.NO_MORE),
        (VLLM.architectures["Qwen3ForCausalLM"], "0.8.5", Presence.THERE),
        (VLLM.architectures["GptOssForCausalLM"], "0.9.2", Presence.NOT_YET),
        (VLLM.architectures["GptOssForCausalLM"], "0.11.0", Presence.THERE),
        (VLLM.quantizations["gguf"], "0.25.1", Presence.NO_MORE),
    ],
)
def test_the_packaged_table_knows_what_release_notes_say(span: Span, version: str, presence: Presence) -> None:
    assert VLLM.presence(span, version) is presence


def test_every_method_of_ours_is_one_that_some_version_has() -> None:
    assert {method for methods in METHODS.values() for method in methods} <= set(VLLM.quantizations)


def test_the_options_that_the_rule_knows_are_those_that_the_worker_takes() -> None:
    # A scripted engine is for tests, and takes what its script needs.
    assert set(TAKEN_OPTIONS) == set(ENGINES) - {"scripted"}
    everywhere = {TRUST, SERVE_OPTION}
    assert set(TAKEN_OPTIONS["vllm"]) == {vllm.KV_CACHE_DTYPE, vllm.ENFORCE_EAGER, GPUS, NODES, vllm.STREAM_FROM} | everywhere
    assert set(TAKEN_OPTIONS["llamacpp"]) == set(llamacpp._OPTIONS) | everywhere
    assert set(TAKEN_OPTIONS["openai"]) == {openai.BASE_URL, openai.TIMEOUT, openai.SERVER} | everywhere


def test_the_worker_refuses_what_the_rule_refuses() -> None:
    def options(name: str) -> WorkerClass:
        entry = {"engine": "vllm", "model": "m", "engineOptions": {name: 1}, "scale": {}}
        return parse_catalog({"workers": {"extract": entry}, "extractors": {}}, "catalog").workers["extract"]

    known = {vllm.KV_CACHE_DTYPE, vllm.ENFORCE_EAGER, GPUS, NODES}
    EngineOptions(options("enforceEager"), known)
    with pytest.raises(SettingsError, match="numSchedulerSteps"):
        EngineOptions(options("numSchedulerSteps"), known)
