"""The table of families: model_type to how its layers look. Shapes are those of each model's code in transformers 5.24.

A family that is not here is unknown. Other model files of this folder add theirs at the end.
"""

from collections.abc import Mapping

from ...domain.llm import Tensor
from . import blocks
from .decoder import HIDDEN, INTERMEDIATE, Experts, Traits
from .sizes import Sizes


def four_times_hidden(sizes: Sizes) -> int:
    """GPT's own choice where the config says no intermediate size."""
    found = sizes.value(*INTERMEDIATE)
    return sizes.size(*INTERMEDIATE) if found else 4 * sizes.size(*HIDDEN)


def expansion(sizes: Sizes) -> int:
    """MPT says a ratio."""
    return sizes.size("expansion_ratio", default=4) * sizes.size(*HIDDEN)


def half(sizes: Sizes) -> int:
    """Qwen 1's intermediate_size counts gate and up together."""
    return sizes.size("intermediate_size") // 2


def bitnet_norms(sizes: Sizes) -> list[Tensor]:
    """A norm before the output projection and one before the down projection."""
    return blocks.norms(sizes.size("hidden_size")) + blocks.norms(sizes.size("intermediate_size"))


def post_norms(sizes: Sizes) -> list[Tensor]:
    """HyperCLOVA X may norm what attention and feed-forward give back."""
    return blocks.norms(sizes.size("hidden_size"), 2) if sizes.flag("use_post_norm") else []


def activation_pair(_sizes: Sizes) -> list[Tensor]:
    """Apertus learns two numbers of its activation."""
    return blocks.vector("mlp.act_fn", 2)


LLAMA = Traits(qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias="mlp_bias")
QKV_BIAS = Traits(qkv_bias=True, window="last")
QWEN3 = Traits(qkv_bias="attention_bias", out_bias="attention_bias", qk_norm="head", window="last")
GPT = Traits(
    qkv_bias=True,
    out_bias=True,
    mlp_bias=True,
    gated=False,
    norm_bias=True,
    positions="n_positions",
    intermediate=four_times_hidden,
)
NEOX = Traits(qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias=True, gated=False, norm_bias=True)
GEMMA = Traits(qkv_bias="attention_bias", out_bias="attention_bias")
OLMO2 = Traits(qkv_bias="attention_bias", out_bias="attention_bias", qk_norm="full")
SIMPLE_EXPERTS = Experts()

FAMILIES: Mapping[str, Traits] = {
    # Llama and what is built like it.
    "llama": LLAMA,
    "aquila": LLAMA,
    "yi": LLAMA,
    "xverse": Traits(),
    "cwm": LLAMA,
    "solar": LLAMA,
    "mistral": Traits(window="all"),
    "ministral": Traits(window="all"),
    "ministral3": Traits(window="all"),
    "smollm3": LLAMA,
    "granite": LLAMA,
    "granite_swa": Traits(qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias="mlp_bias", sinks=True),
    "helium": Traits(qkv_bias="attention_bias"),
    "arcee": Traits(qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias="mlp_bias", gated=False),
    "seed_oss": Traits(qkv_bias="attention_bias", out_bias="attention_out_bias", mlp_bias="mlp_bias"),
    "internlm": Traits(qkv_bias="bias", out_bias="bias"),
    "internlm2": Traits(qkv_bias="bias", out_bias="bias"),
    "internlm3": Traits(qkv_bias="qkv_bias", out_bias="bias", mlp_bias="bias"),
    "baichuan": Traits(),
    "orion": Traits(norm_bias=True),
    "minicpm": Traits(tied=True),
    "telechat2": Traits(mlp_bias=True),
    "exaone": Traits(),
    "hyperclovax": Traits(qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias="mlp_bias", more=post_norms),
    "iquestcoder": LLAMA,
    "ernie4_5": Traits(qkv_bias="use_bias", out_bias="use_bias", mlp_bias="use_bias"),
    "hunyuan_v1_dense": Traits(qkv_bias="attention_bias", out_bias="attention_bias", qk_norm="head", qk_norm_if="use_qk_norm"),
    "mimo": Traits(qkv_bias="attention_bias"),
    "phi3": Traits(window="all"),
    "bitnet": Traits(more=bitnet_norms),
    "apertus": Traits(qk_norm="head", gated=False, more=activation_pair),
    "nanochat": Traits(gated=False, norms=False),
    # Qwen.
    "qwen": Traits(qkv_bias=True, intermediate=half),
    "qwen2": QKV_BIAS,
    "qwen2_vl_text": QKV_BIAS,
    "qwen2_5_vl_text": QKV_BIAS,
    "qwen3": QWEN3,
    "qwen3_vl_text": QWEN3,
    "qwen2_moe": Traits(
        qkv_bias="qkv_bias", window="last", experts=Experts(shared="shared_expert_intermediate_size", shared_gate=True)
    ),
    "qwen3_moe": Traits(
        qkv_bias="attention_bias", out_bias="attention_bias", qk_norm="head", window="last", experts=SIMPLE_EXPERTS
    ),
    "qwen3_vl_moe_text": Traits(
        qkv_bias="attention_bias", out_bias="attention_bias", qk_norm="head", window="last", experts=SIMPLE_EXPERTS
    ),
    # Gemma.
    "gemma": GEMMA,
    "gemma2": Traits(layer_norms=4, window="even"),
    "gemma3_text": Traits(layer_norms=4, qk_norm="head", window="pattern", pattern=6),
    "vaultgemma": Traits(window="even"),
    # GPT-2 and its time.
    "gpt2": GPT,
    "gpt_bigcode": GPT,
    "gpt_neo": Traits(
        out_bias=True,
        mlp_bias=True,
        gated=False,
        norm_bias=True,
        positions="max_position_embeddings",
        intermediate=four_times_hidden,
    ),
    "gptj": Traits(gated=False, mlp_bias=True, norm_bias=True, layer_norms=1, head_bias=True, intermediate=four_times_hidden),
    "codegen": Traits(
        gated=False, mlp_bias=True, norm_bias=True, layer_norms=1, head_bias=True, intermediate=four_times_hidden
    ),
    "gpt_neox": NEOX,
    "opt": Traits(
        qkv_bias="enable_bias",
        out_bias="enable_bias",
        mlp_bias="enable_bias",
        gated=False,
        norm_bias=True,
        positions="max_position_embeddings",
        extra_positions=2,
    ),
    "bloom": Traits(
        qkv_bias=True, out_bias=True, mlp_bias=True, gated=False, norm_bias=True, first_norms=1, intermediate=four_times_hidden
    ),
    "mpt": Traits(gated=False, intermediate=expansion),
    "persimmon": Traits(qkv_bias=True, out_bias=True, mlp_bias=True, gated=False, norm_bias=True, qk_norm="head bias"),
    "phi": Traits(qkv_bias=True, out_bias=True, mlp_bias=True, gated=False, norm_bias=True, layer_norms=1, head_bias=True),
    "starcoder2": Traits(
        qkv_bias="use_bias", out_bias="use_bias", mlp_bias="use_bias", gated=False, norm_bias=True, window="all"
    ),
    "stablelm": Traits(qkv_bias="use_qkv_bias", norm_bias=True),
    "nemotron": Traits(qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias="mlp_bias", gated=False, norm_bias=True),
    "jais2": Traits(qkv_bias=True, out_bias=True, mlp_bias=True, gated=False, norm_bias=True),
    "chatglm": Traits(qkv_bias="add_qkv_bias"),
    # OLMo, Cohere, GLM.
    "olmo": Traits(norms=False),
    "olmo2": OLMO2,
    "olmo3": Traits(qkv_bias="attention_bias", out_bias="attention_bias", qk_norm="full", window="pattern", pattern=4),
    "olmoe": Traits(qkv_bias="attention_bias", out_bias="attention_bias", qk_norm="full", experts=SIMPLE_EXPERTS),
    "flex_olmo": Traits(qkv_bias="attention_bias", out_bias="attention_bias", qk_norm="full", experts=SIMPLE_EXPERTS),
    "cohere": Traits(qkv_bias="attention_bias", out_bias="attention_bias", layer_norms=1),
    "cohere2": Traits(qkv_bias="attention_bias", out_bias="attention_bias", layer_norms=1, window="pattern", pattern=4),
    "glm": Traits(qkv_bias="attention_bias"),
    "glm4": Traits(qkv_bias="attention_bias", layer_norms=4),
    "glm4v_text": Traits(qkv_bias=True, layer_norms=4),
    "glm_ocr_text": Traits(layer_norms=4),
    "exaone4": Traits(qk_norm="head", window="pattern", pattern=4),
    # Mixtures of experts.
    "mixtral": Traits(window="all", experts=SIMPLE_EXPERTS),
    "granitemoe": Traits(qkv_bias="attention_bias", experts=SIMPLE_EXPERTS),
    "granitemoeshared": Traits(qkv_bias="attention_bias", experts=Experts(shared="shared_intermediate_size")),
    "phimoe": Traits(
        qkv_bias="attention_bias",
        out_bias="attention_bias",
        norm_bias=True,
        head_bias="lm_head_bias",
        window="all",
        experts=SIMPLE_EXPERTS,
    ),
    "gpt_oss": Traits(
        qkv_bias="attention_bias",
        out_bias="attention_bias",
        sinks=True,
        window="even",
        experts=Experts(bias=True, router_bias=True),
    ),
    "glm4_moe": Traits(
        qkv_bias="attention_bias",
        qk_norm="head",
        qk_norm_if="use_qk_norm",
        experts=Experts(correction=True, shared="n_shared_experts"),
    ),
    "glm4v_moe_text": Traits(qkv_bias="attention_bias", experts=Experts(correction=True, shared="n_shared_experts")),
    "dots1": Traits(
        qkv_bias="attention_bias",
        out_bias="attention_bias",
        qk_norm="head",
        experts=Experts(correction=True, shared="n_shared_experts"),
    ),
    "solar_open": Traits(experts=Experts(correction=True, shared="n_shared_experts")),
    "ernie4_5_moe": Traits(
        qkv_bias="use_bias",
        out_bias="use_bias",
        mlp_bias="use_bias",
        experts=Experts(correction=True, shared="moe_num_shared_experts"),
    ),
    "exaone_moe": Traits(
        qk_norm="head", window="pattern", pattern=4, experts=Experts(correction=True, shared="num_shared_experts")
    ),
    "minimax_m2": Traits(qk_norm="full", experts=Experts(correction=True)),
    "hy_v3": Traits(qk_norm="head", experts=Experts(correction=True, shared="num_shared_experts")),
    "afmoe": Traits(
        qk_norm="head",
        gate="full",
        layer_norms=4,
        window="pattern",
        pattern=4,
        experts=Experts(correction=True, shared="num_shared_experts"),
    ),
    "laguna": Traits(
        qkv_bias="attention_bias",
        out_bias="attention_bias",
        qk_norm="head",
        gate="head",
        experts=Experts(correction=True, shared="shared_expert_intermediate_size"),
    ),
    "mellum": Traits(qk_norm="head", experts=SIMPLE_EXPERTS),
    "bailing_moe": Traits(qkv_bias="use_qkv_bias", out_bias="use_bias", experts=Experts(shared="num_shared_experts")),
    "bailing_moe_v2": Traits(
        qkv_bias="use_qkv_bias",
        out_bias="use_bias",
        qk_norm="head",
        qk_norm_if="use_qk_norm",
        experts=Experts(correction=True, shared="num_shared_experts"),
    ),
    "sarvam_moe": Traits(qk_norm="head", experts=Experts(correction=True, shared="n_shared_experts")),
    "hunyuan_v1_moe": Traits(
        qkv_bias="attention_bias", out_bias="attention_bias", qk_norm="head", qk_norm_if="use_qk_norm", experts=SIMPLE_EXPERTS
    ),
}
