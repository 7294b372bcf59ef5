"""All rules: the code of each finding with its title, and the functions that look. Each room says its own."""

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

from ..findings import Finding
from . import budget, coldstart, drivers, engines, lifecycle, lock, nodes, overrides, pools, promotion, scaling, sharing, values
from .subject import Subject

#: A room holds `TITLES` (code to title) and `CHECKS` (functions from a subject to findings).
ROOMS: tuple[ModuleType, ...] = (
    budget,
    pools,
    sharing,
    nodes,
    drivers,
    scaling,
    coldstart,
    lifecycle,
    lock,
    promotion,
    values,
    engines,
    overrides,
)

TITLES: Mapping[str, str] = {code: title for room in ROOMS for code, title in room.TITLES.items()}

CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = tuple(check for room in ROOMS for check in room.CHECKS)


def run_rules(subject: Subject) -> list[Finding]:
    """What every check finds."""
    return [finding for check in CHECKS for finding in check(subject)]
