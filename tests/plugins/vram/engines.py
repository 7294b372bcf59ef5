"""Builders for tests of the memory model: published configs, cards, runs."""

from typing import Any

from lamplighter.domain.llm import Architecture
from lamplighter.load.architectures.assemble import architecture
from lamplighter.units import GIB, MIB
from lamplighter.vram.engine import Card, EngineRun
from lamplighter.vram.estimate import Estimate, estimate

#: Totals that CUDA reported in published logs of vLLM.
H100 = Card(key="h100-80", memory_bytes=int(79.18 * GIB), capability=90)
A10 = Card(key="a10", memory_bytes=22600 * MIB, capability=86)
T4 = Card(key="t4", memory_bytes=14909 * MIB, capability=75)
RTX_5090 = Card(key="rtx-5090", memory_bytes=32113 * MIB, capability=120)


def config(model_type: str, sizes: str, **more: Any) -> dict[str, Any]:
    """A config.json: layers, hidden, intermediate, heads, kv heads, head_dim, vocabulary, positions."""
    keys = (
        "num_hidden_layers",
        "hidden_size",
        "intermediate_size",
        "num_attention_heads",
        "num_key_value_heads",
        "head_dim",
        "vocab_size",
        "max_position_embeddings",
    )
    numbers = dict(zip(keys, map(int, sizes.split()), strict=True))
    return {"model_type": model_type, "torch_dtype": "bfloat16", **numbers, **more}


# Public config.json files.
LLAMA3_8B = config("llama", "32 4096 14336 32 8 128 128256 131072")
LLAMA3_70B = config("llama", "80 8192 28672 64 8 128 128256 131072")
QWEN3_8B = config("qwen3", "36 4096 12288 32 8 128 151936 40960")
QWEN3_32B = config("qwen3", "64 5120 25600 64 8 128 151936 40960")
QWEN25_7B = config("qwen2", "28 3584 18944 28 4 128 152064 32768")
QWEN25_32B = config("qwen2", "64 5120 27648 40 8 128 152064 32768")
OPT_125M = {
    "model_type": "opt",
    "num_hidden_layers": 12,
    "hidden_size": 768,
    "ffn_dim": 3072,
    "num_attention_heads": 12,
    "vocab_size": 50272,
    "max_position_embeddings": 2048,
    "torch_dtype": "float16",
}
DEEPSEEK_V3 = config(
    "deepseek_v3",
    "61 7168 18432 128 128 128 129280 163840",
    kv_lora_rank=512,
    q_lora_rank=1536,
    qk_rope_head_dim=64,
    qk_nope_head_dim=128,
    v_head_dim=128,
    n_routed_experts=256,
    n_shared_experts=1,
    num_experts_per_tok=8,
    moe_intermediate_size=2048,
    first_k_dense_replace=3,
)
#: Qwen3.6-35B-A3B: 30 gated delta nets, 10 attentions, 256 experts.
QWEN36_35B = {
    "model_type": "qwen3_5_moe_text",
    "num_hidden_layers": 40,
    "hidden_size": 2048,
    "num_attention_heads": 16,
    "num_key_value_heads": 2,
    "head_dim": 256,
    "vocab_size": 248320,
    "full_attention_interval": 4,
    "max_position_embeddings": 262144,
    "num_experts": 256,
    "num_experts_per_tok": 8,
    "moe_intermediate_size": 512,
    "shared_expert_intermediate_size": 512,
    "linear_num_key_heads": 16,
    "linear_num_value_heads": 32,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_conv_kernel_dim": 4,
    "mamba_ssm_dtype": "float32",
    "torch_dtype": "bfloat16",
}
GPT_OSS_120B = config(
    "gpt_oss",
    "36 2880 2880 64 8 64 201088 131072",
    num_local_experts=128,
    num_experts_per_tok=4,
    attention_bias=True,
    sliding_window=128,
    quantization_config={"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn", "lm_head"]},
)


def known(described: dict[str, Any], quantization: str | None = None) -> Architecture:
    """An architecture that has to be known."""
    found = architecture(described, quantization=quantization)
    assert isinstance(found, Architecture), found
    return found


def counted(described: dict[str, Any], run: EngineRun, card: Card = H100, *, quantization: str | None = None) -> Estimate:
    """An estimate that has to be possible."""
    found = estimate(known(described, quantization), run, card)
    assert isinstance(found, Estimate), found
    return found
