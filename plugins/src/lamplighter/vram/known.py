"""Which models can be computed at all. Whatever is not in here is unknown, and unknown never fits."""

from dataclasses import dataclass

from ..domain.model import Model, Shape

#: model_type of dense decoders with grouped-query attention, gated feed-forward and RMS norms: one formula holds for all.
DENSE_FAMILIES = ("llama", "mistral", "qwen2", "qwen3")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """Why something cannot be computed, and what would make it so."""

    reason: str
    change: str = ""


def known_shape(model: Model) -> Shape | Unknown:
    """The shape of a model whose memory follows from it."""
    if not model.family:
        return Unknown(
            reason=f"models.{model.name}.config does not say model_type", change="Copy the model's config.json to config."
        )
    if model.family not in DENSE_FAMILIES:
        return Unknown(
            reason=f'the memory of model_type "{model.family}" is not known',
            change=f"Known are: {', '.join(DENSE_FAMILIES)}. Use one of them, or add its formulas to vram/.",
        )
    if model.unusual:
        keys = ", ".join(model.unusual)
        return Unknown(reason=f"its config sets {keys}, whose memory is not known yet", change="Use a model without.")
    if model.shape is None:
        keys = ", ".join(model.missing)
        return Unknown(reason=f"models.{model.name}.config lacks {keys}", change="Copy the model's whole config.json.")
    return model.shape
