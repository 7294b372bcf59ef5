"""The scripts that read further versions: of an engine from its wheel, of an operator's chart from its values."""

import importlib.util
import json
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from plugins.tree import ROOT


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SOURCES = {
    "vllm/engine/arg_utils.py": "class EngineArgs:\n    model: str = ''\n    brand_new: int = 1\n\n\n"
    "class Other:\n    not_one: int = 0\n",
    "vllm/model_executor/models/registry.py": "_TEXT_GENERATION_MODELS = {'NewForCausalLM': ('new', 'New')}\n"
    "_PREVIOUSLY_SUPPORTED_MODELS = {'GoneForCausalLM': '0.1'}\n",
    "vllm/model_executor/layers/quantization/__init__.py": "Q = Literal['awq', 'odd']\n\n\ndef get(name):\n"
    "    return {'awq': AWQConfig, 'odd': OddConfig}\n",
    "vllm/model_executor/layers/quantization/awq.py": "class AWQConfig:\n    def get_min_capability(cls):\n        return 75\n",
}


def test_a_wheel_adds_its_version_and_keeps_what_was_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, data = tmp_path / "vllm-0.34.0+cu129-cp38-abi3-linux.whl", tmp_path / "vllm.json"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in SOURCES.items():
            archive.writestr(name, text)
    reader = script("read_vllm")
    data.write_text(reader.DATA.read_text())
    monkeypatch.setattr(reader, "DATA", data)
    assert reader.main([str(wheel)]) == 0
    found = json.loads(data.read_text())
    assert found["versions"][-1] == "0.34.0"
    assert found["arguments"]["brand_new"] == ["0.34.0", None]
    assert "not_one" not in found["arguments"]
    assert found["arguments"]["model"] == [None, None]
    assert found["arguments"]["num_scheduler_steps"] == [None, "0.9.2"]
    assert found["architectures"]["LlamaForCausalLM"] == [None, "0.33.0"]  # this wheel does not have it
    assert found["architectures"]["NewForCausalLM"] == ["0.34.0", None]
    assert "GoneForCausalLM" not in found["architectures"]
    assert found["leastCapability"]["0.34.0"] == {"awq": 75}


def test_the_data_is_as_the_script_writes_it() -> None:
    reader = script("read_vllm")
    assert reader.DATA.read_text() == reader.text(json.loads(reader.DATA.read_text()))


def test_a_charts_values_are_written_as_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = tmp_path / "chart"
    chart.mkdir()
    (chart / "Chart.yaml").write_text("name: thing\nversion: 1.2.3\ndependencies: [{name: grafana}]\n")
    (chart / "values.yaml").write_text("a: {b: 1, c: [], d: {}}\ne: null\nf: true\ng: 1.5\nh: text\n")
    packed = tmp_path / "thing.tgz"
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(chart, arcname="thing")
    reader = script("read_chart_values")
    monkeypatch.setattr(reader, "DATA", tmp_path)
    for source in (chart, packed):
        assert reader.main([str(source), "somewhere"]) == 0
        found = json.loads((tmp_path / "thing.json").read_text())
        assert found["dependencies"] == ["grafana"]
        kinds = {"a": {"b": "integer", "c": "array", "d": {}}, "e": "null", "f": "boolean", "g": "number", "h": "string"}
        assert found["values"] == kinds


def test_a_schema_of_kubernetes_is_closed_and_says_nothing_that_does_not_decide() -> None:
    closed = script("read_kubernetes_schemas").closed
    openapi = {
        "description": "long",
        "properties": {
            "description": {"type": "string", "description": "a key that is called so stays"},
            "port": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            "spec": {"allOf": [{"$ref": "#/components/schemas/io.k8s.Spec"}], "default": {}},
            "free": {"type": "object", "properties": {}, "x-kubernetes-preserve-unknown-fields": True},
            "maybe": {"type": "string", "nullable": True, "enum": ["a"]},
        },
        "required": ["spec"],
        "x-kubernetes-group-version-kind": [],
    }
    assert closed(openapi) == {
        "properties": {
            "description": {"type": "string"},
            "port": {"type": ["integer", "string"]},
            "spec": {"$ref": "#/definitions/io.k8s.Spec"},
            "free": {"type": "object", "properties": {}, "additionalProperties": True},
            "maybe": {"type": ["string", "null"], "enum": ["a"]},
        },
        "required": ["spec"],
        "additionalProperties": False,
    }
