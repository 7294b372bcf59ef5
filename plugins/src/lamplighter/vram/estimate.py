"""The sum: what one engine takes of each of its GPUs, what is left for the cache, and whether that is enough."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil

from ..domain.llm import Architecture
from ..domain.unknown import Unknown
from . import activation, overheads
from .engine import Card, EngineRun, Resolved, resolved
from .kv.blocks import Pool, pool
from .kv.pages import layer_pages
from .verdict import Verdict, verdict_of
from .weights import rank_weight_bytes, ranks, scaled, whole_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """Memory of one engine on the fullest of its GPUs. `limit_bytes` is the part of the card that it reserves.

    `cache_needed_bytes` is what `concurrency` requests of the longest context take; `cache_bytes` what is left for them.
    `kv_tokens` counts the tokens of all requests together that the cache holds.
    """

    weights_bytes: int
    activation_bytes: int
    non_torch_bytes: int
    graph_bytes: int
    graphs_budgeted: bool
    limit_bytes: int
    card_bytes: int
    cache_needed_bytes: int
    cache_bytes: int
    cache_bytes_per_token: int
    kv_tokens: int
    max_concurrency: float
    error_bytes: int
    settings: Resolved

    @property
    def parts(self) -> Mapping[str, int]:
        """What the limit has to hold; their sum is `needed_bytes`."""
        return {
            "weights": self.weights_bytes,
            "KV cache": self.cache_needed_bytes,
            "activation": self.activation_bytes,
            "CUDA graphs": self.graph_bytes,
            "other": self.non_torch_bytes,
        }

    @property
    def needed_bytes(self) -> int:
        """All parts together."""
        return sum(self.parts.values())

    @property
    def verdict(self) -> Verdict:
        """Whether the sum stays below the limit, and by more than its error."""
        on_top = 0 if self.graphs_budgeted else self.graph_bytes
        if self.needed_bytes - on_top > self.limit_bytes or self.needed_bytes > self.card_bytes:
            return Verdict.DOES_NOT_FIT
        return verdict_of(min(self.needed_bytes, self.limit_bytes), self.limit_bytes, self.error_bytes)


def estimate(architecture: Architecture, run: EngineRun, card: Card, *, weights_bytes: int | None = None) -> Estimate | Unknown:
    """A vLLM engine on whole GPUs of one kind. `weights_bytes` is the whole model's, where its files say so.

    Of a pipeline's stages the fullest is told; the cache is the smallest of any, as vLLM gives all of them as many blocks.
    """
    refused = _refused(architecture, run)
    if refused:
        return refused
    settings = resolved(run, card, architecture.positions)
    pages = layer_pages(architecture, run)
    if isinstance(pages, Unknown):
        return pages
    stages = ranks(architecture, run.pipeline_parallel)
    weights = [rank_weight_bytes(architecture, stage, run, card) for stage in stages]
    if weights_bytes is not None:
        weights = scaled(weights, known_total=weights_bytes, computed_total=max(1, whole_bytes(architecture, run, card)))
    active = activation.activation_bytes(architecture, run, settings)
    fixed = overheads.non_torch_bytes(run, card)
    limit = ceil(settings.memory_fraction * card.memory_bytes)
    candidates = []
    for stage, weight in zip(stages, weights, strict=True):
        graphs = overheads.graph_bytes(architecture, run, settings, layers=len(stage.layers))
        cut = pool(pages[stage.first_layer : stage.first_layer + len(stage.layers)], run, settings)
        candidates.append(
            _stage(run, settings, card, cut=cut, limit=limit, weights=weight, active=active, graphs=graphs, fixed=fixed)
        )
    fullest = max(candidates, key=lambda candidate: candidate.needed_bytes)
    smallest = min(candidates, key=lambda candidate: candidate.kv_tokens)
    return replace(fullest, kv_tokens=smallest.kv_tokens, max_concurrency=smallest.max_concurrency)


def _stage(
    run: EngineRun,
    settings: Resolved,
    card: Card,
    *,
    cut: Pool,
    limit: int,
    weights: int,
    active: int,
    graphs: int,
    fixed: int,
) -> Estimate:
    budgeted = overheads.graphs_are_budgeted(run)
    left = limit - weights - active - fixed - (graphs if budgeted else 0)
    blocks = cut.blocks(left)
    concurrency = blocks / cut.request_blocks if cut.request_blocks and cut.block_bytes else 0.0
    tokens = blocks * cut.block_tokens if cut.uniform else int(concurrency * settings.max_model_len)
    return Estimate(
        weights_bytes=weights,
        activation_bytes=active,
        non_torch_bytes=fixed,
        graph_bytes=graphs,
        graphs_budgeted=budgeted,
        limit_bytes=limit,
        card_bytes=card.memory_bytes,
        cache_needed_bytes=cut.request_bytes * run.concurrency,
        cache_bytes=left,
        cache_bytes_per_token=cut.growing_token_bytes,
        kv_tokens=tokens,
        max_concurrency=concurrency,
        error_bytes=overheads.error_bytes(activation=active, graphs=graphs, other=fixed),
        settings=settings,
    )


def _refused(architecture: Architecture, run: EngineRun) -> Unknown | None:
    """What vLLM itself would not start."""
    if architecture.heads % run.tensor_parallel:
        return Unknown(
            reason=f"{architecture.heads} attention heads do not divide among {run.tensor_parallel} GPUs",
            change="Use a number of GPUs that divides them.",
        )
    if run.pipeline_parallel > len(architecture.layers):
        return Unknown(
            reason=f"{len(architecture.layers)} layers do not make {run.pipeline_parallel} stages",
            change=f"Use at most {len(architecture.layers)} stages.",
        )
    if run.max_model_len is None and architecture.positions is None:
        return Unknown(reason="neither the config nor --max-model-len says the longest context", change="Say --max-model-len.")
    return None
