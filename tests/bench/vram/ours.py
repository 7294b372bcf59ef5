"""Our answers, through the program as a user has it: `lamplighter estimate --format json`."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.vram.answer import Answer
from bench.vram.case import Case

#: Settings of a run to options of the program.
OPTIONS = {
    "utilization": "--gpu-memory-utilization",
    "max_model_len": "--max-model-len",
    "max_num_seqs": "--max-num-seqs",
    "max_num_batched_tokens": "--max-num-batched-tokens",
    "tensor_parallel": "--tp",
    "pipeline_parallel": "--pp",
    "quantization": "--quantization",
    "kv_cache_dtype": "--kv-cache-dtype",
}
#: One card, where the row does not say which: parts are asked for, not the verdict.
ANY_CARD_BYTES = 85_000_000_000


def answers(cases: list[Case]) -> dict[str, Answer]:
    """The answer to every run, by the run's id."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip([case.id for case in cases], pool.map(_answer, cases), strict=True))


def arguments(case: Case) -> Iterator[str]:
    """The command line of one run, without the config."""
    yield from ("--gpu-memory-bytes", str(case.gpu_bytes or ANY_CARD_BYTES))
    if case.gpu_bytes and case.card_key:
        yield from ("--gpu", case.card_key)
    if case.text("enforce_eager") == "true":
        yield "--enforce-eager"
    if "language-model-only" in case.text("note"):
        yield "--text-only"
    yield from ("--engine", "llama.cpp" if case.engine == "llama.cpp" else "vllm")
    version = case.text("engine_version").split()[0].lstrip("~v") if case.text("engine_version") else ""
    if case.engine == "vllm" and version[:2] == "0.":
        yield from ("--engine-version", version.split("/")[0].split("-")[0].rstrip("x.+"))
    for key, option in OPTIONS.items():
        value = case.text(key)
        if value and not (key == "kv_cache_dtype" and value == "f16"):
            yield from (option, value)


def _answer(case: Case) -> Answer:
    """Runs the program once."""
    if case.model is None:
        return Answer(fits="unknown", why_not="the row names no model")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.json"
        config.write_text(json.dumps(case.model.config))
        command = [
            sys.executable,
            "-m",
            "lamplighter",
            "estimate",
            "--config",
            str(config),
            *arguments(case),
            "--format",
            "json",
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    try:
        said = json.loads(done.stdout)
    except ValueError:
        return Answer(why_not=(done.stderr.strip().splitlines() or ["no output"])[-1])
    tokens = said.get("kv_tokens")
    if case.number("max_concurrency") and said.get("max_concurrency") is not None:
        tokens = said["max_concurrency"] * (case.number("max_model_len") or 0)
    known = case.gpu_bytes is not None
    return Answer(
        weights_bytes=said.get("weights_bytes_per_gpu"),
        kv_bytes_per_token=said.get("kv_bytes_per_token_per_gpu"),
        kv_tokens=tokens if known else None,
        fits=said.get("verdict") if known or said.get("verdict") == "unknown" else None,
        activation_bytes=said.get("activation_bytes"),
        why_not=str(said.get("reason", "")),
    )
