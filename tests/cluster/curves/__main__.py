"""`make bench-curves`: time to each replica on a real control plane beside the simulation's, into docs/benchmarks.md."""

import sys

from bench.__main__ import REPORT, replace_section, section
from bench.figure import Figure
from cluster.curves.curve import medians, simulated
from cluster.curves.real import real_curves
from cluster.curves.scenarios import LOADS
from cluster.machine import lacking

TRIES = 5


def main() -> int:
    """Measures, and writes the table."""
    if reason := lacking():
        print(f"bench-curves: {reason}", file=sys.stderr)
        return 2
    real = real_curves(TRIES)
    figures = []
    for load in LOADS:
        seen, calculated = medians(real[load.name]), medians(simulated(load))
        for point in sorted({*seen, *calculated}, key=lambda one: seen.get(one, calculated.get(one, 0.0))):
            both = point in seen and point in calculated
            figures.append(
                Figure(
                    what=f"{load.says}: {point}",
                    ours=f"{calculated[point]:.1f} s simulated" if point in calculated else "never simulated",
                    against=f"{seen[point]:.1f} s seen, median of {TRIES}" if point in seen else "never seen",
                    ratio=calculated[point] / seen[point] if both else None,
                    aim="0.90 to 1.10",
                )
            )
    text = section("curves", figures).replace("`make bench ONLY=curves`", "`make bench-curves`")
    REPORT.write_text(replace_section(REPORT.read_text(encoding="utf-8"), "curves", text), encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
