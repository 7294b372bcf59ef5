"""From `cluster` to the facts of a cluster."""

from collections.abc import Mapping
from typing import Any

from ..domain.cluster import Cluster


def cluster_facts(entry: Mapping[str, Any]) -> Cluster:
    """The cluster, from an entry that satisfies the schema; empty when no file says anything."""
    autoscaler = entry.get("autoscaler", {})
    return Cluster(
        kubernetes_version=_version(entry.get("kubernetesVersion")),
        containerd_version=_version(entry.get("containerdVersion")),
        image_cleaner=entry.get("imageCleaner", False),
        autoscaler=autoscaler.get("kind"),
        ok_total_unready_count=autoscaler.get("okTotalUnreadyCount"),
        scale_down_unneeded_seconds=autoscaler.get("scaleDownUnneededSeconds"),
        max_graceful_termination_seconds=autoscaler.get("maxGracefulTerminationSeconds"),
    )


def _version(text: str | None) -> tuple[int, int] | None:
    """`1.35.2` as (1, 35)."""
    if text is None:
        return None
    major, minor = text.split(".")[:2]
    return int(major), int(minor)
