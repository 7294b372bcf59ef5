"""Language models as what an engine loads: tensors, and what each layer keeps of every request.

An architecture is a list of tensors (their sizes, and how tensor parallelism cuts them) and of what each layer keeps in the
cache. `load/architectures/` makes one from a config.json; `vram/` counts with it and knows no model by name.
"""

from dataclasses import dataclass
from enum import StrEnum


class Cut(StrEnum):
    """How tensor parallelism divides a tensor among its ranks."""

    WHOLE = "whole"  # every rank holds all of it: norms, routers, latent projections
    EVEN = "even"  # a rank holds its share of one side
    HEADS = "heads"  # by `heads`, and a rank holds at least one: keys and values
    VOCABULARY = "vocabulary"  # by rows, after padding


class Use(StrEnum):
    """What a tensor is for, which decides whether a quantisation takes it."""

    LINEAR = "linear"  # a matrix of a layer
    EXPERT = "expert"  # a matrix of a routed expert
    ROUTER = "router"
    EMBEDDING = "embedding"
    HEAD = "head"
    OTHER = "other"  # norms, biases, convolutions, state parameters: never quantised


@dataclass(frozen=True, kw_only=True, slots=True)
class Tensor:
    """`copies` equal matrices of `inputs` columns and `outputs` rows; a vector has one input.

    `name` is the module's name in the checkpoint, from its layer's name on (`self_attn.q_proj`): lists of excluded modules
    match it.
    """

    name: str
    inputs: int
    outputs: int
    use: Use = Use.LINEAR
    cut: Cut = Cut.EVEN
    heads: int = 0
    copies: int = 1
    element_bytes: int | None = None  # where the checkpoint fixes it (float32 state parameters); else the model's own

    @property
    def elements(self) -> int:
        """Numbers in all copies."""
        return self.inputs * self.outputs * self.copies


@dataclass(frozen=True, kw_only=True, slots=True)
class KeysAndValues:
    """Keys and values of every token, or of the last `window`, or of the chunk of `chunk` tokens that the token is in."""

    kv_heads: int
    head_dim: int
    value_dim: int
    window: int | None = None
    chunk: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Latent:
    """One latent vector of a token for all heads (MLA); with `index_dim`, a sparse index's key beside it."""

    width: int
    rope_width: int
    index_dim: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossKeysAndValues:
    """Keys and values of the encoder's `tokens` positions, kept once a request."""

    kv_heads: int
    head_dim: int
    tokens: int


class StateCut(StrEnum):
    """How tensor parallelism divides a recurrent state."""

    EVEN = "even"
    WHOLE = "whole"


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A recurrent layer's state of one request: a short convolution's last inputs, and the recurrence itself.

    `kind` names the recurrence as vLLM does (mamba1, mamba2, gated_delta, short_conv, linear). `groups` are the convolution's
    channels that belong to state groups; a rank keeps at least one group whole.
    """

    kind: str
    conv_channels: int
    conv_length: int
    recurrent_elements: int
    recurrent_bytes: int | None = None  # of one element, where the config fixes it (mamba_ssm_dtype); else the model's own
    groups: int = 0
    group_channels: int = 0
    heads: int = 0


Kept = KeysAndValues | Latent | CrossKeysAndValues | State


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One layer of the decoder: its tensors and what it keeps. A feed-forward alone keeps nothing."""

    tensors: tuple[Tensor, ...]
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoder:
    """A tower beside the decoder: vision, audio, or the encoder of an encoder-decoder.

    `tokens` is the longest input of one item once it is in the decoder, None where that is not known; `patches` what its own
    layers see of it.
    """

    kind: str
    tensors: tuple[Tensor, ...]
    hidden: int
    intermediate: int
    heads: int
    layers: int
    patches: int | None = None
    tokens: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantization:
    """How a checkpoint packs its linear layers. `method` as the config says it; `none` without.

    `bits` of a weight; `group` elements share `scale_bits` and `zero_bits` (group 0: one per output row). `excluded` modules
    stay in the model's own format: plain names, globs, or `re:` expressions.
    """

    method: str = "none"
    bits: int = 16
    group: int = 0
    scale_bits: int = 0
    zero_bits: int = 0
    block: tuple[int, int] | None = None
    excluded: tuple[str, ...] = ()
    experts_only: bool = False
    takes_head: bool = False
    takes_embedding: bool = False
    kv_cache_bits: int | None = None  # where the checkpoint switches on a quantised cache
    per_module: tuple[tuple[str, "Quantization"], ...] = ()  # where each packed module is listed with its format


@dataclass(frozen=True, kw_only=True, slots=True)
class Architecture:
    """A model, all sizes known. `intermediate` is the widest feed-forward a token passes in one piece."""

    class_name: str
    family: str
    hidden: int
    vocabulary: int
    intermediate: int
    heads: int
    positions: int | None
    element_bytes: int
    first: tuple[Tensor, ...]
    layers: tuple[Layer, ...]
    last: tuple[Tensor, ...]
    tied_embeddings: bool
    encoders: tuple[Encoder, ...] = ()
    quantization: Quantization = Quantization()
    experts_per_token: int = 0
    rotary_elements: int = 0  # of the tables of rotations, which every rank holds
    mixer_width: int = 0  # what the widest layer makes of a token in attention: queries, keys, values

    @property
    def parameters(self) -> int:
        """Numbers in all tensors of the checkpoint's own shapes, a tied head not counted again."""
        tensors = [*self.first, *self.last, *(tensor for layer in self.layers for tensor in layer.tensors)]
        tensors += [tensor for encoder in self.encoders for tensor in encoder.tensors]
        return sum(tensor.elements for tensor in tensors)
