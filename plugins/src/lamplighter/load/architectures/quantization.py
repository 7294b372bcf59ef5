"""How a checkpoint is packed, from its quantization_config (or the name of a method), with each format's own bits.

Bits of scales and zeros follow from the formats' tensors as vLLM's layers create them (model_executor/layers/quantization/).
"""

from collections.abc import Callable, Mapping
from typing import Any

from ...domain.llm import Quantization
from ...domain.unknown import Unknown

HALF, FLOAT = 16, 32

#: Formats that say nothing of modules left out keep these in 16 bits anyway.
COMMON_GROUP = 128

#: Bits a weight of llama.cpp's formats, block by block (ggml-common.h): q4_0 has 18 bytes for 32 weights, and so on. Mixed
#: recipes (…_K_M) spend more on some tensors; the values are those of Llama-sized models.
GGUF_MILLIBITS: Mapping[str, int] = {
    "q2_k": 3350,
    "q3_k_s": 3500,
    "q3_k_m": 3910,
    "q3_k_l": 4270,
    "iq4_xs": 4250,
    "iq4_nl": 4500,
    "q4_0": 4500,
    "q4_1": 5000,
    "q4_k_s": 4580,
    "q4_k_m": 4850,
    "q5_0": 5500,
    "q5_1": 6000,
    "q5_k_s": 5540,
    "q5_k_m": 5690,
    "q6_k": 6590,
    "q8_0": 8500,
    "f16": 16000,
    "bf16": 16000,
}

#: Names under which people give the same method.
SAME: Mapping[str, str] = {
    "awq_marlin": "awq",
    "auto_awq": "awq",
    "gptq_marlin": "gptq",
    "auto_gptq": "gptq",
    "auto-round": "gptq",
    "auto_round": "gptq",
    "autoround": "gptq",
    "inc": "gptq",
    "compressed-tensors": "compressed-tensors",
    "modelopt_fp4": "nvfp4",
    "gpt_oss_mxfp4": "mxfp4",
    "bnb": "bitsandbytes",
    "deepseek_v4_fp8": "fp8",
    "fp8_per_tensor": "fp8",
    "fbgemm_fp8": "fp8",
    "ptpc_fp8": "fp8",
    "modelopt": "modelopt",
    "modelopt_mixed": "modelopt",
}


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
    for method, words in _WORDS.items():
        if any(word in plain for word in words):
            return _METHODS[method]
    return Unknown(
        reason=f"the weights' format {name} is not known",
        change=f"Known are: {', '.join(sorted(_METHODS))}, gguf and its types.",
    )


#: Words of a description (“awq 4bit (compressed-tensors)”, “int4 w4a16”) to a method; the first that matches counts.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "nvfp4": ("nvfp4", "fp4_nv"),
    "mxfp4": ("mxfp4",),
    "awq": ("awq",),
    "bitsandbytes": ("bitsandbytes", "bnb", "nf4"),
    "w8a16": ("w8a16", "gptq-8", "gptq_8", "int8_weight"),
    "w8a8": ("w8a8", "int8"),
    "fp8": ("fp8", "mxfp8"),
    "gptq": ("gptq", "w4a16", "int4", "auto_round", "auto-round", "autoround", "4bit", "4-bit"),
}

_METHODS: Mapping[str, Quantization] = {
    "awq": Quantization(method="awq", bits=4, group=COMMON_GROUP, scale_bits=HALF, zero_bits=4),
    # Symmetric: vLLM's Marlin kernels drop the zeros (gptq_marlin.py), and compressed-tensors stores none.
    "gptq": Quantization(method="gptq", bits=4, group=COMMON_GROUP, scale_bits=HALF),
    "w8a16": Quantization(method="w8a16", bits=8, group=COMMON_GROUP, scale_bits=HALF),
    "w8a8": Quantization(method="w8a8", bits=8, scale_bits=FLOAT),
    "fp8": Quantization(method="fp8", bits=8, scale_bits=FLOAT),
    "nvfp4": Quantization(method="nvfp4", bits=4, group=16, scale_bits=8),
    "mxfp4": Quantization(method="mxfp4", bits=4, group=32, scale_bits=8, experts_only=True),
    # Scales of 64 weights in float32.
    "bitsandbytes": Quantization(method="bitsandbytes", bits=4, group=64, scale_bits=FLOAT),
}

#: bnb_4bit_use_double_quant: the scales are packed to 8 bits themselves, and stay so (bitsandbytes.py, nested quant state).
TWICE_PACKED = Quantization(method="bitsandbytes", bits=4, group=64, scale_bits=8)


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
    return _changed(_METHODS["fp8"], excluded=excluded, block=_block(config.get("weight_block_size")))


def _mxfp4(_config: Mapping[str, Any], excluded: tuple[str, ...]) -> Quantization:
    return _changed(_METHODS["mxfp4"], excluded=excluded)


def _bitsandbytes(config: Mapping[str, Any], excluded: tuple[str, ...]) -> Quantization:
    if config.get("load_in_8bit") or config.get("_load_in_8bit"):
        return Quantization(method="bitsandbytes", bits=8, scale_bits=FLOAT, excluded=excluded)
    twice = bool(config.get("bnb_4bit_use_double_quant"))
    return _changed(TWICE_PACKED if twice else _METHODS["bitsandbytes"], excluded=excluded)


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


#: ModelOpt's quant_algo.
ALGORITHMS: Mapping[str, Quantization] = {
    "NVFP4": _METHODS["nvfp4"],
    "NVFP4_AWQ": _METHODS["nvfp4"],
    "W4A16_NVFP4": _METHODS["nvfp4"],
    "FP8": _METHODS["fp8"],
    "FP8_PER_CHANNEL_PER_TOKEN": _METHODS["fp8"],
    "FP8_PB_WO": _METHODS["fp8"],
    "W4A16_AWQ": _METHODS["gptq"],
    "W4A8_AWQ": _METHODS["gptq"],
}


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
