"""The pipeline: a document and a request become an outcome. The only place that knows the order of the steps.

Candidates of the whole document are weighed at once, so a long document needs no windows here; the model sees a few quotes of
one line each, wherever they stand. (Where the model writes by itself it needs windows: see `free`.)
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from jsonschema import Draft202012Validator

from ..documents.page import Document
from ..engines.base import Engine
from ..errors import ExtractionFailed
from .assemble import Answer, Items, assemble
from .decide import Decision, decide, insist, without_prior
from .model.ask import Opinions, ask
from .model.free import write_freely
from .model.trust import trust_in
from .outcome import Outcome
from .prior.contest import Shortlists, settle
from .prior.weigh import shortlist
from .request import ExtractionRequest
from .rows.find import find_items
from .scene.scene import Scene, read_scene
from .schema.parse import FORMAT_CHECKER, ExtractionSchema, Leaf


async def extract(document: Document, request: ExtractionRequest, engine: Engine) -> Outcome:
    """Reads the values a schema asks for. Raises `ExtractionFailed` and whatever the engine raises (`EngineError`)."""
    if request.mode == "free":
        return await write_freely(document, request, engine)
    prepared = await asyncio.to_thread(_prepare, document, request)
    trust = 0.0 if request.ablation == "prior" else trust_in(engine.facts)
    opinions = await ask(prepared.lists, prepared.scene, request.instructions, engine, trust)
    decisions = {leaf: decide(leaf, item, opinions.by_leaf.get(leaf), trust) for leaf, item in prepared.lists.items()}
    answer, notes = _assembled(request.schema, prepared, decisions)
    if not Draft202012Validator(request.schema.document, format_checker=FORMAT_CHECKER).is_valid(answer.data):
        raise ExtractionFailed("The answer does not satisfy the schema.", hint="See the schema's rules on lists and objects.")
    return _outcome(document, answer, opinions, notes)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Prepared:
    """What follows from document and schema alone."""

    scene: Scene
    lists: Shortlists
    items: Items


def _prepare(document: Document, request: ExtractionRequest) -> _Prepared:
    scene = read_scene(document)
    alone = request.ablation == "model"
    lists: Shortlists = {leaf: shortlist(leaf, scene, unweighed=alone) for leaf in request.schema.leaves}
    lists = {leaf: without_prior(item) for leaf, item in lists.items()} if alone else settle(lists)
    return _Prepared(scene=scene, lists=lists, items={array: find_items(array, scene) for array in request.schema.arrays})


def _assembled(
    schema: ExtractionSchema, prepared: _Prepared, decisions: Mapping[Leaf, Decision]
) -> tuple[Answer, tuple[str, ...]]:
    """The answer; a required value that was not found gets one repair round. Raises `ExtractionFailed`."""
    answer = assemble(schema.root, decisions, prepared.items)
    if not answer.missing:
        return answer, ()
    repaired = {leaf: insist(decision, prepared.lists[leaf]) for leaf, decision in decisions.items()}
    second = assemble(schema.root, repaired, prepared.items)
    if second.missing:
        raise ExtractionFailed(
            f"The document does not say {', '.join(second.missing)}, which the schema requires.",
            hint="Allow null where a document may not say a value.",
        )
    return second, tuple(f"repaired {path}: required, taken on weak evidence" for path in answer.missing)


def _outcome(document: Document, answer: Answer, opinions: Opinions, notes: tuple[str, ...]) -> Outcome:
    return Outcome(
        data=answer.data,
        fields=answer.fields,
        page_sizes=tuple((page.number, page.width, page.height) for page in document.pages),
        prompt_tokens=opinions.prompt_tokens,
        completion_tokens=0,
        notes=notes,
    )
