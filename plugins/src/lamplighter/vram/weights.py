"""Bytes of a model's weights once loaded: measured where somebody did, else the sum over its tensors' shapes.

Only the dense decoder is summed here: attention, gated feed-forward, norms, embeddings.
"""

from ..domain.model import Model, Shape
from .known import Unknown

#: Elements that are never quantised, norms and embeddings, have 16 bits.
HALF_BYTES = 2

#: AWQ and GPTQ: 4 bits an element, and a group of 128 elements shares a 4-bit zero and a 16-bit scale. Exact by the shapes of
#: the formats' tensors (qweight, qzeros, scales).
GROUP_ELEMENTS = 128
GROUP_BITS = 4 * GROUP_ELEMENTS + 4 + 16

#: Families with a bias on query, key and value; and those with a norm of head_dim on query and on key.
QKV_BIAS = frozenset({"qwen2"})
QK_NORM = frozenset({"qwen3"})


def weight_bytes(model: Model, shape: Shape) -> int | Unknown:
    """Bytes on the one GPU that holds the model."""
    if model.weights_bytes is not None:
        return model.weights_bytes
    linear, rest = linear_elements(shape), other_elements(shape, model.family)
    match model.quantization:
        case "none":
            return (linear + rest) * HALF_BYTES
        case "awq" | "gptq":
            return linear * GROUP_BITS // (8 * GROUP_ELEMENTS) + rest * HALF_BYTES
        case _:
            return Unknown(
                reason=f"weights in the format {model.quantization} are not computed yet",
                change=f"Set models.{model.name}.weightsBytes.",
            )


def linear_elements(shape: Shape) -> int:
    """Elements of the linear layers: query, key, value, output; gate, up, down. These are what quantisation shrinks."""
    projected = (shape.heads + 2 * shape.kv_heads) * shape.head_dim
    attention = shape.hidden * projected + shape.heads * shape.head_dim * shape.hidden
    return shape.layers * (attention + 3 * shape.hidden * shape.intermediate)


def other_elements(shape: Shape, family: str) -> int:
    """Elements of embeddings, output head, norms and biases."""
    norms = shape.layers * 2 * shape.hidden + shape.hidden
    if family in QK_NORM:
        norms += shape.layers * 2 * shape.head_dim
    biases = shape.layers * (shape.heads + 2 * shape.kv_heads) * shape.head_dim if family in QKV_BIAS else 0
    embeddings = shape.vocabulary * shape.hidden * (1 if shape.tied_embeddings else 2)
    return embeddings + norms + biases
