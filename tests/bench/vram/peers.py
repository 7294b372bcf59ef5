"""The published calculators' answers: one process in their own environment, which `make bench-vram` installs from its lock."""

import json
import subprocess
from pathlib import Path

from bench.vram.answer import Answer
from bench.vram.case import HERE, Case

FIELDS = ("weights_bytes", "kv_bytes_per_token", "kv_tokens", "fits", "why_not")


def answers(cases: list[Case], python: Path) -> dict[str, dict[str, Answer]]:
    """By calculator, then by run."""
    asked = [
        {
            "id": case.id,
            "model": case.model.name,
            "config": dict(case.model.config),
            "quantization": case.text("quantization"),
            "kv_cache_dtype": case.text("kv_cache_dtype"),
            "tp": case.tensor_parallel,
            "pp": case.count("pipeline_parallel") or 1,
            "gpu_bytes": case.gpu_bytes,
            "budget": case.budget_bytes,
            "utilization": case.utilization,
            "max_model_len": case.count("max_model_len"),
        }
        for case in cases
        if case.model is not None and case.engine != "llama.cpp"
    ]
    command = [str(python), str(HERE / "inside_peers.py")]
    done = subprocess.run(command, input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True)
    said = json.loads(done.stdout)
    return {
        name: {
            id_: Answer(**{key: answer[key] for key in FIELDS if answer.get(key) is not None}) for id_, answer in by_id.items()
        }
        for name, by_id in said.items()
    }


def versions(python: Path) -> dict[str, str]:
    """What was installed."""
    code = "import json;from importlib.metadata import version as v;print(json.dumps({n:v(n) for n in %r}))"
    names = ["hf-mem", "accelerate", "hf-vram-calc", "ridgepoint", "llm-mem-planner", "transformers"]
    return dict(json.loads(subprocess.check_output([str(python), "-c", code % (names,)], text=True)))
