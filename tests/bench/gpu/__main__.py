"""`make gpu`: predicted against measured memory of one card, wake and throughput; writes docs/gpu.md.

usage: python -m bench.gpu PYTHON, a Python that has vLLM and our serving package's requirements. Every start is a process of
its own, so that each begins with an empty card. About a minute a shape; a shape that does not start is a row that says why.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from bench.gpu.report import Run, vram, wake
from bench.gpu.shape import ENGINE_VERSION, SHAPES, Shape

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "gpu.md"
START_SECONDS = 900
#: Loaded from disk with weights, for wake and throughput: small enough to be made in seconds.
WHOLE_MODEL = "qwen3-1.7b"
WHOLE = {"context_tokens": 4096, "concurrency": 32, "requests": 256, "answer_tokens": 128}


class DidNotRun(Exception):
    """The other Python ended with an error; its last line is the message."""


def main() -> int:
    """Every shape, then the whole model."""
    python = sys.argv[1]
    runs = []
    with tempfile.TemporaryDirectory(prefix="lamplighter-gpu-") as scratch:
        for place, shape in enumerate(SHAPES, start=1):
            print(f"gpu: {place} of {len(SHAPES)}: {shape.name} …", file=sys.stderr, flush=True)
            runs.append(_run(python, shape, Path(scratch) / f"shape-{place}"))
        cards = {str(run.measured["card"]): run.measured["card_bytes"] for run in runs if run.measured}
        if not cards:
            print(f"gpu: no shape started; the first said: {runs[0].why_not}", file=sys.stderr)
            return 2
        print(f"gpu: {WHOLE_MODEL} from disk: wake, throughput …", file=sys.stderr, flush=True)
        stages = _whole(python, Path(scratch))
    ((card, card_bytes),) = cards.items()
    PAGE.write_text(_page(runs, stages, f"{card}, {card_bytes / 2**20:.0f} MiB"), encoding="utf-8")
    print(f"gpu: written to {PAGE.relative_to(ROOT)}", file=sys.stderr)
    return 0


def predicted(shape: Shape, config: Path, card: str, card_bytes: int) -> dict[str, Any]:
    """`lamplighter estimate` of a shape on a card that has a name in the chip table, or only bytes."""
    command = [sys.executable, "-m", "lamplighter", "estimate", "--config", str(config), *shape.estimate_options]
    command += ["--gpu-memory-bytes", str(card_bytes), *(["--gpu", card] if card else []), "--format", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    if done.returncode > 1:
        raise DidNotRun(_last_line(done.stderr))
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _run(python: str, shape: Shape, folder: Path) -> Run:
    folder.mkdir()
    config = folder / "config.json"
    config.write_text(json.dumps(shape.config))
    try:
        measured = _ask(python, "bench.gpu.inside_vllm", {"folder": str(folder), "arguments": shape.engine_arguments})
    except DidNotRun as error:
        return Run(name=shape.name, predicted={}, measured=None, why_not=str(error))
    told = predicted(shape, config, _chip(measured["card"]), measured["card_bytes"])
    return Run(name=shape.name, predicted=told, measured=measured)


def _whole(python: str, scratch: Path) -> dict[str, float]:
    config, folder = scratch / "whole.json", scratch / "whole"
    config.write_text(json.dumps(Shape(model=WHOLE_MODEL).config))
    subprocess.run([python, str(Path(__file__).with_name("checkpoint.py")), str(config), str(folder)], check=True)
    stages: dict[str, float] = _ask(python, "bench.gpu.inside_engine", {"folder": str(folder), **WHOLE})
    return stages


def _ask(python: str, module: str, question: dict[str, Any]) -> dict[str, Any]:
    """The last line of a module run by the other Python."""
    paths = os.pathsep.join([str(ROOT / "tests"), str(ROOT / "serving" / "src")])
    done = subprocess.run(
        [python, "-m", module],
        input=json.dumps(question),
        env=os.environ | {"PYTHONPATH": paths},
        check=False,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    if done.returncode:
        raise DidNotRun(_last_line(done.stderr))
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def _chip(product: str) -> str:
    """The chip table's key of a card that CUDA calls "NVIDIA H100 80GB HBM3"; empty where the table has none."""
    table = (ROOT / "plugins/src/lamplighter/data/gpus.yaml").read_text(encoding="utf-8")
    label = re.escape(product.replace(" ", "-"))
    found = re.search(rf"^  (\S+):\n    products: \[(?:.*, )?{label}[,\]]", table, re.M)
    return found[1] if found else ""


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no word of why"


def _page(runs: list[Run], stages: dict[str, float], card: str) -> str:
    return f"""# GPU memory, wake and throughput on a card

`make gpu`, {date.today():%Y-%m-%d}, {card}, vLLM {ENGINE_VERSION}. Written by the command; nothing here is edited.

## Memory: predicted / measured, MiB

Shapes of real models with made-up weights, started as the worker starts vLLM. Measured is what vLLM's own worker counted; the
prediction is `lamplighter estimate` on the same card. Errors are of the prediction.

{vram(runs)}

## Wake and throughput

{WHOLE_MODEL} with random weights from disk, {WHOLE["requests"]} requests of some 500 tokens, {WHOLE["concurrency"]} at once,
{WHOLE["answer_tokens"]} tokens each.

{wake(stages)}
"""


if __name__ == "__main__":
    sys.exit(main())
