"""Bits that a quantised weight really takes: its own, and its share of scales and zeros. One entry a format."""

import fnmatch
import re
from collections.abc import Sequence
from functools import cache, lru_cache

from ..domain.llm import Quantization, Tensor, Use


def packing_of(tensor: Tensor, quantization: Quantization, *, layer: int | None) -> Quantization | None:
    """The format that takes this tensor, None where it stays as it is.

    `layer` is its layer's number, None outside the layers.
    """
    if quantization.per_module:
        return _listed(quantization.per_module, _where(tensor.name, layer))
    if quantization.method == "none":
        return None
    packable = {
        Use.LINEAR: not quantization.experts_only,
        Use.EXPERT: True,
        Use.HEAD: quantization.takes_head,
        Use.EMBEDDING: quantization.takes_embedding,
    }.get(tensor.use, False)
    return quantization if packable and not excluded(tensor.name, quantization.excluded, layer=layer) else None


def _where(name: str, layer: int | None) -> str:
    return name if layer is None else f"layers.{layer}.{name}"


def _listed(per_module: tuple[tuple[str, Quantization], ...], where: str) -> Quantization | None:
    """The entry of a module, or of one that it is part of."""
    table = _table(per_module)
    while where:
        if where in table:
            return table[where]
        where = where.rpartition(".")[0]
    return None


@lru_cache(maxsize=16)
def _table(per_module: tuple[tuple[str, Quantization], ...]) -> dict[str, Quantization]:
    return {_plain(name): packing for name, packing in per_module}


def packed_bytes(tensor: Tensor, quantization: Quantization) -> int:
    """Bytes of all copies of a packed tensor, scales and zeros included."""
    elements = tensor.inputs * tensor.outputs
    if quantization.block:
        rows, columns = quantization.block
        scales = -(-tensor.outputs // rows) * -(-tensor.inputs // columns)
    elif quantization.group:
        scales = tensor.outputs * -(-tensor.inputs // quantization.group)
    else:
        scales = tensor.outputs
    bits = elements * quantization.bits + scales * (quantization.scale_bits + quantization.zero_bits)
    return bits * tensor.copies // 8


def excluded(name: str, patterns: Sequence[str], *, layer: int | None) -> bool:
    """Whether a list of modules not to convert names this one: exactly, as a parent, as a glob, or by `re:`.

    Checkpoints name modules from different roots (`model.`, `language_model.model.`, nothing); what counts is the end from the
    layer's number on.
    """
    if not patterns:
        return False
    return _excluded(_where(name, layer), tuple(patterns))


@cache
def _excluded(where: str, patterns: tuple[str, ...]) -> bool:
    return any(_names(pattern, where) for pattern in patterns)


#: Roots before a module's own name.
_ROOT = re.compile(r"^.*?(?=layers\.\d)")


def _plain(name: str) -> str:
    """A module's name without the roots before it."""
    return _ROOT.sub("", name).removeprefix("model.").removeprefix("language_model.").removeprefix("model.")


def _names(pattern: str, where: str) -> bool:
    if pattern.startswith("re:"):
        try:
            found = re.compile(pattern[3:])
        except re.error:
            return False
        return any(found.match(root + where) for root in ("", "model.", "model.language_model.", "language_model.model."))
    plain = _plain(pattern)
    if any(sign in plain for sign in "*?["):
        # fnmatch's star also takes dots, as the formats' own tools do. A bare "*" at the front stands for any root.
        return fnmatch.fnmatchcase(where, plain) or fnmatch.fnmatchcase(f"model.{where}", pattern)
    plain = plain.removesuffix(".")
    if "layers." in plain:
        return where == plain or where.startswith(f"{plain}.")
    # Without a layer's number: a module of that name in every layer, such as lm_head, gate, or self_attn.
    return where == plain or where.endswith(f".{plain}") or f".{plain}." in f".{where}."
