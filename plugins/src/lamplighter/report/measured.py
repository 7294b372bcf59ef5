"""Measured speeds as `boot:` values of a pool, with their date and conditions as the comments beside them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..about import NAME, VERSION
from ..measure.speed import MIB, Speed
from .text import printable

FORMAT = 1
#: Stages that a gateway sees and that are values of `boot:`.
STAGE_KEYS: Mapping[str, str] = {"node": "nodeSeconds", "gpu": "gpuReadySeconds"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What was measured. `speeds`: by key of `boot:`; `stages`: mean seconds and wakes; `where`: node and priority."""

    date: str
    where: str
    speeds: Mapping[str, Speed]
    stages: Mapping[str, tuple[float, int]] = field(default_factory=dict)

    @property
    def boot(self) -> Mapping[str, int]:
        """The values, in whole MiB/s and seconds: nothing here is known better."""
        found = {key: round(speed.mibps) for key, speed in self.speeds.items()}
        return found | {STAGE_KEYS[stage]: round(mean) for stage, (mean, _n) in self.stages.items() if stage in STAGE_KEYS}


def measured_text(measured: Measured) -> str:
    """To be put below the pool in environments/clusters/."""
    lines = [f"# lamplighter measure, {measured.date}, {printable(measured.where)}"]
    for key, speed in measured.speeds.items():
        lines.append(f"# {key}: {speed.mibps:.1f}, {speed.size_bytes / MIB:.0f} MiB in {speed.seconds:.1f} s; {speed.how}")
    for stage, (mean, wakes) in measured.stages.items():
        lines.append(f"# stage {printable(stage)}: {mean:.1f} s, mean of {wakes} wake{'s' if wakes > 1 else ''}")
    if measured.boot:
        lines += ["boot:", *(f"  {key}: {value}" for key, value in measured.boot.items())]
    return "\n".join(lines)


def measured_json(measured: Measured) -> str:
    """The same for machines."""
    report = {
        "about": {"tool": NAME, "version": VERSION, "format": FORMAT},
        "date": measured.date,
        "where": measured.where,
        "boot": measured.boot,
        "speeds": {
            key: {"mibps": speed.mibps, "bytes": speed.size_bytes, "seconds": speed.seconds, "how": speed.how}
            for key, speed in measured.speeds.items()
        },
        "stages": {stage: {"meanSeconds": mean, "wakes": wakes} for stage, (mean, wakes) in measured.stages.items()},
    }
    return json.dumps(report, indent=2)
