"""What a model's files say beside its sizes: where it was published, which commit, its licence, how it is quantised."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: A README's front matter beyond this is no front matter.
MOST_CARD_BYTES = 256 * 1024

#: Licence identifiers of the hub (https://huggingface.co/docs/hub/repositories-licenses) to SPDX names; others stay as said.
SPDX: Mapping[str, str] = {
    "apache-2.0": "Apache-2.0",
    "mit": "MIT",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "cc-by-4.0": "CC-BY-4.0",
    "cc-by-sa-4.0": "CC-BY-SA-4.0",
    "cc-by-nc-4.0": "CC-BY-NC-4.0",
    "cc-by-nc-sa-4.0": "CC-BY-NC-SA-4.0",
    "gpl-3.0": "GPL-3.0-only",
    "agpl-3.0": "AGPL-3.0-only",
    "lgpl-3.0": "LGPL-3.0-only",
    "mpl-2.0": "MPL-2.0",
}

#: quant_method of a config.json to the names of `models.<name>.quantization`.
QUANTIZATIONS: Mapping[str, str] = {
    "awq": "awq",
    "gptq": "gptq",
    "fp8": "fp8",
    "fbgemm_fp8": "fp8",
    "mxfp4": "mxfp4",
    "bitsandbytes": "bitsandbytes",
    "compressed-tensors": "compressed-tensors",
}
#: quant_algo of NVIDIA's ModelOpt, which says its method is "modelopt".
MODELOPT: Mapping[str, str] = {"NVFP4": "nvfp4", "FP8": "fp8"}

#: The hub's cache: models--<owner>--<name>/snapshots/<commit>.
_CACHE_FOLDER = re.compile(r"models--([A-Za-z0-9][\w.-]*?)--([A-Za-z0-9][\w.-]*)")
_COMMIT = re.compile(r"[0-9a-f]{40}")
#: A hub repository; a path on somebody's disk begins otherwise.
REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def repo_of(folder: Path, config: Mapping[str, Any]) -> str:
    """`owner/name` as the hub's cache names the folder, else as the config says; empty when neither does."""
    for part in (folder, *folder.parents):
        if found := _CACHE_FOLDER.fullmatch(part.name):
            return f"{found[1]}/{found[2]}"
    said = config.get("_name_or_path")
    return said if isinstance(said, str) and REPO.fullmatch(said) else ""


def revision_of(folder: Path) -> str:
    """The commit, where the folder is a snapshot of the hub's cache; else empty."""
    return folder.name if folder.parent.name == "snapshots" and _COMMIT.fullmatch(folder.name) else ""


def licence_of(folder: Path) -> str:
    """What the front matter of README.md says; empty where there is none or it says `other` without a name."""
    try:
        with (folder / "README.md").open("rb") as stream:
            text = stream.read(MOST_CARD_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return ""
    front = re.match(r"---\r?\n(.*?)\r?\n---", text, re.S)
    # Two lines are wanted of YAML that others wrote; the whole of it need not be well-formed.
    said = dict(re.findall(r"^(license|license_name):[ \t]*([\w.+-]+)[ \t]*\r?$", front[1], re.M)) if front else {}
    licence = str(said.get("license", ""))
    if licence == "other":
        licence = str(said.get("license_name", ""))
    return SPDX.get(licence, licence)


def quantization_of(config: Mapping[str, Any]) -> str | None:
    """The name the values know, `none` for a plain model; None where the method has no name there."""
    said = config.get("quantization_config", config.get("compression_config"))
    if not isinstance(said, Mapping):
        return "none"
    method = str(said.get("quant_method", "compressed-tensors" if "config_groups" in said else ""))
    if method.startswith("modelopt"):
        return MODELOPT.get(str(said.get("quant_algo", "")))
    return QUANTIZATIONS.get(method)
