"""LL218: who installs the GPUs' driver, as the pools say it and as platform.yaml sets it for gpu-operator."""

from collections.abc import Callable, Iterator, Mapping

from ..domain.deployment import Deployment
from ..findings import Finding, Places
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL218": "a driver is installed twice, or by nobody",
}

OPERATOR = "gpu-operator"

#: Keeps the operator's driver off a node (gpu-operator, docs on per-node settings).
NO_DRIVER_LABEL = "nvidia.com/gpu.deploy.driver"

CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = ()  # this looks at platform.yaml beside a release


def check_drivers(deployment: Deployment, platform: Mapping[str, object], places: Places) -> Iterator[Finding]:
    """LL218. `platform` and `places` are those of platform.yaml over the platform chart's defaults."""
    settings = platform.get(OPERATOR)
    settings = settings if isinstance(settings, dict) else {}
    operator = bool(settings.get("enabled", True))
    driver = settings.get("driver")
    # gpu-operator's own default is to install it.
    installs = operator and (driver.get("enabled", True) is not False if isinstance(driver, dict) else True)
    path = (OPERATOR, "driver", "enabled")
    for pool in deployment.pools.values():
        kept_off = pool.labels.get(NO_DRIVER_LABEL) == "false"
        if pool.driver_by == "cloud" and installs and not kept_off:
            sentence = (
                f"gpu-operator installs a driver, but nodes of pool {pool.name} have one from the cloud "
                "(driver.installedBy cloud): two drivers on a node break both"
            )
            change = f'Set gpu-operator.driver.enabled to false, or label the pool\'s nodes {NO_DRIVER_LABEL}: "false".'
            yield places.error("LL218", path, sentence, change)
        elif pool.driver_by == "operator" and (not installs or kept_off):
            sentence = (
                f"pool {pool.name} waits for a driver from gpu-operator (driver.installedBy operator), which installs none"
            )
            change = "Set gpu-operator.driver.enabled to true, or driver.installedBy to cloud."
            yield places.error("LL218", path, sentence, change)
