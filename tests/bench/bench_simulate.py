"""The simulation against published runs (plugins/simulate/anchors.py), its speed, and what `tune` makes of staging's scale."""

import json
import time

from bench.figure import Figure
from lamplighter.simulate.arrivals import DAYS, arrivals_of
from lamplighter.simulate.run import simulate
from plugins.simulate.anchors import anchors, left_of_the_minute
from plugins.simulate.worlds import HOUR, world
from plugins.tree import ROOT, lamplighter

MONTH_SECONDS = 30 * 24 * HOUR
#: Days of staging, and the seconds asked for.
TUNED = (("office", 60), ("bursts", 330), ("nightly", 900))


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
    return found + [tuned(day, slo) for day, slo in TUNED]


def tuned(day: str, slo: int) -> Figure:
    """The proposal beside what stands."""
    asked = ("tune", "staging", "--root", str(ROOT), "--day", day, "--days", "7", "--slo", str(slo), "--format", "json")
    report = json.loads(lamplighter(*asked).out)
    now, proposed = (
        (f"p95 {side['p95']:.0f} s, {side['moneyAMonth']:.0f} USD") for side in (report["now"], report["proposed"])
    )
    settings = ", ".join(f"{name} {value}" for name, value in report["proposed"]["settings"].items())
    return Figure(
        what=f"tune staging, {day} days: {settings}",
        ours=proposed,
        against=f"{now}, as it is",
        ratio=report["proposed"]["moneyAMonth"] / report["now"]["moneyAMonth"],
        aim=f"p95 ≤ {slo} s",
    )
