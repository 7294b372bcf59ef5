"""The placement lock's file, and the digests of the values that a lock is computed from."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..domain.lock import DIGEST_DIGITS, LockState
from .files import Files

LOCK_FILE = "placement.lock.yaml"

#: What placement and memory depend on; a change of anything else leaves a lock as it is.
MODEL_KEYS = ("config", "weightsBytes", "quantization")
POOL_KEYS = ("chip", "gpusPerNode", "nodes", "quota", "sharing", "lifecycle", "pricePerHour")
WORKER_KEYS = ("topology", "gpusPerReplica", "nodesPerReplica", "pools", "isolation", "priority", "models")


def lock_state(files: Files, environment: str, values: Mapping[str, Any]) -> LockState:
    """The lock of an environment. `values` are merged without it, and need not satisfy the schema."""
    file = f"environments/{environment}/{LOCK_FILE}"
    layer = files.layer(file) if files.exists(file) else None
    text = None if layer is None else (files.root / file).read_bytes().decode("utf-8", errors="replace")
    return LockState(environment=environment, file=file, text=text, inputs=lock_inputs(values))


def lock_inputs(values: Mapping[str, Any]) -> Mapping[str, str]:
    """Digest of each worker on GPUs, of the pools and models that those name, and of the engines' versions."""
    workers = {name: entry for name, entry in _entries(values, "workers").items() if entry.get("gpusPerReplica")}
    pools = {name for entry in workers.values() for name in _names(entry.get("pools"))}
    models = {name for entry in workers.values() for name in _names(entry.get("models"))}
    inputs = {f"workers/{name}": _worker(entry) for name, entry in workers.items()}
    inputs |= {
        f"gpuPools/{name}": _kept(entry, POOL_KEYS) for name, entry in _entries(values, "gpuPools").items() if name in pools
    }
    inputs |= {
        f"models/{name}": _kept(entry, MODEL_KEYS) for name, entry in _entries(values, "models").items() if name in models
    }
    if workers:
        inputs["images/engineVersion"] = {
            name: image["engineVersion"] for name, image in _entries(values, "images").items() if "engineVersion" in image
        }
    return {name: _digest(said) for name, said in inputs.items()}


def _worker(entry: Mapping[str, Any]) -> Any:
    scale = entry.get("scale")
    return _kept(entry, WORKER_KEYS) | {"scale.max": scale.get("max") if isinstance(scale, dict) else None}


def _kept(entry: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: entry[key] for key in keys if key in entry}


def _entries(values: Mapping[str, Any], key: str) -> dict[str, Mapping[str, Any]]:
    found = values.get(key)
    return {name: entry for name, entry in found.items() if isinstance(entry, dict)} if isinstance(found, dict) else {}


def _names(value: Any) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list | dict) else []


def _digest(said: Any) -> str:
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]
