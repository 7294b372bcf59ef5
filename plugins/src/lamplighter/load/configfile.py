"""A model's config.json from a file, read with the limits of any file that somebody hands in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import CannotJudge

#: The largest published config (a ModelOpt one that lists every layer) has 400 KB.
MOST_BYTES = 16 * 1024 * 1024


def config_of(file: Path) -> Mapping[str, Any]:
    """The object in the file.

    A list of modules in hf_quant_config.json beside it counts as the config's. Raises `CannotJudge`.
    """
    config = _object(file)
    beside = file.parent / "hf_quant_config.json"
    if "quantization_config" not in config and file.name == "config.json" and beside.is_file():
        config = {**config, "quantization_config": {"quant_method": "modelopt", **_object(beside)}}
    return config


def _object(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise CannotJudge(f"{file} cannot be read: {error.strerror}.", hint="Name a model's config.json.") from error
    if len(content) > MOST_BYTES:
        raise CannotJudge(f"{file} has more than {MOST_BYTES} bytes; a config.json has fewer.")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CannotJudge(
            f"{file} does not hold JSON: {str(error).splitlines()[0][:120]}.", hint="Name a model's config.json."
        ) from error
    if not isinstance(value, dict):
        raise CannotJudge(f"{file} does not hold a JSON object.", hint="Name a model's config.json.")
    return value
