"""Which tower a model has."""

from collections.abc import Mapping

from .clip import gemma3_vision, llava_next_vision, llava_vision, paligemma_vision, smolvlm_vision
from .parts import Tower
from .pixtral import mistral3_vision, pixtral_vision
from .pooled import gemma4_vision, kimi_vision
from .qwen import glm_vision, qwen2_vision, qwen3_vision, qwen25_vision
from .tiled import intern_vision, llama4_vision

#: Top model_type of a config to the tower that its `vision_config` describes.
TOWERS: Mapping[str, Tower] = {
    "qwen2_vl": qwen2_vision,
    "qwen2_5_vl": qwen25_vision,
    "qwen2_5_omni_thinker": qwen25_vision,
    "qwen3_vl": qwen3_vision,
    "qwen3_vl_moe": qwen3_vision,
    "qwen3_5": qwen3_vision,
    "qwen3_5_moe": qwen3_vision,
    "glm4v": glm_vision,
    "glm46v": glm_vision,
    "glm4v_moe": glm_vision,
    "glm_ocr": glm_vision,
    "gemma3": gemma3_vision,
    "shieldgemma2": gemma3_vision,
    "gemma4": gemma4_vision,
    "paligemma": paligemma_vision,
    "idefics3": smolvlm_vision,
    "smolvlm": smolvlm_vision,
    "llava": llava_vision,
    "llava_next": llava_next_vision,
    "pixtral": pixtral_vision,
    "mistral3": mistral3_vision,
    "lighton_ocr": mistral3_vision,
    "internvl": intern_vision,
    "internvl_chat": intern_vision,
    "llama4": llama4_vision,
    "kimi_vl": kimi_vision,
    "kimi_k25": kimi_vision,
}
