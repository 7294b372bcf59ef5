"""The data that comes with the plugin: the GPU table and the schema of environment.yaml."""

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from ..domain.gpu import GpuChip
from ..units import MIB
from .yamlfile import parse_yaml


@functools.cache
def environment_schema() -> Mapping[str, Any]:
    """The schema of environment.yaml."""
    schema: Mapping[str, Any] = json.loads(_data("data/environment.schema.json"))
    return schema


@functools.cache
def gpu_chips() -> Mapping[str, GpuChip]:
    """The chips by key."""
    return {
        key: GpuChip(key=key, memory_bytes=entry["memoryMiB"] * MIB)
        for key, entry in parse_yaml(_data("data/gpus.yaml")).data["chips"].items()
    }


def _data(name: str) -> bytes:
    return resources.files("lamplighter").joinpath(name).read_bytes()
