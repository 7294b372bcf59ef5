"""A whole config.json to an architecture, or to the reason why it is unknown."""

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from ...domain.llm import Architecture, Encoder, KeysAndValues, Latent, Quantization, Tensor
from ...domain.unknown import Unknown
from .decoder import Decoder
from .quantization import quantization_of
from .readers import READERS, family_of
from .sizes import MOST, Missing, Sizes, Strange
from .towers.registry import TOWERS

#: Where configs of models with more than one part keep the decoder.
TEXT_PARTS = ("text_config", "llm_config", "language_config", "language_model_config")

#: Types whose decoder is nested and stands alone: pictures enter it as they are.
ONE_PART = frozenset({"gemma4_unified", ""})

#: Bytes of an element, by torch_dtype. vLLM loads float32 models as float16 or bfloat16.
ELEMENT_BYTES: Mapping[str, int] = {"bfloat16": 2, "float16": 2, "float32": 2, "half": 2, "float": 2}


@functools.cache
def class_defaults() -> Mapping[str, Mapping[str, Any]]:
    """Sizes that config classes of transformers have where a config says nothing, by model_type."""
    text = resources.files("lamplighter").joinpath("data/models/defaults.json").read_bytes()
    defaults: Mapping[str, Mapping[str, Any]] = json.loads(text)["defaults"]
    return defaults


def architecture(config: Mapping[str, Any], *, quantization: str | None = None) -> Architecture | Unknown:
    """The tensors and caches of a model. `quantization` names a method where the config has none of its own."""
    text, _nested = text_part(config)
    said = str(text.get("model_type") or config.get("model_type") or "")
    family = family_of(text) or family_of(config)
    if not family:
        return Unknown(
            reason="its config says neither model_type nor a known class", change="Give the model's whole config.json."
        )
    if family not in READERS:
        return Unknown(
            reason=f'the memory of model_type "{said or family}" is not known',
            change="Use a model of a known family (load/architectures/readers.py lists them), or add its shapes there.",
        )
    packing = quantization_of(config, text, quantization)
    if isinstance(packing, Unknown):
        return packing
    try:
        return _assembled(config, family, said, packing)
    except Missing as lacking:
        return Unknown(reason=f"its config lacks {lacking.key}", change="Give the model's whole config.json.")
    except Strange as strange:
        return Unknown(reason=f"of its config, {strange.sentence}", change="Correct it, or give the model's own config.json.")


def _assembled(config: Mapping[str, Any], family: str, said: str, packing: Quantization) -> Architecture | Unknown:
    """A known family's tensors. Raises `Missing` or `Strange`."""
    text, nested = text_part(config)
    defaults = class_defaults()
    sizes = Sizes(_with_outer_ties(config, text), defaults.get(said) or defaults.get(family, {}), nested=nested)
    decoder = READERS[family](sizes)
    encoders = _towers(config, decoder)
    if isinstance(encoders, Unknown):
        return encoders
    return Architecture(
        class_name=_class_name(config),
        family=family,
        hidden=decoder.hidden,
        vocabulary=decoder.vocabulary,
        intermediate=decoder.intermediate,
        heads=decoder.heads,
        positions=_positions(sizes),
        element_bytes=_element_bytes(config, text),
        first=decoder.first,
        layers=decoder.layers,
        last=decoder.last,
        tied_embeddings=not any(tensor.name == "lm_head" for tensor in decoder.last),
        experts_per_token=decoder.experts_per_token,
        encoders=encoders,
        quantization=packing,
        rotary_elements=_rotary_elements(sizes, decoder, family),
        mixer_width=max((_attention_width(layer.tensors) for layer in decoder.layers), default=0),
    )


def _towers(config: Mapping[str, Any], decoder: Decoder) -> tuple[Encoder, ...] | Unknown:
    """What stands beside the decoder. A config whose own type is a decoder's loads no tower, whatever else it says."""
    thinker = config.get("thinker_config")
    outer = thinker if isinstance(thinker, Mapping) else config
    kind = str(outer.get("model_type", ""))
    tower = TOWERS.get(kind)
    if tower is not None:
        part = outer.get("vision_config")
        if not isinstance(part, Mapping):  # a decoder's part alone
            return ()
        said = str(part.get("model_type", kind))
        defaults = class_defaults().get(said, {})
        more = {"model_type": said, "_scale_factor": outer.get("scale_factor")}
        built = tower(Sizes({**more, **part}, defaults, nested=True), decoder)
        if isinstance(outer.get("audio_config"), Mapping):
            return Unknown(
                reason=f"the audio tower of {kind} is not known", change="Give weights by --weights-bytes of a text model."
            )
        return (built,)
    parts = [part for part in (*TEXT_PARTS, "vision_config", "audio_config", "encoder_config") if outer.get(part)]
    if parts and kind not in READERS and kind not in ONE_PART:
        return Unknown(
            reason=f'what model_type "{kind}" has beside its decoder is not known',
            change="Use a model whose towers are known, or add its shapes to load/architectures/towers.py.",
        )
    return ()


def text_part(config: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """The decoder's part of a config, and whether it is nested."""
    thinker = config.get("thinker_config")
    if isinstance(thinker, Mapping):
        config = thinker
    for key in TEXT_PARTS:
        part = config.get(key)
        if isinstance(part, Mapping) and part:
            return part, True
    return config, False


def _with_outer_ties(config: Mapping[str, Any], text: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whether embeddings are tied is said at the top where a config has both."""
    if text is config or "tie_word_embeddings" not in config:
        return text
    return {**text, "tie_word_embeddings": config["tie_word_embeddings"]}


def _class_name(config: Mapping[str, Any]) -> str:
    classes = config.get("architectures")
    return str(classes[0]) if isinstance(classes, list | tuple) and classes else ""


#: Keys of the longest sequence.
POSITIONS = (
    "max_position_embeddings",
    "n_positions",
    "max_sequence_length",
    "seq_length",
    "model_max_length",
    "max_seq_len",
    "max_target_positions",
)

#: Kinds of scaling that stretch the original positions; the others name the whole length themselves.
STRETCHED = ("yarn", "linear", "dynamic")


def _positions(sizes: Sizes) -> int | None:
    """The longest sequence, as vLLM derives it (config/model.py, _get_and_verify_max_len)."""
    found = sizes.value(*POSITIONS)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 < found <= MOST:
        return None
    scaling = sizes.value("rope_scaling", "rope_parameters")
    if not isinstance(scaling, Mapping):
        return found
    factor, kind = scaling.get("factor"), scaling.get("rope_type", scaling.get("type"))
    if kind not in STRETCHED or not isinstance(factor, int | float) or not 0 < factor <= MOST:
        return found
    if kind == "yarn":
        original = scaling.get("original_max_position_embeddings", found)
        return int((original if isinstance(original, int) else found) * factor)
    return int(found * factor)


#: Families that add learned positions to their inputs, or none: no table of rotations.
WITHOUT_ROTATION = frozenset(
    {
        "gpt2",
        "gpt_bigcode",
        "gpt_neo",
        "opt",
        "bloom",
        "mpt",
        "mamba",
        "mamba2",
        "falcon_mamba",
        "jamba",
        "nemotron_h",
        "kimi_linear",
    }
)


def _rotary_elements(sizes: Sizes, decoder: Decoder, family: str) -> int:
    """Sines and cosines that each rank keeps: a row a position, once for each kind of layer that turns differently."""
    positions = sizes.value(*POSITIONS)
    if family in WITHOUT_ROTATION or not isinstance(positions, int) or isinstance(positions, bool) or positions > MOST:
        return 0
    share, differs = _rotated_share(sizes), _turns_differently(sizes)
    widths = set()
    for layer in decoder.layers:
        for kept in layer.kept:
            if isinstance(kept, Latent) and kept.rope_width:
                widths.add((kept.rope_width, False))
            elif isinstance(kept, KeysAndValues):
                widths.add((int(kept.head_dim * share), kept.window is not None and differs))
    return max(_positions(sizes) or 0, positions) * sum(width for width, _slides in widths)


def _rotated_share(sizes: Sizes) -> float:
    share = sizes.value("partial_rotary_factor", "rotary_pct")
    nested = sizes.value("rope_parameters")
    if share is None and isinstance(nested, Mapping):
        share = nested.get("partial_rotary_factor")
    return float(share) if isinstance(share, int | float) and not isinstance(share, bool) and 0 < share <= 1 else 1.0


def _turns_differently(sizes: Sizes) -> bool:
    """Whether sliding layers have rotations of their own (Gemma 3, ModernBERT and others)."""
    parameters = sizes.value("rope_parameters")
    named = isinstance(parameters, Mapping) and "sliding_attention" in parameters
    return named or sizes.value("rope_local_base_freq", "local_rope_theta", "swa_rope_theta") is not None


#: A mixer's matrices whose outputs are alive together: those that read the hidden state.
READS_HIDDEN = (
    "q_proj",
    "k_proj",
    "v_proj",
    "g_proj",
    "q_b_proj",
    "kv_b_proj",
    "qkv_proj",
    "in_proj",
    "in_proj_qkv",
    "in_proj_z",
    "in_proj_qkvz",
)


def _attention_width(tensors: tuple[Tensor, ...]) -> int:
    """What a layer's mixer makes of one token before its output projection."""
    return sum(tensor.outputs for tensor in tensors if tensor.inputs > 1 and tensor.name.rpartition(".")[2] in READS_HIDDEN)


def _element_bytes(config: Mapping[str, Any], text: Mapping[str, Any]) -> int:
    for part in (text, config):
        for key in ("torch_dtype", "dtype"):
            found = part.get(key)
            if isinstance(found, str):
                return ELEMENT_BYTES.get(found.removeprefix("torch."), 2)
    return 2
