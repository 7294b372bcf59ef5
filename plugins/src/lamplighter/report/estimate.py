"""An estimate for people and for machines, from the same object."""

from typing import Any

from ..domain.unknown import Unknown
from ..units import gib_text
from ..vram.asked import Answer
from .text import printable


def json_estimate(answer: Answer) -> dict[str, Any]:
    """Bytes are whole numbers, per GPU; `margin_bytes` is the error of the sum."""
    said: dict[str, Any] = {
        "weights_bytes_per_gpu": answer.weights_bytes,
        "kv_bytes_per_token_per_gpu": answer.kv_bytes_per_token,
        "activation_bytes": answer.activation_bytes,
        "non_torch_bytes": answer.non_torch_bytes,
        "cuda_graph_bytes": answer.graph_bytes,
        "kv_available_bytes": answer.kv_available_bytes,
        "kv_tokens": answer.kv_tokens,
        "max_concurrency": answer.max_concurrency,
        "verdict": str(answer.verdict),
        "margin_bytes": answer.margin_bytes,
        "limit_bytes": answer.limit_bytes,
        "max_model_len": answer.max_model_len,
        "gpu": {"key": answer.card.key, "memory_bytes": answer.card.memory_bytes},
        "parts": dict(answer.parts),
    }
    if answer.fit is not None:
        card = answer.fit.card
        said["fit"] = {
            "max_model_len": answer.fit.context_tokens,
            "concurrency": answer.fit.concurrency,
            "gpu": card.key if card else None,
        }
    return said


def json_unknown(unknown: Unknown) -> dict[str, Any]:
    """The same keys without numbers, and why."""
    keys = (
        "weights_bytes_per_gpu",
        "kv_bytes_per_token_per_gpu",
        "activation_bytes",
        "non_torch_bytes",
        "cuda_graph_bytes",
        "kv_available_bytes",
        "kv_tokens",
        "max_concurrency",
    )
    said: dict[str, Any] = dict.fromkeys(keys)
    return said | {"verdict": "unknown", "margin_bytes": None, "parts": {}, "reason": unknown.reason, "change": unknown.change}


def text_estimate(answer: Answer) -> str:
    """A table of the parts, and the sentence."""
    width = max(len(part) for part in answer.parts)
    lines = [f"{part:<{width}}  {gib_text(size):>10}" for part, size in answer.parts.items()]
    needed = sum(answer.parts.values())
    card = answer.card.key or "the card"
    lines.append(f"{'together':<{width}}  {gib_text(needed):>10}  known to {gib_text(answer.margin_bytes)}")
    lines.append(
        f"{'may have':<{width}}  {gib_text(answer.limit_bytes):>10}  of {gib_text(answer.card.memory_bytes)} on {card}"
    )
    lines.append(
        f"{answer.verdict}: left for the cache {gib_text(answer.kv_available_bytes)}, {answer.kv_tokens} tokens at "
        f"{answer.kv_bytes_per_token} bytes a token, {answer.max_concurrency:.2f} requests of {answer.max_model_len} tokens"
    )
    if answer.fit is not None:
        lines.append(_fit_sentence(answer))
    return "\n".join(lines)


def _fit_sentence(answer: Answer) -> str:
    assert answer.fit is not None
    context = answer.fit.context_tokens or "none"
    concurrency = answer.fit.concurrency or "none"
    smallest = answer.fit.card.key if answer.fit.card else "none of the table"
    return f"largest context: {context}; most requests at once: {concurrency}; smallest card: {smallest}"


def text_unknown(unknown: Unknown) -> str:
    """One line."""
    return printable(f"unknown: {unknown.reason}. {unknown.change}".strip())
