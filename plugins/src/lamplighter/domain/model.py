"""Models: what their config.json says that decides their memory."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """The sizes of a decoder, all of them known."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tied_embeddings: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A model. `shape` is None when its config lacks a size; `missing` then names the keys."""

    name: str
    family: str  # model_type; empty without a config
    shape: Shape | None
    missing: tuple[str, ...]
    unusual: tuple[str, ...]  # keys of its config that change what attention keeps, or what the weights are
    positions: int | None  # longest sequence it was made for
    element_bytes: int | None  # of its own number format; None when that is not known
    weights_bytes: int | None  # measured; None when nobody did
    quantization: str
