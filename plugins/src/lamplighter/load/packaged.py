"""The data that comes with the plugin: the GPU and MIG tables, and the schemas of environment.yaml and promoted.yaml."""

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from ..domain.gpu import GpuChip, MigProfile, MigTable
from ..units import GIB, MIB
from .yamlfile import parse_yaml


@functools.cache
def environment_schema() -> Mapping[str, Any]:
    """The schema of environment.yaml."""
    schema: Mapping[str, Any] = json.loads(_data("data/environment.schema.json"))
    return schema


@functools.cache
def promotion_schema() -> Mapping[str, Any]:
    """The schema of promoted.yaml."""
    schema: Mapping[str, Any] = json.loads(_data("data/promoted.schema.json"))
    return schema


@functools.cache
def gpu_chips() -> Mapping[str, GpuChip]:
    """The chips by key, each with what MIG makes of it."""
    mig = _mig_tables()
    return {
        key: GpuChip(
            key=key,
            memory_bytes=entry["memoryMiB"] * MIB,
            nominal_bytes=entry["nominalGiB"] * GIB,
            architecture=entry["architecture"],
            capability=_capability(entry["computeCapability"]),
            products=tuple(entry["products"]),
            last_driver_branch=entry.get("lastDriverBranch"),
            mig=mig.get(key),
        )
        for key, entry in parse_yaml(_data("data/gpus.yaml")).data["chips"].items()
    }


def _capability(text: str) -> tuple[int, int]:
    major, minor = text.split(".")
    return int(major), int(minor)


def _mig_tables() -> Mapping[str, MigTable]:
    data = parse_yaml(_data("data/mig.yaml")).data
    tables = {}
    for key, entry in data["chips"].items():
        geometry = data["geometries"][entry["geometry"]]
        tables[key] = MigTable(
            compute_slices=geometry["computeSlices"],
            memory_slices=geometry["memorySlices"],
            profiles={
                name: _mig_profile(name, geometry["shapes"][profile["shape"]], profile["memoryMiB"])
                for name, profile in entry["profiles"].items()
            },
        )
    return tables


def _mig_profile(name: str, shape: Mapping[str, Any], memory_mib: int | None) -> MigProfile:
    return MigProfile(
        name=name,
        compute_slices=shape["compute"],
        memory_slices=shape["memory"],
        starts=tuple(shape["starts"]),
        most=shape["most"],
        media=shape.get("media", False),
        memory_bytes=None if memory_mib is None else memory_mib * MIB,
    )


def _data(name: str) -> bytes:
    return resources.files("lamplighter").joinpath(name).read_bytes()
