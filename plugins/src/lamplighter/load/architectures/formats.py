"""Formats of packed weights, each with the bits of its weights, scales and zeros, and the names they go by.

Bits of scales and zeros follow from the formats' tensors as vLLM's layers create them (model_executor/layers/quantization/).
"""

from collections.abc import Mapping

from ...domain.llm import Quantization

HALF, FLOAT = 16, 32

#: Weights that share a scale where a format does not say how many.
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


#: Words of a description (“awq 4bit (compressed-tensors)”, “int4 w4a16”) to a method; the first that matches counts.
WORDS: Mapping[str, tuple[str, ...]] = {
    "nvfp4": ("nvfp4", "fp4_nv"),
    "mxfp4": ("mxfp4",),
    "awq": ("awq",),
    "bitsandbytes": ("bitsandbytes", "bnb", "nf4"),
    "w8a16": ("w8a16", "gptq-8", "gptq_8", "int8_weight"),
    "w8a8": ("w8a8", "int8"),
    "fp8": ("fp8", "mxfp8"),
    "gptq": ("gptq", "w4a16", "int4", "auto_round", "auto-round", "autoround", "4bit", "4-bit"),
}


METHODS: Mapping[str, Quantization] = {
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


#: ModelOpt's quant_algo.
ALGORITHMS: Mapping[str, Quantization] = {
    "NVFP4": METHODS["nvfp4"],
    "NVFP4_AWQ": METHODS["nvfp4"],
    "W4A16_NVFP4": METHODS["nvfp4"],
    "FP8": METHODS["fp8"],
    "FP8_PER_CHANNEL_PER_TOKEN": METHODS["fp8"],
    "FP8_PB_WO": METHODS["fp8"],
    "W4A16_AWQ": METHODS["gptq"],
    "W4A8_AWQ": METHODS["gptq"],
}
