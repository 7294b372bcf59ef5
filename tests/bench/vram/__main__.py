"""`make bench-vram`: published runs against our memory model and every installable calculator; writes docs/vram.md."""

import sys
from datetime import date
from pathlib import Path

from bench.__main__ import machine
from bench.vram import ours, peers, report
from bench.vram.case import HERE, cases

PAGE = HERE.parent.parent.parent / "docs" / "vram.md"


def main() -> int:
    """Asks everybody about every run."""
    python = Path(sys.argv[1])
    runs = cases()
    print(f"bench-vram: {len(runs)} runs, lamplighter …", file=sys.stderr, flush=True)
    answers = {report.OURS: ours.answers(runs)}
    print("bench-vram: the other calculators (about two minutes) …", file=sys.stderr, flush=True)
    answers |= peers.answers(runs, python)
    installed = ", ".join(f"{name} {version}" for name, version in peers.versions(python).items())
    head = f"`make bench-vram`, {date.today():%Y-%m-%d}, {machine()}; {installed}."
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# GPU memory: predicted and measured\n"
    PAGE.write_text(report.replaced(text, report.generated(runs, answers, head)), encoding="utf-8")
    print(f"bench-vram: written to {PAGE.relative_to(Path.cwd())}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
