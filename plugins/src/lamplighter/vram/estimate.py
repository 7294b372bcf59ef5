"""The sum: what one engine needs on one card, what it may have, and which change would make it fit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ..domain.deployment import EngineSettings
from ..domain.gpu import GpuChip
from ..domain.model import Model
from .known import Unknown, known_shape
from .kv import BLOCK_TOKENS, cache_bytes, kv_bytes_per_token
from .overheads import ERROR_BYTES, NON_TORCH_BYTES, activation_bytes, graph_bytes
from .weights import weight_bytes

#: The values' schema takes no context below this.
LEAST_CONTEXT_TOKENS = 128


class Verdict(StrEnum):
    """Tight: the sum fits, but by less than its own error."""

    FITS = "fits"
    TIGHT = "tight"
    DOES_NOT_FIT = "does-not-fit"


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """Memory of one engine on one GPU. `limit_bytes` is the part of the card that it reserves."""

    parts: Mapping[str, int]
    limit_bytes: int

    @property
    def needed_bytes(self) -> int:
        """All parts together."""
        return sum(self.parts.values())

    @property
    def verdict(self) -> Verdict:
        """Whether the sum stays below the limit, and by more than its error."""
        if self.needed_bytes > self.limit_bytes:
            return Verdict.DOES_NOT_FIT
        return Verdict.TIGHT if self.needed_bytes + ERROR_BYTES > self.limit_bytes else Verdict.FITS


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """The largest settings that fit when all others stay; None where even the smallest does not."""

    context_tokens: int | None
    concurrency: int | None


def estimate_vllm(settings: EngineSettings, model: Model, chip: GpuChip) -> Estimate | Unknown:
    """A vLLM engine that has one whole GPU. Every request may fill its context at the same time."""
    if settings.memory_fraction is None:
        return Unknown(reason="memoryFraction is not set", change="Set memoryFraction, for example to 0.9.")
    shape = known_shape(model)
    if isinstance(shape, Unknown):
        return shape
    weights = weight_bytes(model, shape)
    if isinstance(weights, Unknown):
        return weights
    per_token = kv_bytes_per_token(model, shape, kv_cache_dtype=settings.kv_cache_dtype)
    if isinstance(per_token, Unknown):
        return per_token
    return Estimate(
        parts={
            "weights": weights,
            "KV cache": cache_bytes(
                per_token=per_token, context_tokens=settings.context_tokens, concurrency=settings.concurrency
            ),
            "activation": activation_bytes(shape, concurrency=settings.concurrency, chip=chip),
            "CUDA graphs": graph_bytes(shape, concurrency=settings.concurrency),
            "other": NON_TORCH_BYTES,
        },
        limit_bytes=int(settings.memory_fraction * chip.memory_bytes),
    )


def largest_fit(settings: EngineSettings, model: Model, chip: GpuChip) -> Fit:
    """How far contextTokens, or concurrency, has to come down."""

    def fits(trial: EngineSettings) -> bool:
        result = estimate_vllm(trial, model, chip)
        return isinstance(result, Estimate) and result.verdict is Verdict.FITS

    blocks = _largest(
        LEAST_CONTEXT_TOKENS // BLOCK_TOKENS,
        settings.context_tokens // BLOCK_TOKENS,
        lambda number: fits(replace(settings, context_tokens=number * BLOCK_TOKENS)),
    )
    concurrency = _largest(1, settings.concurrency, lambda number: fits(replace(settings, concurrency=number)))
    return Fit(context_tokens=blocks and blocks * BLOCK_TOKENS, concurrency=concurrency)


def _largest(least: int, most: int, fits: Callable[[int], bool]) -> int | None:
    """The largest number from `least` to `most` that fits, where less always fits too; None when none does."""
    if most < least or not fits(least):
        return None
    low, high = least, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
