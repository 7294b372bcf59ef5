"""From a model's own files (config.json and safetensors) to the values of `environments/models/<model>.yaml`."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..domain.tensors import StoredWeights
from ..errors import CannotJudge
from .modelcard import QUANTIZATIONS, REPO, licence_of, quantization_of, repo_of, revision_of
from .safetensors import INDEX, SINGLE, weights_from_folder, weights_from_index
from .yamltext import yaml_text

CONFIG = "config.json"
#: The largest published config.json (a list of modules that stay unquantised) has 0.5 MB.
MOST_CONFIG_BYTES = 4 * 1024 * 1024

#: Keys that say nothing about memory: what generates, trains or labels, and what a library wrote for itself.
WITHOUT_SIZES = frozenset(
    {
        "_attn_implementation",
        "_name_or_path",
        "attention_dropout",
        "attention_probs_dropout_prob",
        "attn_implementation",
        "auto_map",
        "bos_token_id",
        "chat_template",
        "classifier_dropout",
        "decoder_start_token_id",
        "dropout",
        "eos_token_id",
        "finetuning_task",
        "hidden_dropout_prob",
        "id2label",
        "initializer_range",
        "label2id",
        "output_attentions",
        "output_hidden_states",
        "pad_token_id",
        "pretraining_tp",
        "sep_token_id",
        "task_specific_params",
        "transformers.js_config",
        "transformers_version",
        "unsloth_version",
        "use_cache",
    }
)

NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?")
MOST_NAME_CHARACTERS = 63


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What the user says of a model; empty where its files are to say it."""

    name: str = ""
    repo: str = ""
    revision: str = ""
    licence: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedModel:
    """A model's entry of the values, with the comment that says where its numbers come from."""

    name: str
    entry: Mapping[str, Any]
    comment: str

    @property
    def text(self) -> str:
        """The file."""
        return f"{self.comment}{yaml_text({'models': {self.name: self.entry}})}"


def import_model(source: Path, said: Said, *, index: Path | None = None) -> ImportedModel:
    """A model from its folder, or from its config.json with the index beside it. Raises `CannotJudge`."""
    file = source / CONFIG if source.is_dir() else source
    folder = file.absolute().parent
    config = _config(file)
    weights = _weights(folder, index, whole_folder=source.is_dir())
    repo = said.repo or repo_of(folder, config)
    if not REPO.fullmatch(repo):
        raise CannotJudge(f"{file} does not say where the model is published.", hint="Say it: --repo owner/name.")
    name = said.name or _name_of(repo)
    if not NAME.fullmatch(name):
        hint = f"Small letters, digits, dots and hyphens, at most {MOST_NAME_CHARACTERS}."
        raise CannotJudge(f"{name!r} cannot be a model's name here.", hint=hint)
    licence = said.licence or licence_of(folder)
    if not licence:
        raise CannotJudge(f"No README.md beside {file} says the licence.", hint="Say its SPDX name: --license Apache-2.0.")
    quantization = quantization_of(config)
    if quantization is None:
        known = ", ".join(sorted({*QUANTIZATIONS, "modelopt (NVFP4, FP8)"}))
        raise CannotJudge(f"{file} has a quantization_config of no known method.", hint=f"Known are {known}.")
    revision = said.revision or revision_of(folder)
    kept, dropped = _kept(config)
    entry: dict[str, Any] = {"source": {"repo": repo} | ({"revision": revision} if revision else {})}
    entry |= {"license": licence, "quantization": quantization}
    if weights:
        entry["weightsBytes"] = weights.total_bytes
    return ImportedModel(name=name, entry=entry | {"config": kept}, comment=_comment(repo, revision, weights, dropped))


def _config(file: Path) -> Mapping[str, Any]:
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_CONFIG_BYTES + 1)
        config = json.loads(content) if len(content) <= MOST_CONFIG_BYTES else None
    except OSError as error:
        hint = f"Name a model's folder, or its {CONFIG}."
        raise CannotJudge(f"{file} cannot be read: {error.strerror}.", hint=hint) from error
    except (ValueError, RecursionError) as error:
        raise CannotJudge(f"{file} is not JSON that can be used.", hint="Fetch it again.") from error
    if content[MOST_CONFIG_BYTES:]:
        raise CannotJudge(f"{file} has more than {MOST_CONFIG_BYTES} bytes; a config.json has fewer.")
    if not isinstance(config, dict) or not (config.get("model_type") or config.get("architectures")):
        hint = "Name the config.json of transformers; Mistral's params.json and GGUF files are not read."
        raise CannotJudge(f"{file} says neither model_type nor architectures.", hint=hint)
    return config


def _weights(folder: Path, index: Path | None, *, whole_folder: bool) -> StoredWeights | None:
    """What the files hold; None where only a config.json was given and no index stands beside it."""
    if index:
        return weights_from_index(index)
    if whole_folder or (folder / INDEX).is_file() or (folder / SINGLE).is_file():
        return weights_from_folder(folder)
    return None


def _name_of(repo: str) -> str:
    """`Qwen/Qwen3-8B-AWQ` as `qwen3-8b-awq`."""
    return re.sub(r"[^a-z0-9.-]+", "-", repo.rpartition("/")[2].lower())[:MOST_NAME_CHARACTERS].strip(".-_")


def _kept(config: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The keys that may say something about memory, and which of them YAML values cannot hold."""
    dropped: list[str] = []

    def keep(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            parts = {key: keep(part, f"{path}.{key}") for key, part in value.items() if key not in WITHOUT_SIZES}
            return {key: part for key, part in parts.items() if part is not None}
        if isinstance(value, list):
            return [keep(part, path) for part in value]
        if _cannot_be_said(value):
            dropped.append(path.removeprefix("."))
            return None
        return value

    return keep(config, ""), dropped


def _cannot_be_said(value: Any) -> bool:
    """Infinities, which JSON has only in Python's eyes, and halves of signs."""
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value)


def _comment(repo: str, revision: str, weights: StoredWeights | None, dropped: list[str]) -> str:
    at = f" at {revision}" if revision else ""
    lines = [f"config: the config.json of {repo}{at}, without what says nothing about memory."]
    if weights is None:
        lines.append("weightsBytes is not said: neither the weights nor their index were at hand.")
    elif weights.tensors:
        formats = ", ".join(f"{dtype} {size}" for dtype, size in weights.bytes_by_dtype.items())
        lines.append(f"weightsBytes: the sum over {len(weights.tensors)} tensors of {_files(weights)} ({formats}).")
    else:
        lines.append(f"weightsBytes: metadata.total_size of the index of {_files(weights)}, not read from the files.")
    if dropped:
        lines.append(f"Not finite, and so left out: {', '.join(sorted(set(dropped)))}.")
    return "".join(f"# {_one_line(line)}\n" for line in lines)


def _files(weights: StoredWeights) -> str:
    return "one safetensors file" if len(weights.files) == 1 else f"{len(weights.files)} safetensors files"


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)
