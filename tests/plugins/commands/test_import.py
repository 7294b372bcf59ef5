"""`lamplighter import`: from a model's own files to its values, and never a guess where they are silent."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lamplighter.load.safetensors import INDEX
from lamplighter.load.yamlfile import parse_yaml
from plugins.load.safetensors_files import write, write_index
from plugins.tree import Said, check, copied_tree, lamplighter

COMMIT = "4fd5b2a6ff2b4b8a9b0a4b8e1e0b9a8d7c6f5e4d"
#: The public config.json of HuggingFaceTB/SmolLM2-135M-Instruct, as transformers wrote it.
CONFIG: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "attention_bias": False,
    "attention_dropout": 0.0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_act": "silu",
    "hidden_size": 576,
    "initializer_range": 0.041666666666666664,
    "intermediate_size": 1536,
    "max_position_embeddings": 8192,
    "model_type": "llama",
    "num_attention_heads": 9,
    "num_hidden_layers": 30,
    "num_key_value_heads": 3,
    "rms_norm_eps": 1e-05,
    "rope_scaling": None,
    "rope_theta": 100000,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
    "transformers.js_config": {"kv_cache_dtype": {"q4f16": "float16"}},
    "transformers_version": "4.42.3",
    "use_cache": True,
    "vocab_size": 49152,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model as the hub's cache keeps it."""
    folder = tmp_path / "hub" / "models--HuggingFaceTB--SmolLM2-135M-Instruct" / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "README.md").write_text("---\nlibrary_name: transformers\nlicense: apache-2.0\nlanguage:\n- en\n---\n# SmolLM2\n")
    write(
        folder / "model.safetensors",
        {"model.embed_tokens.weight": ("BF16", (49152, 576)), "model.norm.weight": ("F32", (576,))},
    )
    return folder


def imported(*arguments: object) -> Said:
    return lamplighter("import", *map(str, arguments))


def test_a_folder_of_the_hubs_cache_says_everything(folder: Path) -> None:
    said = imported(folder)
    assert (said.code, said.err) == (0, "")
    model = yaml.safe_load(said.out)["models"]["smollm2-135m-instruct"]
    assert model["source"] == {"repo": "HuggingFaceTB/SmolLM2-135M-Instruct", "revision": COMMIT}
    assert (model["license"], model["quantization"]) == ("Apache-2.0", "none")
    # By hand: 49,152 · 576 · 2 + 576 · 4.
    assert model["weightsBytes"] == 56_623_104 + 2_304
    assert f"# weightsBytes: the sum over 2 tensors of one safetensors file (BF16 {56_623_104}, F32 2304)." in said.out


def test_what_says_nothing_about_memory_is_left_out_and_the_rest_stays_as_it_was(folder: Path) -> None:
    config = parse_yaml(imported(folder).out.encode()).data["models"]["smollm2-135m-instruct"]["config"]
    assert not {"use_cache", "transformers_version", "transformers.js_config", "bos_token_id"} & set(config)
    assert {key: CONFIG[key] for key in config} == config
    assert {"num_key_value_heads", "rms_norm_eps", "tie_word_embeddings", "torch_dtype", "vocab_size"} < set(config)


def test_a_config_and_an_index_are_enough_with_what_they_do_not_say(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    write_index(tmp_path / INDEX, {"a": "model-1.safetensors", "b": "model-2.safetensors"}, 269_030_016)
    said = imported(tmp_path / "config.json", "--repo", "a/b-C_D", "--license", "MIT", "--name", "small", "--revision", COMMIT)
    model = yaml.safe_load(said.out)["models"]["small"]
    assert (model["weightsBytes"], model["license"], model["source"]["revision"]) == (269_030_016, "MIT", COMMIT)
    assert "metadata.total_size of the index of 2 safetensors files, not read from the files" in said.out


def test_a_config_alone_says_no_weights_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    said = imported(tmp_path / "config.json", "--repo", "a/B", "--license", "MIT")
    assert "weightsBytes" not in yaml.safe_load(said.out)["models"]["b"]
    assert "# weightsBytes is not said: neither the weights nor their index were at hand." in said.out


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, "awq"),
        ({"quant_method": "gptq", "bits": 4}, "gptq"),
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8"),
        ({"quant_method": "mxfp4"}, "mxfp4"),
        ({"config_groups": {}, "format": "pack-quantized"}, "compressed-tensors"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
    ],
)
def test_the_quantisation_is_named_as_values_name_it(folder: Path, method: dict[str, object], name: str) -> None:
    (folder / "config.json").write_text(json.dumps({**CONFIG, "quantization_config": method}))
    model = yaml.safe_load(imported(folder).out)["models"]["smollm2-135m-instruct"]
    assert (model["quantization"], model["config"]["quantization_config"]) == (name, method)


def test_infinities_are_left_out_and_named(folder: Path) -> None:
    # As Mamba2's configs have it: "time_step_limit": [0.0, Infinity], which JSON does not know.
    (folder / "config.json").write_text(json.dumps({**CONFIG, "time_step_limit": [0.0, float("inf")]}))
    assert "# Not finite, and so left out: time_step_limit." in imported(folder).out


def test_what_is_written_is_a_model_that_the_tree_takes(folder: Path, tmp_path: Path) -> None:
    tree = copied_tree(tmp_path / "tree")
    (tree / "environments/models/smollm2-135m-instruct.yaml").unlink()
    said = imported(folder, "--write", "--root", tree)
    assert (said.code, said.out) == (0, "")
    assert said.err == "environments/models/smollm2-135m-instruct.yaml is written.\n"
    assert check(tree, "dev").out == "dev: clean\n"


def test_a_file_that_is_there_is_not_touched(folder: Path, tmp_path: Path) -> None:
    tree = copied_tree(tmp_path / "tree")
    before = (tree / "environments/models/smollm2-135m-instruct.yaml").read_bytes()
    said = imported(folder, "--write", "--root", tree)
    assert (said.code, said.out) == (2, "")
    assert "is there already; nothing was written" in said.err
    assert (tree / "environments/models/smollm2-135m-instruct.yaml").read_bytes() == before


def test_json_says_the_same_for_machines(folder: Path) -> None:
    said = json.loads(imported(folder, "--format", "json").out)
    assert {said["name"]: said["model"]} == yaml.safe_load(imported(folder).out)["models"]
    assert (said["file"], said["written"]) == ("environments/models/smollm2-135m-instruct.yaml", False)


HOSTILE: dict[str, tuple[dict[str, bytes], list[str], str]] = {
    "nothing there": ({}, [], "cannot be read"),
    "not JSON": ({"config.json": b"{"}, [], "is not JSON that can be used"),
    "nested without end": ({"config.json": b"[" * 100_000}, [], "is not JSON that can be used"),
    "not UTF-8": ({"config.json": b"\xff\xfe{"}, [], "is not JSON that can be used"),
    "a list": ({"config.json": b"[]"}, [], "says neither model_type nor architectures"),
    "no model": ({"config.json": b"{}"}, [], "says neither model_type nor architectures"),
    "no repository": ({"config.json": b'{"model_type": "llama"}'}, ["--license", "MIT"], "where the model is published"),
    "no licence": ({"config.json": b'{"model_type": "llama"}'}, ["--repo", "a/b"], "says the licence"),
    "a name with a path": (
        {"config.json": b'{"model_type": "llama"}'},
        ["--repo", "a/b", "--license", "MIT", "--name", "../../x"],
        "cannot be a model's name",
    ),
    "an unknown method": (
        {"config.json": b'{"model_type": "llama", "quantization_config": {"quant_method": "aqlm"}}'},
        ["--repo", "a/b", "--license", "MIT"],
        "of no known method. Known are awq",
    ),
    "a broken index": (
        {"config.json": b'{"model_type": "llama"}', INDEX: b'{"weight_map": {"a": "../b"}}'},
        ["--repo", "a/b", "--license", "MIT"],
        "not a plain",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_cannot_be_used_is_one_sentence(tmp_path: Path, case: str) -> None:
    files, arguments, sentence = HOSTILE[case]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    said = imported(tmp_path / "config.json", *arguments)
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=6),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=6), below, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extra=st.dictionaries(st.sampled_from(sorted(CONFIG)) | st.text(max_size=8), anything, max_size=4))
def test_a_config_with_anything_in_it_is_imported_as_yaml_or_refused(tmp_path: Path, extra: dict[str, object]) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**CONFIG, **extra}))
    said = imported(tmp_path / "config.json", "--repo", "a/b", "--license", "MIT")
    assert said.code in (0, 2)
    if said.code == 0:
        assert "b" in parse_yaml(said.out.encode()).data["models"]
