"""From `gpuPools.<name>` to the facts of a pool."""

from collections.abc import Mapping
from typing import Any

from ..domain.pool import Boot, GpuPool, Lifecycle, Price, Sharing, SharingMode, Taint, Toleration


def pool_facts(name: str, entry: Mapping[str, Any]) -> GpuPool:
    """One pool, from an entry that satisfies the schema."""
    price, lifecycle = entry.get("pricePerHour"), entry.get("lifecycle")
    return GpuPool(
        name=name,
        chip=entry["chip"],
        gpus_per_node=entry["gpusPerNode"],
        least_nodes=entry["nodes"]["min"],
        most_nodes=entry["nodes"]["max"],
        sharing=_sharing(entry.get("sharing", {})),
        lifecycle=Lifecycle(lifecycle) if lifecycle else None,
        platform=entry.get("platform"),
        price=Price(amount=price["amount"], currency=price["currency"]) if price else None,
        boot=_boot(entry.get("boot", {})),
        quota_nodes=entry.get("quota", {}).get("nodes"),
        os_disk=entry.get("osDisk", {}).get("kind"),
        os_disk_gib=entry.get("osDisk", {}).get("sizeGiB"),
        driver_by=entry.get("driver", {}).get("installedBy"),
        driver_branch=entry.get("driver", {}).get("branch"),
        device_plugin_by=entry.get("devicePlugin", {}).get("installedBy"),
        labels=dict(entry.get("labels", {})),
        taints=tuple(
            Taint(key=taint["key"], value=taint.get("value", ""), effect=taint["effect"]) for taint in entry.get("taints", ())
        ),
        tolerations=tuple(_toleration(toleration) for toleration in entry.get("tolerations", ())),
    )


def _sharing(entry: Mapping[str, Any]) -> Sharing:
    return Sharing(
        mode=SharingMode(entry.get("mode", "none")), replicas=entry.get("replicas", 1), layout=dict(entry.get("layout", {}))
    )


def _boot(entry: Mapping[str, Any]) -> Boot:
    return Boot(
        node_seconds=entry.get("nodeSeconds"),
        gpu_ready_seconds=entry.get("gpuReadySeconds"),
        image_pull_mibps=entry.get("imagePullMiBps"),
        disk_read_mibps=entry.get("diskReadMiBps"),
    )


def _toleration(entry: Mapping[str, Any]) -> Toleration:
    return Toleration(
        key=entry.get("key", ""),
        operator=entry.get("operator", "Equal"),
        value=entry.get("value", ""),
        effect=entry.get("effect", ""),
    )
