"""One way of extraction over a corpus: reads, extracts and marks. Knows the pipeline's public functions only."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lamplighter_serving.catalog import load_catalog
from lamplighter_serving.documents.page import Document
from lamplighter_serving.engines.base import Engine
from lamplighter_serving.engines.registry import build_engine
from lamplighter_serving.errors import LamplighterError
from lamplighter_serving.extract.request import parse_request
from lamplighter_serving.extract.run import extract

from .case import Case
from .grade import Mark, grade


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How to extract: by `free` writing or `grounded`, and by which of prior and model."""

    mode: str = "grounded"
    ablation: str = "both"


def load_engine() -> Engine:
    """The engine of the catalog that the package brings."""
    catalog = load_catalog(None)
    return build_engine(catalog.workers[catalog.default_worker], None)


async def mark_all(cases: Sequence[Case], documents: Sequence[Document], way: Way, engine: Engine) -> list[list[Mark]]:
    """The marks of each case. A failed extraction gives no value at all, so it counts as null everywhere."""
    marks = []
    for case, document in zip(cases, documents, strict=True):
        marks.append(grade(case, await answer(case, document, way, engine)))
    return marks


async def answer(case: Case, document: Document, way: Way, engine: Engine) -> Mapping[str, object]:
    """The data of one extraction; empty when it failed."""
    request = parse_request(
        {"schema": case.schema, "instructions": case.instructions, "mode": way.mode, "ablation": way.ablation}
    )
    try:
        return (await extract(document, request, engine)).data
    except LamplighterError as error:
        print(f"{case.name}: {error}", file=sys.stderr)
        return {}
