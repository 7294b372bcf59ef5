"""LL607 to LL609, LL613: an engine of a certain version on a certain card: what it knows, and what the card can compute."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping

from ..domain.checkpoint import Checkpoint
from ..domain.deployment import EngineSettings, Worker
from ..domain.engine import EngineTable, Presence, Span
from ..domain.gpu import GpuChip
from ..domain.pool import GpuPool
from ..findings import Finding, Path
from .subject import Subject, listed

TITLES: Mapping[str, str] = {
    "LL607": "an engine's option that the worker does not take",
    "LL608": "an engine's version does not have the model's architecture or quantisation",
    "LL609": "a number format that the card cannot compute with",
    "LL613": "a model cannot be spread over so many GPUs",
}

#: What the worker itself takes in engineOptions, by engine, and the kinds of each (serving/src/lamplighter_serving/engines; a
#: test compares the two). A whole number will do for a decimal one.
_EVERYWHERE: Mapping[str, tuple[type, ...]] = {"trust": (int, float), "serve": (bool,)}
TAKEN_OPTIONS: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "vllm": {
        "kvCacheDtype": (str,),
        "enforceEager": (bool,),
        "tensorParallelSize": (int,),
        "pipelineParallelSize": (int,),
        "streamFrom": (str,),
        **_EVERYWHERE,
    },
    "llamacpp": {"threads": (int,), "embeddingTokens": (int,), **_EVERYWHERE},
    "openai": {"baseUrl": (str,), "timeoutSeconds": (int, float), "server": (str,), **_EVERYWHERE},
}
_KIND_NAMES: Mapping[type, str] = {bool: "true or false", int: "a number", str: "text"}

#: vLLM's methods that read each of our number formats. A method changes its name between versions: one that is there will do.
METHODS: Mapping[str, tuple[str, ...]] = {
    "awq": ("awq", "auto_awq", "awq_marlin"),
    "gptq": ("gptq", "auto_gptq", "gptq_marlin"),
    "fp8": ("fp8",),
    "nvfp4": ("modelopt_fp4", "nvfp4"),
    "mxfp4": ("mxfp4", "gpt_oss_mxfp4"),
    "bitsandbytes": ("bitsandbytes",),
    "compressed-tensors": ("compressed-tensors",),
    "gguf": ("gguf",),
}

#: Least compute capability that computes with a format: bfloat16 came with Ampere, 8-bit floats with Ada and Hopper
#: (CUDA programming guide, arithmetic instructions by compute capability). e5m2 is only stored, and unpacked on Ampere too.
BFLOAT16_CAPABILITY = (8, 0)
FP8_CAPABILITY = (8, 9)
CACHE_CAPABILITY: Mapping[str, tuple[int, int]] = {
    "bfloat16": BFLOAT16_CAPABILITY,
    "fp8": FP8_CAPABILITY,
    "fp8_e4m3": FP8_CAPABILITY,
    "fp8_e5m2": (8, 0),
}


def check_options(subject: Subject) -> Iterator[Finding]:
    """LL607: the worker ends at start over an option it does not take; whether the engine would know it is said too."""
    for _worker, settings, path in subject.engines():
        if settings.asks_with_key and settings.engine != "openai":
            sentence = f"apiKeySecret is set, but {settings.engine} asks nobody"
            change = "Leave it out, or set engine to openai."
            yield subject.places.error("LL607", (*path, "apiKeySecret"), sentence, change)
        taken = TAKEN_OPTIONS.get(settings.engine)
        for option, value in settings.options.items() if taken else ():
            at = (*path, "engineOptions", option)
            kinds = taken.get(option) if taken else None
            if taken and kinds is None:
                sentence = (
                    f"{settings.engine} has no option {option} that the worker passes on{_history(subject, settings, option)}"
                )
                near = difflib.get_close_matches(option, taken, n=1)
                change = f"Did you mean {near[0]}?" if near else f"Known here: {listed(taken)}."
                yield subject.places.error("LL607", at, sentence, change)
            elif kinds and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
                sentence = f"option {option} of {settings.engine} is {value!r}, which is not {_KIND_NAMES[kinds[0]]}"
                yield subject.places.error("LL607", at, sentence, f"Write {_KIND_NAMES[kinds[0]]}.")


def _history(subject: Subject, settings: EngineSettings, option: str) -> str:
    """What that version of the engine makes of an option, as text to add."""
    table = subject.engine_tables.get(settings.engine)
    if table is None or not settings.engine_version:
        return ""
    name = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", option.removeprefix("--")).lower().replace("-", "_")
    span = table.arguments.get(name)
    engine = f"{settings.engine} {settings.engine_version}"
    match table.presence(span, settings.engine_version):
        case Presence.THERE:
            return f"; {engine} itself would take {name}"
        case Presence.NO_MORE if span:
            return f"; {engine} has no {name} any more (last seen in {span.until})"
        case Presence.NOT_YET if span:
            return f"; {engine} has no {name} yet (first seen in {span.since})"
        case _:
            return f"; nor does {engine} know {name}"


def check_architectures(subject: Subject) -> Iterator[Finding]:
    """LL608: the engine would end with an unknown architecture or quantisation method."""
    for _worker, settings, path in subject.engines():
        table, checkpoint = subject.engine_tables.get(settings.engine), subject.deployment.checkpoints.get(settings.model)
        if table is None or checkpoint is None or not settings.engine_version:
            continue
        engine = f"{settings.engine} {settings.engine_version}"
        if said := _lacking_architecture(table, checkpoint, settings.engine_version):
            change = "Use a version that has it (images.*.engineVersion), or another model."
            yield subject.places.error(
                "LL608", path, f"{engine} does not have the architecture of {settings.model}: {said}", change
            )
        methods = METHODS.get(checkpoint.quantization, ())
        spans = [table.quantizations.get(method) for method in methods]
        if methods and all(table.presence(span, settings.engine_version) in _ABSENT for span in spans):
            history = "; ".join(_dates(method, span) for method, span in zip(methods, spans, strict=True) if span)
            sentence = f"{engine} does not read {checkpoint.quantization}, which {settings.model} is quantised with ({history})"
            yield subject.places.error("LL608", path, sentence, "Use a version that reads it, or the model in another format.")


_ABSENT = frozenset({Presence.NOT_YET, Presence.NO_MORE, Presence.NEVER})


def _lacking_architecture(table: EngineTable, checkpoint: Checkpoint, version: str) -> str:
    """Which architectures are not there, empty when one is or when that cannot be said. One that runs is enough."""
    lacking: list[str] = []
    for name in checkpoint.architectures:
        span = table.architectures.get(name)
        if name in table.undated or table.presence(span, version) not in _ABSENT:
            return ""
        lacking.append(_dates(name, span) if span else f"{name} (in no version read, up to {table.versions[-1]})")
    return ", ".join(lacking)


def _dates(name: str, span: Span) -> str:
    since = f"since {span.since}" if span.since else ""
    until = f"until {span.until}" if span.until else ""
    return " ".join(part for part in (name, since, until) if part)


def check_formats(subject: Subject) -> Iterator[Finding]:
    """LL609: weights, KV cache or a quantisation in numbers that the pool's chip does not compute with."""
    for worker, settings, path in subject.engines():
        for pool, chip in _cards(subject, worker):
            for said, least, place in _formats(subject, settings):
                if chip.capability < least:
                    card = f"a {chip.key} of pool {pool.name} has compute capability {_dotted(chip.capability)}"
                    sentence = f"{said} needs compute capability {_dotted(least)}, and {card}"
                    yield subject.places.error("LL609", (*path, *place), sentence, _way_out(subject, least, place))


def _formats(subject: Subject, settings: EngineSettings) -> Iterator[tuple[str, tuple[int, int], Path]]:
    """Each format an engine has to compute with: words for it, the least capability, and the key below the engine."""
    if settings.engine != "vllm":
        return
    checkpoint = subject.deployment.checkpoints.get(settings.model, Checkpoint())
    if checkpoint.dtype == "bfloat16":
        yield f"{settings.model} in bfloat16", BFLOAT16_CAPABILITY, ()
    if settings.kv_cache_dtype in CACHE_CAPABILITY:
        yield f"a KV cache in {settings.kv_cache_dtype}", CACHE_CAPABILITY[settings.kv_cache_dtype], ("kvCacheDtype",)
    table = subject.engine_tables.get(settings.engine)
    if table is None or not settings.engine_version:
        return
    known = (table.capability_for(method, settings.engine_version) for method in METHODS.get(checkpoint.quantization, ()))
    if least := min((number for number in known if number is not None), default=None):
        words = f"{checkpoint.quantization} of {settings.model} in vllm {settings.engine_version}"
        yield words, divmod(least, 10), ()


def _way_out(subject: Subject, least: tuple[int, int], place: Path) -> str:
    able = [
        pool.name
        for pool in subject.deployment.pools.values()
        if (chip := subject.chips.get(pool.chip)) and chip.capability >= least
    ]
    other = "Leave kvCacheDtype out" if place else "Use the model in another number format (float16, awq)"
    return f"{other}, or use pool {' or '.join(sorted(able))}." if able else f"{other}, or a newer card."


def _cards(subject: Subject, worker: Worker) -> Iterator[tuple[GpuPool, GpuChip]]:
    for name in worker.pools if worker.gpus_per_replica else ():
        pool = subject.deployment.pools.get(name)
        chip = subject.chips.get(pool.chip) if pool else None
        if pool and chip and chip.capability > (0, 0):
            yield pool, chip


def _dotted(capability: tuple[int, int]) -> str:
    return f"{capability[0]}.{capability[1]}"


def check_parallel(subject: Subject) -> Iterator[Finding]:
    """LL613: vLLM gives every GPU the same number of attention heads, and a share of the keys and values or a copy."""
    for worker, settings, path in subject.engines():
        if settings.engine == "vllm" and settings.pipeline_parallel != worker.nodes_per_replica:
            sentence = (
                f"the layers of {settings.model} would be spread over {settings.pipeline_parallel} nodes, "
                f"but a replica has {worker.nodes_per_replica}"
            )
            change = "Leave pipelineParallelSize out: it is nodesPerReplica."
            yield subject.places.error("LL613", (*path, "engineOptions"), sentence, change)
        parallel, checkpoint = settings.tensor_parallel, subject.deployment.checkpoints.get(settings.model)
        if settings.engine != "vllm" or parallel == 1 or checkpoint is None:
            continue
        heads, kv_heads = checkpoint.heads, checkpoint.kv_heads
        if parallel > worker.gpus_per_replica > 0:
            said = f"but a replica has {worker.gpus_per_replica}"
        elif heads and heads % parallel:
            said = f"but it has {heads} attention heads, which {parallel} does not divide"
        elif kv_heads and kv_heads % parallel and parallel % kv_heads:
            said = f"but it has {kv_heads} heads of keys and values: neither number divides the other"
        else:
            continue
        sentence = f"{settings.model} would be spread over {parallel} GPUs, {said}"
        change = f"Use one of: {', '.join(str(number) for number in _possible(heads, kv_heads, worker.gpus_per_replica))}."
        yield subject.places.error("LL613", path, sentence, change)


def _possible(heads: int | None, kv_heads: int | None, most: int) -> list[int]:
    def divides(number: int) -> bool:
        return not (heads and heads % number) and not (kv_heads and kv_heads % number and number % kv_heads)

    return [number for number in range(1, max(most, 1) + 1) if divides(number)]


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_options,
    check_architectures,
    check_formats,
    check_parallel,
)
