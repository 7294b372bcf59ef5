"""How a checkpoint is packed, from its quantization_config (or the name of a method), with each format's own bits.

Bits of scales and zeros follow from the formats' tensors as vLLM's layers create them (model_executor/layers/quantization/).
"""

from collections.abc import Callable, Mapping
from typing import Any

from ...domain.llm import Quantization
from ...domain.unknown import Unknown
from .formats import ALGORITHMS, COMMON_GROUP, FLOAT, GGUF_MILLIBITS, HALF, METHODS, SAME, TWICE_PACKED, WORDS


def quantization_of(config: Mapping[str, Any], text: Mapping[str, Any], asked: str | None) -> Quantization | Unknown:
    """From the checkpoint's own words, which know what is left out; `asked` where it has none, or speaks of other widths.

    The latter is a config taken from the original model for a packed one.
    """
    found = config.get("quantization_config") or text.get("quantization_config") or config.get("compression_config")
    name = normal(asked)
    named = Quantization() if name in ("", "none") else by_name(name)
    if not isinstance(found, Mapping) or not found:
        return named
    packed = _packed(found)
    same = name in ("", "none", normal(str(found.get("quant_method", ""))))
    if same or isinstance(named, Unknown) or (not isinstance(packed, Unknown) and packed.bits == named.bits):
        return packed
    return named


def normal(name: str | None) -> str:
    """One spelling of a method."""
    plain = (name or "").strip().lower()
    return SAME.get(plain, plain)


def by_name(name: str) -> Quantization | Unknown:
    """A method without a config: its usual group."""
    plain = name.replace(" ", "-")
    if plain in GGUF_MILLIBITS or plain == "gguf":
        return gguf(plain if plain != "gguf" else "q4_k_m")
    for method, words in WORDS.items():
        if any(word in plain for word in words):
            return METHODS[method]
    return Unknown(
        reason=f"the weights' format {name} is not known",
        change=f"Known are: {', '.join(sorted(METHODS))}, gguf and its types.",
    )


def gguf(kind: str) -> Quantization:
    """A GGUF type: an average over the tensors, embeddings and head included."""
    millibits = GGUF_MILLIBITS[kind]
    # In thousandths of a bit there is no group: 1000 weights of `millibits` bits each are one.
    return Quantization(
        method="gguf", bits=millibits // 1000, group=1000, scale_bits=millibits % 1000, takes_head=True, takes_embedding=True
    )


def _packed(config: Mapping[str, Any]) -> Quantization | Unknown:
    method = normal(str(config.get("quant_method", "modelopt" if "quant_algo" in config else "")))
    reader = _READERS.get(method)
    excluded = _excluded(config)
    if reader is not None:
        return reader(config, excluded)
    found = by_name(method) if method else Unknown(reason="quantization_config has no quant_method", change="Add it.")
    return found if isinstance(found, Unknown) else _changed(found, excluded=excluded)


def _fp8(config: Mapping[str, Any], excluded: tuple[str, ...]) -> Quantization:
    return _changed(METHODS["fp8"], excluded=excluded, block=_block(config.get("weight_block_size")))


def _mxfp4(_config: Mapping[str, Any], excluded: tuple[str, ...]) -> Quantization:
    return _changed(METHODS["mxfp4"], excluded=excluded)


def _bitsandbytes(config: Mapping[str, Any], excluded: tuple[str, ...]) -> Quantization:
    if config.get("load_in_8bit") or config.get("_load_in_8bit"):
        return Quantization(method="bitsandbytes", bits=8, scale_bits=FLOAT, excluded=excluded)
    twice = bool(config.get("bnb_4bit_use_double_quant"))
    return _changed(TWICE_PACKED if twice else METHODS["bitsandbytes"], excluded=excluded)


def _grouped(config: Mapping[str, Any], excluded: tuple[str, ...]) -> Quantization:
    method = normal(str(config.get("quant_method")))
    bits = _whole(config.get("bits", config.get("w_bit", 4)), 4)
    group = _whole(config.get("group_size", config.get("q_group_size", COMMON_GROUP)), COMMON_GROUP)
    symmetric = bool(config.get("sym", method == "gptq")) and method == "gptq"
    return Quantization(
        method=method,
        bits=bits,
        group=max(group, 0),  # -1: one scale a row
        scale_bits=HALF,
        zero_bits=0 if symmetric else bits,
        excluded=excluded,
        takes_head=bool(config.get("lm_head", config.get("quant_lm_head", False))),
    )


def _compressed(config: Mapping[str, Any], excluded: tuple[str, ...]) -> Quantization | Unknown:
    groups = config.get("config_groups")
    first = next(iter(groups.values()), None) if isinstance(groups, Mapping) else None
    weights = first.get("weights") if isinstance(first, Mapping) else None
    if not isinstance(weights, Mapping):
        return Unknown(
            reason="quantization_config has no config_groups[].weights", change="Give the model's whole config.json."
        )
    bits, kind = _whole(weights.get("num_bits"), 8), str(weights.get("type", "int"))
    group = _whole(weights.get("group_size"), 0)
    cache = _cache_bits(config.get("kv_cache_scheme"))
    block = _block(weights.get("block_structure"))
    if kind == "float" and bits == 4:
        scale, zero = 8, 0
    elif kind == "float":
        scale, zero = FLOAT, 0
    else:
        scale, zero = (HALF if group > 0 else FLOAT), (0 if weights.get("symmetric", True) else bits)
    # An ignore list that does not name the head means that the head is packed: targets are all Linear modules.
    return Quantization(
        method="compressed-tensors",
        bits=bits,
        group=max(group, 0),
        scale_bits=scale,
        zero_bits=zero,
        block=block,
        excluded=excluded,
        kv_cache_bits=cache,
    )


def _modelopt(config: Mapping[str, Any], excluded: tuple[str, ...]) -> Quantization | Unknown:
    inner = config.get("quantization")
    said = inner if isinstance(inner, Mapping) else config
    algorithm = str(said.get("quant_algo", config.get("quant_algo", ""))).upper()
    cache = _cache_bits(config.get("kv_cache_scheme")) or (
        8 if "FP8" in str(said.get("kv_cache_quant_algo", "")).upper() else None
    )
    if algorithm == "MIXED_PRECISION":
        return _mixed(said, cache)
    base = ALGORITHMS.get(algorithm)
    return _unknown_algorithm(algorithm) if base is None else _changed(base, excluded=excluded, kv_cache_bits=cache)


def _mixed(said: Mapping[str, Any], cache: int | None) -> Quantization | Unknown:
    """Module by module, as the checkpoint lists them; what is not listed is not packed."""
    layers = said.get("quantized_layers")
    if not isinstance(layers, Mapping) or not layers:
        return Unknown(reason="a mixed quantisation lists no quantized_layers", change="Give the model's whole config.json.")
    per_module = []
    for name, entry in layers.items():
        algorithm = str(entry.get("quant_algo", "")).upper() if isinstance(entry, Mapping) else ""
        base = ALGORITHMS.get(algorithm)
        if base is None:
            return _unknown_algorithm(algorithm)
        per_module.append((str(name), base))
    return Quantization(method="modelopt", kv_cache_bits=cache, per_module=tuple(per_module))


def _unknown_algorithm(name: str) -> Unknown:
    return Unknown(
        reason=f"ModelOpt's algorithm {name or '(none)'} is not known", change=f"Known are: {', '.join(ALGORITHMS)}."
    )


def _changed(
    base: Quantization, *, excluded: tuple[str, ...], block: tuple[int, int] | None = None, kv_cache_bits: int | None = None
) -> Quantization:
    return Quantization(
        method=base.method,
        bits=base.bits,
        group=base.group,
        scale_bits=base.scale_bits,
        zero_bits=base.zero_bits,
        block=block,
        excluded=excluded,
        experts_only=base.experts_only,
        kv_cache_bits=kv_cache_bits,
    )


def _excluded(config: Mapping[str, Any]) -> tuple[str, ...]:
    names: list[str] = []
    for key in (
        "ignore",
        "exclude_modules",
        "modules_to_not_convert",
        "ignored_layers",
        "llm_int8_skip_modules",
        "packed_modules_to_not_convert",
    ):
        found = config.get(key)
        names += [name for name in found if isinstance(name, str)] if isinstance(found, list | tuple) else []
    inner = config.get("quantization")
    return tuple(names) + (_excluded(inner) if isinstance(inner, Mapping) else ())


def _cache_bits(scheme: Any) -> int | None:
    said = isinstance(scheme, Mapping) and scheme.get("num_bits") == 8
    return 8 if said or (isinstance(scheme, str) and scheme.upper() == "FP8") else None


def _block(value: Any) -> tuple[int, int] | None:
    if isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(side, int) and side > 0 for side in value):
        return value[0], value[1]
    return None


def _whole(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


_READERS: Mapping[str, Callable[[Mapping[str, Any], tuple[str, ...]], Quantization | Unknown]] = {
    "awq": _grouped,
    "gptq": _grouped,
    "fp8": _fp8,
    "mxfp4": _mxfp4,
    "bitsandbytes": _bitsandbytes,
    "compressed-tensors": _compressed,
    "modelopt": _modelopt,
}
