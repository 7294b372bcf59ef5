"""A fleet of 200 GPU nodes in five pools and 20 workers with 50 replicas each, as one more environment.

Some have room, some want more than there is, and two ask for what no node of their pool has.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cluster.fake_nodes import gpu_node

ENVIRONMENT = "fleet"
MODEL = "qwen3-8b-awq"
NODES_EACH = 40
REPLICAS_EACH = 50
TAINT = {"key": "sku", "value": "gpu", "effect": "NoSchedule"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """Forty nodes of a kind. `gpus`: of each."""

    chip: str
    gpus: int
    tainted: bool


POOLS: Mapping[str, Pool] = {
    "single": Pool(chip="t4", gpus=1, tainted=True),
    "quad": Pool(chip="l40s", gpus=4, tainted=True),
    "eight": Pool(chip="l40s", gpus=8, tainted=False),
    "large": Pool(chip="a100-80", gpus=8, tainted=True),
    "spare": Pool(chip="l40s", gpus=8, tainted=False),
}
#: Pools that a worker names, and GPUs of its replica. Whatever the scheduler does first, there is room for what fits at all: it
#: spreads pods, while `plan` packs them, so a pool that is full of mixed sizes only when packed holds fewer than `plan` says.
WORKERS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "w01": (("single",), 1),  # 50 for 40 nodes
    "w02": (("single",), 2),  # no node has two
    "w03": (("quad",), 1),
    "w04": (("quad",), 1),
    "w05": (("quad",), 8),  # no node has eight
    **dict.fromkeys(("w06", "w07", "w08", "w09", "w18", "w19"), (("eight",), 1)),
    **dict.fromkeys(("w10", "w11", "w12", "w13", "w14"), (("large",), 1)),
    "w15": (("spare",), 2),
    "w16": (("spare",), 1),
    "w17": (("quad", "spare"), 1),
    "w20": (("spare",), 1),
}


def write_fleet(root: Path) -> None:
    """Writes cluster and environment into a tree of environments."""
    pools = {
        name: {
            "chip": pool.chip,
            "gpusPerNode": pool.gpus,
            "nodes": {"min": NODES_EACH, "max": NODES_EACH},
            "sharing": {"mode": "none"},
            "lifecycle": "static",
            "platform": "static",
            "pricePerHour": {"amount": 0, "currency": "USD"},
            **({"taints": [TAINT], "tolerations": [{**TAINT, "operator": "Equal"}]} if pool.tainted else {}),
        }
        for name, pool in POOLS.items()
    }
    workers = {
        name: {
            "topology": "pod",
            "gpusPerReplica": gpus,
            "pools": list(chosen),
            "models": {MODEL: {"engine": "vllm", "contextTokens": 8192, "concurrency": 4}},
            "modelCache": {"mode": "baked"},
            "resources": {"requests": {"cpu": "1", "memory": "4Gi"}},
        }
        for name, (chosen, gpus) in WORKERS.items()
    }
    scale = {
        "trigger": "push",
        "min": 0,
        "max": REPLICAS_EACH,
        "jobsPerReplica": 10,
        "cooldownSeconds": 300,
        "maxJobSeconds": 600,
    }
    database = {"mode": "external", "existingSecret": "lamplighter-database"}
    files: dict[str, dict[str, Any]] = {
        f"clusters/{ENVIRONMENT}.yaml": {"cluster": {"kubernetesVersion": "1.35"}, "gpuPools": pools},
        f"{ENVIRONMENT}/environment.yaml": {"name": ENVIRONMENT, "cluster": ENVIRONMENT, "release": "lamplighter"},
        f"{ENVIRONMENT}/serving.yaml": {"workers": workers, "database": database},
        f"{ENVIRONMENT}/scale.yaml": {"workers": {name: {"scale": scale} for name in WORKERS}},
        f"{ENVIRONMENT}/version.yaml": {"chart": {"path": "charts/lamplighter-serving"}},
    }
    for name, content in files.items():
        file = root / "environments" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(yaml.safe_dump(content))


def nodes() -> Iterator[dict[str, Any]]:
    """The nodes as objects."""
    for name, pool in POOLS.items():
        for number in range(NODES_EACH):
            taints = [TAINT] if pool.tainted else []
            yield gpu_node(f"{name}-{number}", pool=name, gpus=pool.gpus, taints=taints)
