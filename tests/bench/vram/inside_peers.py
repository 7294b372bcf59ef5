"""Runs inside the calculators' own environment: reads runs as JSON on stdin, writes every calculator's answers as JSON.

No calculator is asked anything over a network. Their Hub is a stand-in in this process, which serves the case's config.json and
a safetensors header made from the shapes of transformers' own model class on the meta device, packed as the checkpoint's format
has it.
"""

import contextlib
import io
import json
import math
import os
import struct
import sys
import tempfile
import types
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

GIB = 2**30

#: Formats that pack linear layers: bits of a weight, elements that share a scale, bits of that scale and zero.
PACKED = {
    "awq": (4, 128, 20),
    "gptq": (4, 128, 20),
    "w4a16": (4, 128, 16),
    "nvfp4": (4, 16, 8),
    "fp8": (8, 16384, 32),
    "w8a8": (8, 4096, 16),
    "w8a16": (8, 128, 16),
    "mxfp4": (4, 32, 8),
}
#: Chips that ridgepoint knows, by the least memory of a card in GiB.
RIDGEPOINT_CARDS = (
    (130, "h200-141gb"),
    (79.2, "a100-80gb"),
    (70, "h100-80gb"),
    (44, "l40s-48gb"),
    (38, "a100-40gb"),
    (30, "rtx5090-32gb"),
    (22, "rtx3090-24gb"),
)


@cache
def shapes(name: str, folder: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Name and shape of every tensor of a checkpoint, a tied head left out as checkpoints do."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

    config = AutoConfig.from_pretrained(folder)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    last: Exception | None = None
    for kind in (AutoModelForImageTextToText, AutoModelForCausalLM):
        try:
            with torch.device("meta"):
                model = kind.from_config(config)
        except Exception as error:  # noqa: BLE001 (a class that does not know the config says so in many ways)
            last = error
            continue
        return tuple((key, tuple(parameter.shape)) for key, parameter in model.named_parameters())
    raise RuntimeError(f"no model class: {last}")


def header(case: dict[str, Any]) -> dict[str, Any]:
    """A safetensors header of the checkpoint that the case loads."""
    native = case["config"].get("quantization_config", {}).get("quant_method", "")
    form = case["quantization"] or native
    if form not in ("", *PACKED):
        raise ValueError(f"no header for {form}")
    tensors, offset = {}, 0
    for name, shape in shapes(case["model"], case["folder"]):
        elements = math.prod(shape)
        is_expert = "experts" in name and "router" not in name and "bias" not in name
        linear = len(shape) >= 2 and not any(
            part in name for part in ("embed", "lm_head", "router", "gate.weight", "visual", "vision")
        )
        if form and linear and (is_expert or form != "mxfp4"):
            bits, group, extra = PACKED[form]
            parts = [(name, "U8", elements * bits // 8), (f"{name}_scale", "U8", -(-elements // group) * extra // 8)]
        else:
            parts = [(name, "BF16", elements * 2)]
        for key, dtype, size in parts:
            tensors[key] = {
                "dtype": dtype,
                "shape": [size // (2 if dtype == "BF16" else 1)],
                "data_offsets": [offset, offset + size],
            }
            offset += size
    return tensors


def sums(case: dict[str, Any], weights: float, per_token: float | None, extra: float = 0.0) -> dict[str, Any]:
    """What follows from weights and KV bytes of one GPU: capacity and verdict against the run's budget."""
    answer: dict[str, Any] = {"weights_bytes": weights, "kv_bytes_per_token": per_token}
    if case["budget"]:
        left = case["budget"] - weights - extra
        need = (per_token or 0) * (case["max_model_len"] or 1)
        answer["fits"] = "fits" if left >= need and left > 0 else "does-not-fit"
        if per_token:
            answer["kv_tokens"] = max(0.0, left / per_token)
    return answer


def hf_mem(case: dict[str, Any]) -> dict[str, Any]:
    """hf-mem --experimental, its Hub replaced by a transport that answers from the header."""
    import asyncio

    import httpx2
    from hf_mem.run import arun

    raw = json.dumps(header(case)).encode()
    blob = struct.pack("<Q", len(raw)) + raw

    def hub(request: Any) -> Any:
        path = request.url.path
        if "/tree/" in path:
            return httpx2.Response(200, json=[{"type": "file", "path": name} for name in ("config.json", "model.safetensors")])
        if path.endswith("config.json"):
            return httpx2.Response(200, json=case["config"])
        if path.endswith("model.safetensors"):
            first, _, last = request.headers["Range"].removeprefix("bytes=").partition("-")
            return httpx2.Response(206, content=blob[int(first) : int(last) + 1])
        return httpx2.Response(404)

    client = httpx2.AsyncClient

    def stand_in(**_options: Any) -> Any:
        return client(transport=httpx2.MockTransport(hub))

    httpx2.AsyncClient = stand_in  # type: ignore[misc,assignment]
    length = case["max_model_len"] or 4096
    try:
        dtype = case["kv_cache_dtype"] if case["kv_cache_dtype"] in ("fp8", "fp8_e4m3", "fp8_e5m2", "bfloat16") else "auto"
        try:
            said = asyncio.run(arun("bench/model", experimental=True, max_model_len=length, kv_cache_dtype=dtype))
        except Exception:  # noqa: BLE001 (its KV part refuses some formats; without it the weights are still an answer)
            said = asyncio.run(arun("bench/model"))
    finally:
        httpx2.AsyncClient = client  # type: ignore[misc]
    ranks = case["tp"] * case["pp"]
    per_token = said.kv_cache / length / ranks if said.kv_cache else None
    return sums(case, said.memory / ranks, per_token)


def accelerate(case: dict[str, Any]) -> dict[str, Any]:
    """accelerate estimate-memory: the size of the model class at 16 bits, or 4 where the case is quantised to 4."""
    from accelerate.commands import estimate
    from accelerate.utils import calculate_maximum_sizes

    estimate.verify_on_hub = lambda *_: types.SimpleNamespace(config=case["config"], library_name="transformers", sha="")
    total, _largest = calculate_maximum_sizes(estimate.create_empty_model(case["folder"], "transformers"))
    divisor = {"awq": 8, "gptq": 8, "w4a16": 8, "nvfp4": 8, "mxfp4": 8, "bitsandbytes": 8, "fp8": 4, "w8a8": 4, "w8a16": 4}
    native = case["config"].get("quantization_config", {}).get("quant_method", "")
    total /= divisor.get(case["quantization"] or native, 2)
    return sums(case, total / case["tp"] / case["pp"], None)


def hf_vram_calc(case: dict[str, Any]) -> dict[str, Any]:
    """hf-vram-calc: parameters × bytes, KV at 16 bits, divided by the ranks as its table does."""
    from hf_vram_calc.calculator import ParameterCalculator, VRAMCalculator
    from hf_vram_calc.config import ConfigManager
    from hf_vram_calc.parser import ConfigParser

    config = ConfigParser.parse_config(case["folder"], case["model"])
    parameters = ParameterCalculator.calculate_parameters_by_transformers(config)
    calculator = VRAMCalculator(ConfigManager())
    native = case["config"].get("quantization_config", {}).get("quant_method", "")
    bits = PACKED.get(case["quantization"] or native, (16, 0, 0))[0]
    dtype = {16: "bf16", 8: "fp8", 4: "int4"}[bits]
    ranks = case["tp"] * case["pp"]
    weights = calculator.calculate_model_memory(parameters, dtype) * GIB / ranks
    kv = calculator.calculate_kv_cache_memory(config, "bf16", 1, 1024) * GIB / 1024 / ranks
    return sums(case, weights, kv)


def ridgepoint(case: dict[str, Any]) -> dict[str, Any]:
    """ridgepoint fit, fed by its own reader of config.json."""
    import ridgepoint as peer
    from ridgepoint import hf

    hf._download_json = lambda _repo, filename, _revision: json.loads((Path(case["folder"]) / filename).read_text())
    hf._safetensors_shards = lambda *_: ["model.safetensors"]
    hf._safetensors_numel = lambda *_: sum(math.prod(shape) for _name, shape in shapes(case["model"], case["folder"]))
    native = case["config"].get("quantization_config", {}).get("quant_method", "")
    form = case["quantization"] or native
    dtype = {"": "fp16", "awq": "awq", "gptq": "gptq", "fp8": "fp8", "gguf": "q4_k_m"}.get(form)
    if dtype is None:
        raise ValueError(f"no dtype for {form}")
    gib = (case["gpu_bytes"] or 79.25 * GIB) / GIB
    card = next((name for least, name in RIDGEPOINT_CARDS if gib >= least), None)
    if card is None:
        raise ValueError("no such card")
    length = case["max_model_len"] or 4096
    kv = "fp8" if "fp8" in case["kv_cache_dtype"] else "fp16"
    ranks = case["tp"] * case["pp"]
    said = json.loads(peer.fit("bench/model", card, count=ranks, dtype=dtype, kv_cache_dtype=kv, ctx=length, as_json=True))
    per_token = said["capacity"]["bytes_per_seq"] / length / ranks
    answer = {"weights_bytes": said["memory"]["weights_bytes"]["best"] / ranks, "kv_bytes_per_token": per_token}
    if (
        case["gpu_bytes"]
        and case["utilization"] == 0.9
        and abs(gib - {"h100-80gb": 79.18, "a100-80gb": 79.25}.get(card, gib)) < 1
    ):
        answer["kv_tokens"] = said["memory"]["kv_pool_bytes"]["best"] / ranks / per_token
        answer["fits"] = "fits" if said["verdict"]["serves"] else "does-not-fit"
    return answer


def llm_mem_planner(case: dict[str, Any]) -> dict[str, Any]:
    """llm-mem-planner, which knows models with latent attention only."""
    from llm_mem_planner import cli

    config = case["config"].get("text_config", case["config"])
    if not config.get("kv_lora_rank"):
        raise ValueError("no latent attention")
    dims = cli.load_dims(dict(config))
    native = case["config"].get("quantization_config", {}).get("quant_method", "")
    bits = PACKED.get(case["quantization"] or native, (16, 0, 0))[0]
    rank = cli.estimate_weight_params_per_rank(dims, cli.estimate_params(dims), cli.Parallelism(tp=case["tp"]))
    one = 1 if "fp8" in case["kv_cache_dtype"] else 2
    kv = cli.estimate_kv_cache_gib(dims, batch=1, seq_len=1024, kv_dtype_bytes=one) * GIB / 1024
    return sums(case, rank.total * bits / 8 / case["pp"], kv / case["pp"])


CALCULATORS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "hf-mem": hf_mem,
    "accelerate": accelerate,
    "hf-vram-calc": hf_vram_calc,
    "ridgepoint": ridgepoint,
    "llm-mem-planner": llm_mem_planner,
}


def main() -> None:
    """Every calculator on every run; an exception is "no answer" with its last line."""
    warnings.simplefilter("ignore")
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    cases = json.load(sys.stdin)
    said: dict[str, dict[str, Any]] = {name: {} for name in CALCULATORS}
    with tempfile.TemporaryDirectory() as root:
        for case in cases:
            folder = Path(root) / case["model"]
            folder.mkdir(exist_ok=True)
            (folder / "config.json").write_text(json.dumps(case["config"]))
            case["folder"] = str(folder)
            for name, calculator in CALCULATORS.items():
                try:
                    with contextlib.redirect_stdout(io.StringIO()):
                        said[name][case["id"]] = calculator(case)
                except Exception as error:  # noqa: BLE001 (each calculator fails in its own way; the report counts it)
                    said[name][case["id"]] = {"why_not": (str(error).strip().splitlines() or [type(error).__name__])[0][:160]}
            if case["id"].endswith("0"):
                print(f"bench-vram: calculators, {case['id']}", file=sys.stderr, flush=True)
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
