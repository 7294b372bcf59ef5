"""model_type to the function that reads such a decoder, and class names that stand for a model_type where there is none."""

from collections.abc import Callable, Mapping
from functools import partial

from . import gemmas, hybrids, latent, mambas, unusual
from .decoder import Decoder, common_decoder
from .families import FAMILIES
from .sizes import Sizes

Reader = Callable[[Sizes], Decoder]

READERS: Mapping[str, Reader] = {
    **{family: partial(common_decoder, traits=traits) for family, traits in FAMILIES.items()},
    # Latent attention.
    "deepseek_v2": latent.latent_decoder,
    "deepseek_v3": latent.latent_decoder,
    "deepseek_v32": latent.latent_decoder,
    "kimi_k2": latent.latent_decoder,
    "glm_moe_dsa": latent.latent_decoder,
    "glm4_moe_lite": latent.latent_decoder,
    "minicpm3": latent.latent_decoder,
    "mistral4": latent.latent_decoder,
    "youtu": latent.latent_decoder,
    "youtu_llm": latent.latent_decoder,
    "axk1": latent.latent_decoder,
    "sarvam_mla": latent.latent_decoder,
    "longcat_flash": latent.longcat_decoder,
    # Some layers carry a state.
    "qwen3_next": hybrids.qwen_next,
    "qwen3_5_text": hybrids.qwen_next,
    "qwen3_5_moe_text": hybrids.qwen_next,
    "olmo_hybrid": hybrids.olmo_hybrid,
    "mamba": mambas.pure_mamba,
    "falcon_mamba": mambas.pure_mamba,
    "mamba2": mambas.pure_mamba2,
    "jamba": mambas.jamba,
    "bamba": mambas.bamba,
    "falcon_h1": mambas.falcon_h1,
    "granitemoehybrid": mambas.granite_hybrid,
    "nemotron_h": mambas.nemotron_h,
    "lfm2": hybrids.lfm2,
    "lfm2_moe": hybrids.lfm2,
    "kimi_linear": hybrids.kimi_linear,
    "minimax": hybrids.minimax_text,
    "minimax_text_01": hybrids.minimax_text,
    "minimax_m1": hybrids.minimax_text,
    # Common but for a point or two.
    "falcon": unusual.falcon,
    "RefinedWeb": unusual.falcon,
    "RefinedWebModel": unusual.falcon,
    "llama4_text": unusual.llama4,
    "gemma4_text": gemmas.gemma4,
    "gemma4_unified_text": gemmas.gemma4,
    "gemma3n_text": gemmas.gemma3n,
    "mimo_v2_flash": unusual.mimo_v2,
    "step3p5": unusual.step3,
    "step3p7_text": unusual.step3,
    "nemotron-nas": unusual.nemotron_nas,
    "dbrx": unusual.dbrx,
    "mllama_text_model": unusual.mllama_text,
}

#: A model_type that is read as another: nested parts without a type of their own, older names, flat configs of vision models.
ALIASES: Mapping[str, str] = {
    "qwen2_vl": "qwen2",
    "qwen2_5_vl": "qwen2",
    "qwen2_5_omni_text": "qwen2",
    "qwen3_omni_moe_text": "qwen3_moe",
    "qwen3_vl": "qwen3_vl_text",
    "qwen3_vl_moe": "qwen3_vl_moe_text",
    "qwen3_5": "qwen3_5_text",
    "qwen3_5_moe": "qwen3_5_moe_text",
    "gemma3": "gemma3_text",
    "gemma3n": "gemma3n_text",
    "gemma4": "gemma4_text",
    "gemma4_unified": "gemma4_unified_text",
    "llama4": "llama4_text",
    "glm4v": "glm4v_text",
    "glm4v_moe": "glm4v_moe_text",
    "mllama": "mllama_text_model",
    "step3p5_flash": "step3p5",
    "step3p7": "step3p7_text",
    "mimo_v2": "mimo_v2_flash",
    "deepseek": "deepseek_v2",
    "MiniMaxText01": "minimax_text_01",
    "MiniMaxM1": "minimax_m1",
    "telechat": "telechat2",
    "gpt-sw3": "gpt2",
    "ernie4_5_vl_moe_text": "ernie4_5_moe",
    "pixtral": "mistral",
}

#: Class names of models whose config may come without a model_type.
CLASSES: Mapping[str, str] = {
    "LlamaForCausalLM": "llama",
    "LLaMAForCausalLM": "llama",
    "MistralForCausalLM": "mistral",
    "MixtralForCausalLM": "mixtral",
    "Qwen2ForCausalLM": "qwen2",
    "Qwen2MoeForCausalLM": "qwen2_moe",
    "Qwen3ForCausalLM": "qwen3",
    "Qwen3MoeForCausalLM": "qwen3_moe",
    "Qwen3NextForCausalLM": "qwen3_next",
    "GemmaForCausalLM": "gemma",
    "Gemma2ForCausalLM": "gemma2",
    "Gemma3ForCausalLM": "gemma3_text",
    "Phi3ForCausalLM": "phi3",
    "PhiForCausalLM": "phi",
    "OPTForCausalLM": "opt",
    "GPT2LMHeadModel": "gpt2",
    "GPTNeoXForCausalLM": "gpt_neox",
    "BloomForCausalLM": "bloom",
    "FalconForCausalLM": "falcon",
    "DeepseekV2ForCausalLM": "deepseek_v2",
    "DeepseekV3ForCausalLM": "deepseek_v3",
    "GptOssForCausalLM": "gpt_oss",
    "NemotronHForCausalLM": "nemotron_h",
    "DeciLMForCausalLM": "nemotron-nas",
    "ChatGLMModel": "chatglm",
    "ChatGLMForConditionalGeneration": "chatglm",
    "QWenLMHeadModel": "qwen",
    "BaichuanForCausalLM": "baichuan",
    "BaiChuanForCausalLM": "baichuan",
    "InternLM2ForCausalLM": "internlm2",
}


def family_of(config: Mapping[str, object]) -> str:
    """The model_type that a config is read as; what it says itself where nobody knows it, empty without any."""
    said = config.get("model_type")
    if isinstance(said, str) and said:
        return ALIASES.get(said, said) if said not in READERS else said
    classes = config.get("architectures")
    name = classes[0] if isinstance(classes, list | tuple) and classes else ""
    return CLASSES.get(str(name), "")
