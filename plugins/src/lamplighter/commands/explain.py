"""`lamplighter explain [CODE]`: the page of a finding's code, or the list of all codes."""

import argparse
import difflib
import json
from collections.abc import Mapping
from typing import Any


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "explain",
        help="say what a finding's code means",
        description="Prints what a code means, why it matters and how to put it right. Without a code: the list of all.",
    )
    parser.add_argument("code", nargs="?", default="", metavar="CODE", help="a code, such as LL101")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the page or the list. Raises `CannotJudge` for a code that does not exist."""
    from ..load.explanations import explanation  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..rules.registry import TITLES  # noqa: PLC0415

    if not arguments.code:
        codes = [{"code": code, "title": TITLES[code]} for code in sorted(TITLES)]
        text = "\n".join(f"{entry['code']}  {entry['title']}" for entry in codes)
        print(json.dumps({"codes": codes}, indent=2) if arguments.format == "json" else text)
        return 0
    code = _known(arguments.code, TITLES)
    page = explanation(code) or f"# {code} {TITLES[code]}\n"
    if arguments.format == "json":
        print(json.dumps({"code": code, "title": TITLES[code], "page": page}, indent=2))
    else:
        print(page.rstrip())
    return 0


def _known(given: str, titles: Mapping[str, str]) -> str:
    """The code in its own spelling. Raises `CannotJudge`, with the nearest one, when there is none."""
    from ..errors import CannotJudge  # noqa: PLC0415

    code = given.strip().upper()
    if code.isdecimal():
        code = f"LL{code}"
    if code in titles:
        return code
    near = difflib.get_close_matches(code, titles, n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]}?" if near else "lamplighter explain lists all codes."
    raise CannotJudge(f"There is no code {given[:20]!r}.", hint=hint)
