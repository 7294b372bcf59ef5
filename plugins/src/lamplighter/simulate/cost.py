"""Money of a record, by what it was paid for, as it would be in a month: node hours at the pool's price, disks, a registry."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..domain.disk import HOURS_A_MONTH
from ..domain.pool import Lifecycle
from .arrivals import SECONDS_AN_HOUR
from .record import Record, Use
from .scenario import Scenario

DAYS_A_MONTH = HOURS_A_MONTH / 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """A tier of a registry. `least_mibps`: what it promises a download, in MiB/s."""

    name: str
    per_day: float
    least_mibps: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """What is paid beside nodes, in `currency`."""

    currency: str
    disk_gib_month: float
    #: A spot node's part of the usual price: 0.31 to 0.44 of 1.066 for AWS' gr6f.4xlarge (skypilot-catalog v8); it moves.
    spot_part: float = 0.35
    registries: Mapping[str, Registry] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Money a month. `left_out`: sentences about what has no price and so counts as nothing."""

    currency: str
    busy: float
    waking: float
    idle: float
    disks: float
    registry: float
    left_out: tuple[str, ...] = ()

    @property
    def nodes(self) -> float:
        """All that is paid for nodes."""
        return self.busy + self.waking + self.idle

    @property
    def total(self) -> float:
        """All of it."""
        return self.nodes + self.disks + self.registry


def currency_of(scenario: Scenario, prices: Prices) -> str:
    """The one that a cost is said in: the pools', else that of everything beside them."""
    currencies = sorted({pool.pool.price.currency for pool in scenario.pools.values() if pool.pool.price})
    return currencies[0] if currencies else prices.currency


def monthly_cost(record: Record, scenario: Scenario, prices: Prices, registry: str = "") -> Cost:
    """A month at this record's pace. Raises KeyError for a registry that the prices lack."""
    months = record.seconds / SECONDS_AN_HOUR / HOURS_A_MONTH
    currency = currency_of(scenario, prices)
    left_out: list[str] = []
    uses, disks = dict.fromkeys(Use, 0.0), 0.0
    for name, pool in scenario.pools.items():
        price = pool.pool.price
        if price is None or price.currency != currency:
            left_out.append(f"pool {name} has no price in {currency}")
        else:
            for use in Use:
                uses[use] += record.node_hours(name, use) * price.amount
        if pool.pool.lifecycle is Lifecycle.STATIC or pool.pool.os_disk == "ephemeral" or not record.disk_hours(name):
            continue
        if pool.pool.os_disk_gib is None:
            left_out.append(f"pool {name} does not say how large its nodes' disks are (osDisk.sizeGiB)")
        else:
            disks += record.disk_hours(name) / HOURS_A_MONTH * pool.pool.os_disk_gib * prices.disk_gib_month
    tier = prices.registries[registry].per_day * DAYS_A_MONTH if registry else 0.0
    if currency != prices.currency and (disks or tier):
        left_out.append(f"disks and registry have prices in {prices.currency} only")
        disks = tier = 0.0
    return Cost(
        currency=currency,
        busy=uses[Use.BUSY] / months,
        waking=uses[Use.WAKING] / months,
        idle=uses[Use.IDLE] / months,
        disks=disks / months,
        registry=tier,
        left_out=tuple(left_out),
    )
