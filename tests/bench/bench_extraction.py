"""Extraction: fields right of all, by the model writing freely and by grounded choice, on the samples and on other documents.

The samples' layouts were known while the extractor was made. The held-out documents are of other makers, but their faults were
looked at too: neither figure is that of papers nobody has seen. Both are read twice, with their text layer and as scans. The
model is the small one that the package brings, so what it adds is the least that a model adds.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from bench.corpus.case import Case
from bench.corpus.corpora import CORPORA
from bench.corpus.grade import Score, count
from bench.corpus.reading import read_all
from bench.corpus.trial import Way, load_engine, mark_all
from bench.figure import Figure
from lamplighter_serving.documents.page import Document
from lamplighter_serving.engines.base import Engine

FREE = Way(mode="free")
PRIOR = Way(ablation="prior")
MODEL = Way(ablation="model")
BOTH = Way(ablation="both")
NAMES = {PRIOR: "label and layout alone", MODEL: "the model's choice alone", BOTH: "both"}
#: The model takes some 25 s of processor time a document, so it is asked about the samples in every way and about the held-out
#: documents once, with their text layer. The prior alone takes a tenth of a second.
WAYS: Mapping[tuple[str, str], tuple[Way, ...]] = {
    ("samples", "text"): (PRIOR, MODEL, BOTH),
    ("samples", "ocr"): (PRIOR, MODEL, BOTH),
    ("heldout", "text"): (PRIOR, BOTH),
    ("heldout", "ocr"): (PRIOR,),
}
FREE_SETS = ("samples",)
#: Documents read at once.
JOBS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class _Corpus:
    """A corpus in one form, read."""

    name: str
    form: str
    cases: list[Case]
    documents: list[Document]


async def _figures() -> list[Figure]:
    engine = load_engine()
    figures = []
    try:
        for (name, form), ways in WAYS.items():
            cases = CORPORA[name](form)
            documents = await read_all([case.data for case in cases], JOBS)
            corpus = _Corpus(name=name, form=form, cases=cases, documents=documents)
            figures += await _compared(corpus, ways, engine)
    finally:
        await engine.close()
    return figures


async def _compared(corpus: _Corpus, ways: tuple[Way, ...], engine: Engine) -> list[Figure]:
    """The grounded ways of one corpus, each against free writing where that is measured."""
    free = await _score(corpus, FREE, engine) if corpus.name in FREE_SETS else None
    figures = []
    for way in ways:
        score = await _score(corpus, way, engine)
        figures.append(
            Figure(
                what=f"{corpus.name}, {corpus.form}: {NAMES[way]}",
                ours=str(score),
                against=f"free: {free}" if free else "",
                ratio=score.right / free.right if free and free.right else None,
                aim="no value invented" if score.nulls else "",
            )
        )
    return figures


async def _score(corpus: _Corpus, way: Way, engine: Engine) -> Score:
    marked = await mark_all(corpus.cases, corpus.documents, way, engine)
    return count([mark for marks in marked for mark in marks])


def main() -> list[Figure]:
    """Reads (or takes from the cache), extracts in every way, counts."""
    return asyncio.run(_figures())
