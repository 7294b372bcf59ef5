"""One question about one model: a card or the smallest that does, one engine, and perhaps how far its settings may go."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..domain.llm import Architecture
from ..domain.unknown import Unknown
from .engine import Card, EngineRun
from .estimate import Estimate, estimate
from .fit import Fit, largest_fit
from .llamacpp import LlamaCpp, estimate_llamacpp
from .verdict import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """`card` None asks for the smallest of `cards` on which it fits."""

    model: Architecture | Unknown
    run: EngineRun
    card: Card | None
    weights_bytes: int | None
    fit: bool
    cards: tuple[Card, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What an engine takes of the card, in the words that every engine shares."""

    card: Card
    weights_bytes: int
    kv_bytes_per_token: int
    activation_bytes: int
    non_torch_bytes: int
    graph_bytes: int
    kv_available_bytes: int
    kv_tokens: int
    max_concurrency: float
    verdict: Verdict
    margin_bytes: int
    limit_bytes: int
    parts: Mapping[str, int]
    max_model_len: int
    fit: Fit | None


def answer(asked: Asked) -> Answer | Unknown:
    """The estimate on the card, or on the smallest that holds it; on the largest where none does."""
    if isinstance(asked.model, Unknown):
        return asked.model
    if asked.card is not None:
        return _on(asked.model, asked, asked.card)
    found: Answer | Unknown = Unknown(reason="no card is known", change="Say --gpu or --gpu-memory-bytes.")
    for card in sorted(asked.cards, key=lambda card: (card.memory_bytes, card.key)):
        found = _on(asked.model, asked, card)
        if isinstance(found, Unknown) or found.verdict is Verdict.FITS:
            break
    return found


def _on(model: Architecture, asked: Asked, card: Card) -> Answer | Unknown:
    if asked.run.engine == "llamacpp":
        exact = estimate_llamacpp(model, asked.run, card, weights_bytes=asked.weights_bytes)
        return exact if isinstance(exact, Unknown) else _llamacpp(asked, card, exact, model)
    found = estimate(model, asked.run, card, weights_bytes=asked.weights_bytes)
    return found if isinstance(found, Unknown) else _vllm(asked, card, found, model)


def _vllm(asked: Asked, card: Card, found: Estimate, model: Architecture) -> Answer:
    fit = largest_fit(model, asked.run, card, weights_bytes=asked.weights_bytes, cards=asked.cards) if asked.fit else None
    return Answer(
        card=card,
        weights_bytes=found.weights_bytes,
        kv_bytes_per_token=found.cache_bytes_per_token,
        activation_bytes=found.activation_bytes,
        non_torch_bytes=found.non_torch_bytes,
        graph_bytes=found.graph_bytes,
        kv_available_bytes=found.cache_bytes,
        kv_tokens=found.kv_tokens,
        max_concurrency=found.max_concurrency,
        verdict=found.verdict,
        margin_bytes=found.error_bytes,
        limit_bytes=found.limit_bytes,
        parts=found.parts,
        max_model_len=found.settings.max_model_len,
        fit=fit,
    )


def _llamacpp(asked: Asked, card: Card, exact: LlamaCpp, model: Architecture) -> Answer:
    left = exact.limit_bytes - exact.needed_bytes + exact.cache_bytes
    length = asked.run.max_model_len or model.positions or 0
    return Answer(
        card=card,
        weights_bytes=exact.weights_bytes,
        kv_bytes_per_token=exact.cache_bytes_per_token,
        activation_bytes=exact.compute_bytes,
        non_torch_bytes=exact.other_bytes,
        graph_bytes=0,
        kv_available_bytes=left,
        kv_tokens=exact.cells,
        max_concurrency=float(exact.concurrency) if exact.cache_bytes <= left else max(0, left) / max(1, exact.cache_bytes),
        verdict=exact.verdict,
        margin_bytes=exact.error_bytes,
        limit_bytes=exact.limit_bytes,
        parts=exact.parts,
        max_model_len=length,
        fit=None,
    )
