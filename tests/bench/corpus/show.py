"""Prints every wrong field of a corpus with the options that stood for it. Made for finding out why.

PYTHONPATH=tests .venv/bin/python -m bench.corpus.show --set heldout --form text --ablation prior
"""

import argparse
import asyncio
import sys

from lamplighter_serving.documents.page import Document
from lamplighter_serving.engines.base import Engine
from lamplighter_serving.extract.prior.contest import settle
from lamplighter_serving.extract.prior.weigh import Option, shortlist
from lamplighter_serving.extract.request import ABLATIONS, MODES
from lamplighter_serving.extract.scene.scene import read_scene
from lamplighter_serving.extract.schema.parse import parse_schema

from .case import Case
from .corpora import CORPORA, FORMS
from .grade import Mark, count, same
from .reading import read_all
from .trial import Way, load_engine, mark_all

#: Options shown for a wrong field.
_SHOWN = 3


class NoEngine:
    """Stands where the prior decides alone: whoever asks it anything is told so."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(f"the engine was asked for its {name}, though the prior was to decide alone")


def options_of(case: Case, document: Document) -> dict[str, tuple[Option, ...]]:
    """The options of each field as label and layout weigh them, best first."""
    scene = read_scene(document)
    lists = settle({leaf: shortlist(leaf, scene) for leaf in parse_schema(case.schema).leaves})
    return {"/".join(leaf.path): item.options for leaf, item in lists.items()}


def print_wrong(marks: list[Mark], options: dict[str, tuple[Option, ...]]) -> None:
    """One block a wrong field; a star marks the option that would have been right."""
    for mark in marks:
        if mark.right:
            continue
        print(f"{mark.case}  {mark.field}  expected {mark.expected!r}  got {mark.got!r}")
        listed = options.get(mark.field, ())
        for place, option in enumerate(listed, start=1):
            star = "*" if same(mark.expected, option.value) else " "
            if place > _SHOWN and star == " ":
                continue
            print(f"   {star}{place} {option.prior:.2f} {option.value!r}  {option.candidate.text!r} by {option.rated.label!r}")


async def run(args: argparse.Namespace) -> int:
    """Reads, extracts, prints."""
    cases = [case for case in CORPORA[args.set](args.form) if args.only in case.name]
    documents = await read_all([case.data for case in cases], args.jobs)
    if args.lines:
        for case, document in zip(cases, documents, strict=True):
            print(f"--- {case.name}")
            print("\n".join(line.text for page in document.pages for line in page.lines))
    needs_engine = args.mode == "free" or args.ablation != "prior"
    engine: Engine = load_engine() if needs_engine else NoEngine()  # type: ignore[assignment]
    marked = await mark_all(cases, documents, Way(mode=args.mode, ablation=args.ablation), engine)
    if needs_engine:
        await engine.close()
    for case, document, marks in zip(cases, documents, marked, strict=True):
        if not all(mark.right for mark in marks):
            print_wrong(marks, options_of(case, document))
    for case, marks in zip(cases, marked, strict=True):
        if args.cases:
            print(f"{case.name}: {count(marks)}")
    print(f"{args.set} {args.form} {args.mode} {args.ablation}: {count([mark for marks in marked for mark in marks])}")
    return 0


def main() -> int:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=CORPORA, default="samples")
    parser.add_argument("--form", choices=FORMS, default="text")
    parser.add_argument("--mode", choices=MODES, default="grounded")
    parser.add_argument("--ablation", choices=ABLATIONS, default="prior")
    parser.add_argument("--jobs", type=int, default=1, help="documents read at once")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--lines", action="store_true", help="print what was read")
    parser.add_argument("--cases", action="store_true", help="print the score of each case")
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
