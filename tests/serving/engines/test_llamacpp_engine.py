"""What is special about llama.cpp: its files, its options, its listener and its opinions."""

import math
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from lamplighter_serving.engines.base import Choose, Generate, Message
from lamplighter_serving.engines.llamacpp import LlamaCppEngine, find_model
from lamplighter_serving.errors import EngineRefused, EngineUnavailable, SettingsError
from serving.engines.conftest import Run
from serving.engines.worker_classes import worker_class


@pytest.fixture(scope="module")
def engine() -> LlamaCppEngine:
    return LlamaCppEngine(worker_class("llamacpp", {"trust": 0.5}), None, cpus=1)


@pytest.fixture
def new_listeners() -> Callable[[], set[tuple[str, int]]]:
    """Addresses this process listens on that it did not listen on before."""

    def listening() -> set[tuple[str, int]]:
        connections = psutil.Process().net_connections(kind="tcp")
        return {(each.laddr.ip, each.laddr.port) for each in connections if each.status == psutil.CONN_LISTEN}

    before = listening()
    return lambda: listening() - before


def test_a_model_reads_a_quote(engine: LlamaCppEngine, run: Run[Any]) -> None:
    question = 'Repeat the letter "B". Say nothing else.'
    choice = run(engine.choose(Choose(messages=(Message(role="user", content=question),), labels=("A", "B", "C"), prefix='"')))
    assert max(range(3), key=lambda place: choice.log_probabilities[place]) == 1
    assert math.exp(choice.log_probabilities[1]) > 0.5


def test_a_schema_beyond_its_grammar_is_refused(engine: LlamaCppEngine, run: Run[Any]) -> None:
    schema: dict[str, object] = {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}, "required": ["a"]}
    request = Generate(messages=(Message(role="user", content="canary-7731"),), max_tokens=8, json_schema=schema)
    with pytest.raises(EngineRefused) as refusal:
        run(engine.generate(request))
    assert "canary" not in f"{refusal.value} {refusal.value.__cause__}"


def test_the_trust_of_the_catalog_stands_in_the_facts(engine: LlamaCppEngine) -> None:
    assert engine.facts.details == {"trust": 0.5}


def test_its_listener_is_on_loopback_wants_a_key_and_ends_with_it(
    run: Run[Any], new_listeners: Callable[[], set[tuple[str, int]]]
) -> None:
    engine = LlamaCppEngine(worker_class("llamacpp"), None, cpus=1)
    ((host, port),) = new_listeners()
    assert host == "127.0.0.1"
    for path in ("/v1/chat/completions", "/tokenize", "/slots", "/props"):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=b"{}")
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request, timeout=10)
        assert refusal.value.code in {401, 403}
        refusal.value.close()
    run(engine.close())
    assert new_listeners() == set()


def test_a_folder_with_a_model_will_do(tmp_path: Path) -> None:
    file = find_model(None)
    (tmp_path / "model.gguf").symlink_to(file)
    assert find_model(tmp_path) == tmp_path / "model.gguf"
    assert find_model(file) == file


def test_a_model_that_is_not_there_or_not_whole_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no GGUF file"):
        find_model(tmp_path)
    (tmp_path / "half.gguf").write_bytes(b"GGUF and no more")
    with pytest.raises(EngineUnavailable, match="could not load"):
        LlamaCppEngine(worker_class("llamacpp"), tmp_path, cpus=1)


@pytest.mark.parametrize(("options", "said"), [({"thread": 2}, "unknown keys"), ({"threads": "2"}, "must be a whole number")])
def test_options_that_cannot_work_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        LlamaCppEngine(worker_class("llamacpp", options), None, cpus=1)
