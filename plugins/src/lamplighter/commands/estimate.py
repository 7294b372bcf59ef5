"""`lamplighter estimate`: GPU memory of one model from its config.json, every part with its error, without an environment."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

EPILOG = """\
exit codes: 0 it fits, perhaps tightly; 1 it does not fit, or nobody can say; 2 it could not judge

examples:
  lamplighter estimate --config config.json --gpu l4
  lamplighter estimate --config config.json --gpu h100-80 --tp 2 --max-model-len 32768 --fit
  lamplighter estimate --config config.json --gpu-memory-bytes 25316032512 --quantization awq --format json
"""


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "estimate",
        help="compute a model's GPU memory from its config.json",
        description="Computes what an engine takes of each GPU. What is not said is the engine's own default.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--config", type=Path, required=True, metavar="CONFIG_JSON", help="a Hugging Face config.json")
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument("--weights-bytes", type=_positive, metavar="N", help="bytes of the whole model's weights")
    weights.add_argument(
        "--safetensors-index", type=Path, metavar="F", help="model.safetensors.index.json, or one safetensors file"
    )
    add("--gpu", metavar="KEY", help="a chip of the GPU table, such as l4 (default: the smallest that holds it)")
    add("--gpu-memory-bytes", type=_positive, metavar="N", help="bytes of one card, as CUDA reports them; else the chip's own")
    add("--tp", type=_positive, default=1, metavar="N", help="tensor parallel size (default: 1)")
    add("--pp", type=_positive, default=1, metavar="N", help="pipeline parallel size (default: 1)")
    add("--ep", action="store_true", help="spread whole experts over the tensor parallel ranks")
    add("--engine", choices=("vllm", "llamacpp", "llama.cpp"), default="vllm", help="default: vllm")
    add("--engine-version", metavar="V", help="such as 0.25.1 (default: the newest that was read)")
    add("--dtype", metavar="D", help="auto, bfloat16, float16, half or float32 (default: the config's)")
    add(
        "--quantization",
        metavar="Q",
        help="awq, gptq, fp8, nvfp4, mxfp4, bitsandbytes or a GGUF type, where the config has none",
    )
    add("--kv-cache-dtype", default="auto", metavar="D", help="default: auto")
    add("--max-model-len", type=_positive, metavar="N", help="tokens of one request (default: the model's positions)")
    add("--max-num-seqs", type=_positive, metavar="N", help="requests in one batch")
    add("--max-num-batched-tokens", type=_positive, metavar="N", help="tokens in one batch")
    add("--gpu-memory-utilization", type=_fraction, metavar="F", help="part of the card, 0 to 1")
    add(
        "--concurrency",
        type=_positive,
        default=1,
        metavar="N",
        help="requests that must fit with their whole context (default: 1)",
    )
    add("--enforce-eager", action="store_true", help="no CUDA graphs")
    add("--enable-prefix-caching", action=argparse.BooleanOptionalAction, default=None, help="default: the engine's own")
    add("--text-only", action="store_true", help="no pictures or sound: no encoder's trial run")
    add("--fit", action="store_true", help="also the largest context and concurrency that fit, and the smallest card")
    add("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the estimate; 1 where it does not fit or is unknown."""
    from ..domain.unknown import Unknown  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..load.configfile import config_of  # noqa: PLC0415
    from ..load.safetensors import stored_bytes  # noqa: PLC0415
    from ..report.estimate import json_estimate, json_unknown, text_estimate, text_unknown  # noqa: PLC0415
    from ..vram.asked import Asked, answer  # noqa: PLC0415

    config = config_of(arguments.config)
    weights = stored_bytes(arguments.safetensors_index) if arguments.safetensors_index else arguments.weights_bytes
    result = answer(
        Asked(
            model=_model(config, arguments),
            run=_run(arguments),
            card=_card(arguments),
            weights_bytes=weights,
            fit=arguments.fit,
            cards=_cards(),
        )
    )
    as_json = arguments.format == "json"
    if isinstance(result, Unknown):
        print(json.dumps(json_unknown(result), indent=2) if as_json else text_unknown(result))
        return 1
    print(json.dumps(json_estimate(result), indent=2) if as_json else text_estimate(result))
    return int(result.verdict == "does-not-fit")


def _model(config: Mapping[str, Any], arguments: argparse.Namespace) -> Any:
    from ..load.architectures.assemble import architecture  # noqa: PLC0415

    return architecture(config, quantization=arguments.quantization)


def _run(arguments: argparse.Namespace) -> Any:
    """The engine as asked for. Raises `CannotJudge` where a word is not one."""
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..vram.engine import NEWEST, EngineRun, parse_version  # noqa: PLC0415

    version = NEWEST
    if arguments.engine_version:
        parsed = parse_version(arguments.engine_version)
        if parsed is None:
            raise CannotJudge(f"--engine-version is {arguments.engine_version!r}, not a version.", hint="Write it as 0.25.1.")
        version = parsed
    dtype = (arguments.dtype or "auto").removeprefix("torch.")
    if dtype not in DTYPE_BYTES:
        raise CannotJudge(f"--dtype is {dtype!r}.", hint=f"Known are: {', '.join(DTYPE_BYTES)}.")
    return EngineRun(
        engine=arguments.engine.replace(".", ""),
        version=version,
        tensor_parallel=arguments.tp,
        pipeline_parallel=arguments.pp,
        expert_parallel=arguments.ep,
        element_bytes=DTYPE_BYTES[dtype],
        kv_cache_dtype=arguments.kv_cache_dtype,
        max_model_len=arguments.max_model_len,
        max_num_seqs=arguments.max_num_seqs,
        max_num_batched_tokens=arguments.max_num_batched_tokens,
        memory_fraction=arguments.gpu_memory_utilization,
        eager=arguments.enforce_eager,
        prefix_caching=arguments.enable_prefix_caching,
        concurrency=arguments.concurrency,
        images=not arguments.text_only,
    )


#: Bytes of an element by --dtype; None leaves it to the config.
DTYPE_BYTES: Mapping[str, int | None] = {"auto": None, "bfloat16": 2, "float16": 2, "half": 2, "float32": 4, "float": 4}


def _card(arguments: argparse.Namespace) -> Any:
    """The card as asked for; without one, the smallest is looked for. Raises `CannotJudge` for a chip that is not there."""
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..load.packaged import gpu_chips  # noqa: PLC0415
    from ..vram.engine import Card  # noqa: PLC0415
    from ..vram.seating import card_of  # noqa: PLC0415

    if not arguments.gpu:
        return Card(key="", memory_bytes=arguments.gpu_memory_bytes) if arguments.gpu_memory_bytes else None
    chips = gpu_chips()
    if arguments.gpu not in chips:
        raise CannotJudge(f"There is no chip {arguments.gpu} in the GPU table.", hint=f"Known are: {', '.join(sorted(chips))}.")
    card = card_of(chips[arguments.gpu])
    return replace(card, memory_bytes=arguments.gpu_memory_bytes) if arguments.gpu_memory_bytes else card


def _cards() -> Any:
    from ..load.packaged import gpu_chips  # noqa: PLC0415
    from ..vram.seating import card_of  # noqa: PLC0415

    return tuple(card_of(chip) for chip in gpu_chips().values())


def _positive(text: str) -> int:
    number = int(text)
    if not 0 < number < 2**63:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return number


def _fraction(text: str) -> float:
    number = float(text)
    if not 0 < number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return number
