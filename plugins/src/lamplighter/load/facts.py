"""From values that satisfy the chart's schema to the facts that rules look at."""

from collections.abc import Mapping
from typing import Any

from ..domain.deployment import Deployment
from .checkpoints import checkpoint_facts
from .clusters import cluster_facts
from .models import model_facts
from .pools import pool_facts
from .workers import worker_facts


def deployment(values: Mapping[str, Any], release: str) -> Deployment:
    """The facts of one release."""
    return Deployment(
        release=release,
        pools={name: pool_facts(name, entry) for name, entry in values["gpuPools"].items()},
        models={name: model_facts(name, entry) for name, entry in values["models"].items()},
        workers={name: worker_facts(name, entry, values["images"]) for name, entry in values["workers"].items()},
        extractors={name: entry["worker"] for name, entry in values["extractors"].items()},
        default_worker=values["defaultWorker"],
        database_mode=values["database"]["mode"],
        database_secret=values["database"]["existingSecret"],
        ray_token_secret=values["ray"]["tokenSecret"],
        host_paths=values["access"]["hostPath"],
        alerts=values["monitoring"]["enabled"] and values["monitoring"]["alerts"]["enabled"],
        runbook_url=values["monitoring"]["alerts"]["runbookUrl"],
        cluster=cluster_facts(values["cluster"]),
        checkpoints={name: checkpoint_facts(entry) for name, entry in values["models"].items()},
    )
