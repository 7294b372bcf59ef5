"""`lamplighter measure` beside fio on this machine's disk: the same file, read by one and the other in turns.

Others who use the disk meanwhile move single readings by a multiple; the least and the most of the pairs say how much.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figure import Figure
from lamplighter.measure.speed import MIB
from plugins.tree import ROOT

SIZE_BYTES = 1024 * MIB
TRIES = 9
#: A cloud's disk saves up what nobody reads, and gives it at once: both begin after the same rest.
REST_SECONDS = 3.0
#: As `measure` reads: in order, 1 MiB at a time, past the page cache, one request under way.
FIO = ("--rw=read", "--bs=1M", "--direct=1", "--ioengine=psync", "--readonly", "--output-format=json")


def main() -> list[Figure]:
    """Medians of both, and the ratio of each pair."""
    folder = ROOT / ".cache"
    folder.mkdir(exist_ok=True)
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(dir=folder, prefix="measure-") as scratch:
        file = Path(scratch) / "weights.bin"
        with file.open("wb") as stream:
            for _number in range(SIZE_BYTES // MIB):
                stream.write(os.urandom(MIB))
        subprocess.run(("sync", str(file)), check=True)
        for number in range(TRIES):
            # Who goes first changes: the disk below may keep what was read last.
            for one in (_ours, _fio) if number % 2 else (_fio, _ours):
                time.sleep(REST_SECONDS)
                (ours if one is _ours else theirs).append(one(file))
    ratios = sorted(mine / other for mine, other in zip(ours, theirs, strict=True))
    return [
        Figure(
            what=f"direct reads of 1 GiB, median of {TRIES} in turns",
            ours=f"{statistics.median(ours):.0f} MiB/s",
            against=f"{statistics.median(theirs):.0f} MiB/s, fio",
            ratio=statistics.median(ours) / statistics.median(theirs),
            aim="0.90 to 1.10",
        ),
        Figure(
            what="the ratio of each pair, least and most",
            ours=f"{ratios[0]:.2f} to {ratios[-1]:.2f}",
            ratio=statistics.median(ratios),
        ),
    ]


def _ours(file: Path) -> float:
    command = (sys.executable, "-m", "lamplighter", "measure", "--files", str(file.parent), "--format", "json")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout)["speeds"]["diskReadMiBps"]["mibps"])


def _fio(file: Path) -> float:
    command = ("fio", "--name=read", f"--filename={file}", f"--size={SIZE_BYTES}", *FIO)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout)["jobs"][0]["read"]["bw_bytes"]) / MIB
