"""`make bench`: runs every bench_*.py beside this file and writes docs/benchmarks.md. Names as arguments narrow it.

A figure is a ratio measured in one run on one machine, so the table says which machine and when. Nothing here is asserted.
"""

import importlib
import os
import platform
import re
import signal
import sys
import time
from datetime import date
from pathlib import Path

from bench.figure import Figure, table

HERE = Path(__file__).parent
REPORT = HERE.parent.parent / "docs" / "benchmarks.md"


def machine() -> str:
    """Processor, cores and memory of this machine."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = model[1] if model else platform.processor()
    return f"{name}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, Python {platform.python_version()}, no GPU"


def section(name: str, figures: list[Figure]) -> str:
    """One bench as it stands in the report."""
    return f"## {name}\n\n`make bench ONLY={name}`, {date.today():%Y-%m-%d}, {machine()}\n\n{table(figures)}\n"


def replace_section(report: str, name: str, text: str) -> str:
    """The report with one section exchanged, or added at the end."""
    pattern = re.compile(rf"^## {re.escape(name)}\n.*?(?=^## |\Z)", re.M | re.S)
    if pattern.search(report):
        return pattern.sub(lambda _: text + "\n", report).rstrip() + "\n"
    return report.rstrip() + "\n\n" + text


def main() -> int:
    """Runs the benches that were asked for, all when none was."""
    # A terminated run ends like an interrupted one, so that its servers are stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    known = {path.stem.removeprefix("bench_"): path.stem for path in sorted(HERE.glob("bench_*.py"))}
    chosen = sys.argv[1:] or list(known)
    for name in chosen:
        if name not in known:
            print(f"bench: {name!r} is not one of: {', '.join(known)}", file=sys.stderr)
            return 2
    report = REPORT.read_text(encoding="utf-8") if REPORT.exists() else "# Benchmarks\n"
    for name in chosen:
        print(f"bench {name} …", file=sys.stderr, flush=True)
        begin = time.monotonic()
        text = section(name, importlib.import_module(f"bench.{known[name]}").main())
        print(text)
        print(f"bench {name}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
        report = replace_section(report, name, text)
        REPORT.write_text(report, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
