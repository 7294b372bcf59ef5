"""From a worker class to its engine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lamplighter_serving.engines.registry import ENGINES, build_engine, find_model_file, runs_behind_serve
from lamplighter_serving.errors import SettingsError
from serving.engines.worker_classes import worker_class


def test_an_engine_nobody_knows_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="'tgi', which is not one of: llamacpp, vllm, openai, scripted"):
        build_engine(worker_class("tgi"), None)


@pytest.mark.parametrize("name", ENGINES)
def test_only_engines_that_hold_a_model_get_a_process_of_their_own(name: str) -> None:
    assert runs_behind_serve(worker_class(name)) is (name in {"llamacpp", "vllm"})
    assert runs_behind_serve(worker_class(name, {"serve": True}))
    assert not runs_behind_serve(worker_class(name, {"serve": False}))


def test_the_option_serve_is_not_the_engines_business() -> None:
    assert build_engine(worker_class("scripted", {"serve": True}), None).facts.name == "scripted"


@pytest.mark.parametrize("name", ["openai", "scripted"])
def test_an_engine_without_weights_reads_none_ahead(name: str, tmp_path: Path) -> None:
    assert find_model_file(worker_class(name), tmp_path) is None


def test_the_key_of_the_endpoint_comes_from_the_settings_and_never_from_the_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMPLIGHTER_ENGINE_API_KEY", "ключ")
    with pytest.raises(SettingsError, match="LAMPLIGHTER_ENGINE_API_KEY") as refusal:
        build_engine(worker_class("openai", {"baseUrl": "http://127.0.0.1:9/v1"}), None)
    assert "ключ" not in f"{refusal.value} {refusal.value.hint}"
    monkeypatch.setenv("LAMPLIGHTER_ENGINE_API_KEY", "a-key")
    with pytest.raises(SettingsError, match="unknown keys for openai: apiKey"):
        build_engine(worker_class("openai", {"baseUrl": "http://127.0.0.1:9/v1", "apiKey": "secret"}), None)


def test_the_registry_imports_no_engine() -> None:
    code = (
        "import sys, lamplighter_serving.engines.registry\n"
        "print(*sorted({'xllamacpp', 'vllm', 'httpx', 'ray', 'torch'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], env=dict(os.environ), capture_output=True, text=True, check=True)
    assert said.stdout.strip() == ""
