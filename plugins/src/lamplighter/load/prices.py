"""Prices of what is paid beside nodes: disks, and registries (data/prices.yaml)."""

import functools
from importlib import resources

from ..domain.disk import GIB_MONTH_USD
from ..simulate.cost import Prices, Registry
from ..units import MIB
from .yamlfile import parse_yaml

CURRENCY = "USD"
#: A megabit in MiB.
MEGABIT_MIB = 1e6 / 8 / MIB


@functools.cache
def packaged_prices() -> Prices:
    """Disks and registries."""
    data = parse_yaml(resources.files("lamplighter").joinpath("data/prices.yaml").read_bytes()).data
    registries = {
        name: Registry(name=name, per_day=entry["perDay"], least_mibps=entry["downloadMbps"] * MEGABIT_MIB)
        for name, entry in data["registries"].items()
    }
    return Prices(currency=CURRENCY, disk_gib_month=GIB_MONTH_USD, registries=registries)
