"""The simulation against published runs (plugins/simulate/anchors.py), and its speed."""

import time

from bench.figure import Figure
from lamplighter.simulate.arrivals import DAYS, arrivals_of
from lamplighter.simulate.run import simulate
from plugins.simulate.anchors import anchors, left_of_the_minute
from plugins.simulate.worlds import HOUR, world

MONTH_SECONDS = 30 * 24 * HOUR


def main() -> list[Figure]:
    """One row for each anchor, and one for each day's pattern over a month."""
    found = [
        Figure(
            what=anchor.name,
            ours=f"{anchor.simulated:.1f} s",
            against=f"{anchor.published:g} s published",
            ratio=anchor.simulated / anchor.published,
            aim="0.85 to 1.15",
        )
        for anchor in anchors()
    ]
    left = left_of_the_minute(boot_seconds=60)
    found.append(
        Figure(
            what="AKS, stopped nodes: what a minute leaves after a boot of 60 s and the loops", ours=f"{left:.0f} s", aim="≥ 0"
        )
    )
    for name in ("quiet", "steady"):
        month = arrivals_of(DAYS[name], "w", days=30, work_seconds=20.0, seed=1)
        began = time.process_time()
        simulate(world(), month, seconds=MONTH_SECONDS, seed=1)
        taken = time.process_time() - began
        found.append(Figure(what=f"a month of {name} days, {len(month)} jobs", ours=f"{taken:.2f} s", aim="< 5 s"))
    return found
