"""Argo CD's plugin: what checking and comparing add to Helm's own render of an environment, each as a process of its own."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figure import Figure
from charts.render import HELM
from lamplighter.commands.judge import judge_environment
from lamplighter.load.environments import environment_names
from plugins.tree import ROOT

RUNS = 5


def main() -> list[Figure]:
    """One row for each environment of the tree."""
    return [measured(name) for name in environment_names(ROOT)]


def measured(name: str) -> Figure:
    """Medians of both."""
    judgement = judge_environment(ROOT, name)
    render = [str(HELM), "template", "lamplighter", str(ROOT / str(judgement.chart)), "--skip-tests"]
    for file in judgement.values_files:
        render += ["--values", str(ROOT / file)]
    # As Argo CD starts it: the program that pip made, in the environment's folder.
    plugin = [str(Path(sys.executable).with_name("lamplighter")), "cmp", "generate"]
    ours, helm = median_seconds(plugin, ROOT / "environments" / name), median_seconds(render, ROOT)
    what = f"cmp generate of {name}, against helm template of it, median of {RUNS}"
    return Figure(what=what, ours=f"{ours:.2f} s", against=f"{helm:.2f} s", ratio=ours / helm, aim="< 2 s")


def median_seconds(command: Sequence[str], folder: Path) -> float:
    """Of several runs, after one that fills the caches."""
    taken = []
    for _run in range(RUNS + 1):
        began = time.perf_counter()
        environment = os.environ | {"HELM_BIN": str(HELM)}
        subprocess.run(command, check=True, capture_output=True, cwd=folder, env=environment)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])
