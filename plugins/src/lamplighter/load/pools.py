"""From `gpuPools.<name>` to the facts of a pool."""

from collections.abc import Mapping
from typing import Any

from ..domain.pool import GpuPool


def pool_facts(name: str, entry: Mapping[str, Any]) -> GpuPool:
    """One pool, from an entry that satisfies the schema."""
    return GpuPool(
        name=name,
        chip=entry["chip"],
        gpus_per_node=entry["gpusPerNode"],
        sharing=entry.get("sharing", {}).get("mode", "none"),
    )
