"""`lamplighter promote FROM TO`: copies version.yaml and nothing else, if what it names runs well in the first environment."""

import argparse
import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..findings import Finding
    from ..load.application import Application
    from ..load.files import Files

VERSION_FILE = "version.yaml"

EPILOG = """\
exit codes: 0 copied (or would be), 1 it must not be promoted, 2 it could not judge

examples:
  kubectl -n argocd get applications -o json >status.json
  lamplighter promote staging prod --status status.json
  kubectl -n argocd get application serving-staging -o json | lamplighter promote staging prod --status -
  lamplighter promote staging prod --status status.json --dry-run --format json

The status is the evidence: Argo CD's Application of FROM is Synced and Healthy at a commit whose version.yaml is this one.
"""


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "promote",
        help="copy version.yaml from one environment to the next",
        description="Copies version.yaml, and nothing else, if its version runs well where it comes from.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="FROM", help="the environment in which the version runs")
    parser.add_argument("target", metavar="TO", help="the environment that is to run it")
    parser.add_argument(
        "--status", required=True, metavar="FILE", help="Application or list of them as JSON; - reads it from stdin"
    )
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--dry-run", action="store_true", help="say what would change; write nothing")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Copies the file and prints the difference; 1, with nothing written, when the version must not go on."""
    from ..errors import CannotJudge  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..load.environments import FOLDER, read_environment  # noqa: PLC0415
    from ..load.files import Files  # noqa: PLC0415
    from ..load.newfiles import replace_file  # noqa: PLC0415

    root: Path = arguments.root
    if arguments.source == arguments.target:
        raise CannotJudge(f"{arguments.source} cannot be promoted to itself.", hint="Name the next environment.")
    files = Files(root)
    for name in (arguments.source, arguments.target):
        read_environment(files, name)
    source, target = (f"{FOLDER}/{name}/{VERSION_FILE}" for name in (arguments.source, arguments.target))
    layer = files.layer(source)
    findings = list(files.findings)
    if layer is not None:
        findings += _unpinned(files, source)
        findings += _not_proven(root, arguments.source, source, arguments.status)
    there = (root / target).read_bytes().decode("utf-8", errors="replace") if files.exists(target) else ""
    text = (root / source).read_bytes().decode("utf-8", errors="replace") if layer is not None else ""
    copied = not findings and text != there
    if copied and not arguments.dry_run:
        replace_file(root / target, text)
    difference = list(
        difflib.unified_diff(there.splitlines(), text.splitlines(), f"a/{target}", f"b/{target}", n=3, lineterm="")
    )
    _print(arguments, findings, target, difference if not findings else [])
    return int(bool(findings))


def _unpinned(files: "Files", name: str) -> Iterator["Finding"]:
    """LL505 and LL506: only a published chart and images by digest are the same everywhere."""
    from ..findings import Places  # noqa: PLC0415
    from ..load.environments import SERVING_CHART  # noqa: PLC0415
    from ..load.published import PublishedChart, published_chart  # noqa: PLC0415
    from ..rules.promotion import check_promoted_images  # noqa: PLC0415

    layer = files.layer(name)
    assert layer is not None
    places = Places([(name, layer.lines)])
    chart = layer.data.get("chart")
    if isinstance(chart, dict) and set(chart) == {"path"}:
        sentence = f"chart is the folder {chart['path']} of whatever commit is read, and no version that could be promoted"
        yield places.error("LL505", ("chart", "path"), sentence, "Release it first: scripts/release.")
    else:
        found = published_chart(SERVING_CHART.rpartition("/")[2], chart if isinstance(chart, dict) else {}, places)
        yield from [] if isinstance(found, PublishedChart) else found
    yield from check_promoted_images(layer.data, places)


def _not_proven(root: Path, environment: str, version_file: str, status: str) -> Iterator["Finding"]:
    """LL507: what Argo CD says of the environment, and whether it says it of this very file."""
    from ..findings import Finding, Place, Severity  # noqa: PLC0415
    from ..load.application import applications  # noqa: PLC0415
    from ..load.environments import FOLDER  # noqa: PLC0415
    from ..load.git import file_at  # noqa: PLC0415

    def doubt(sentence: str, change: str) -> Finding:
        place = Place(file=version_file, line=1)
        return Finding(code="LL507", severity=Severity.ERROR, place=place, path="", sentence=sentence, change=change)

    listed = applications(_read(status), "standard input" if status == "-" else status)
    mine: list[Application] = [one for one in listed if one.path == f"{FOLDER}/{environment}"]
    if len(mine) != 1:
        names = ", ".join(one.name for one in listed[:5])
        sentence = f"{len(mine)} of the {len(listed)} Applications given ({names}) stand for {FOLDER}/{environment}, not one"
        yield doubt(sentence, f"Give the status of the Application of {environment}.")
        return
    doubts = list(mine[0].doubts())
    yield from (doubt(sentence, f"Wait until {environment} is Synced and Healthy, and ask again.") for sentence in doubts)
    if doubts:
        return
    ran = file_at(root, mine[0].revision, version_file)
    short = mine[0].revision[:12]
    if ran is None:
        sentence = f"{mine[0].name} runs the commit {short}, which has no {version_file} here"
        yield doubt(sentence, "Fetch that commit: git fetch origin.")
    elif ran != (root / version_file).read_bytes():
        sentence = f"{mine[0].name} runs the version of commit {short}, and {version_file} says another one now"
        yield doubt(sentence, f"Merge it and wait for {environment}, or go back to what runs there.")


def _read(status: str) -> str:
    from ..errors import CannotJudge  # noqa: PLC0415

    try:
        return sys.stdin.read() if status == "-" else Path(status).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        hint = "Make it with: kubectl -n argocd get applications -o json"
        raise CannotJudge(f"{status} cannot be read: {error}.", hint=hint) from error


def _print(arguments: argparse.Namespace, findings: list["Finding"], target: str, difference: list[str]) -> None:
    from ..report.text import printable, text_line  # noqa: PLC0415

    if arguments.format == "json":
        report = {
            "from": arguments.source,
            "to": arguments.target,
            "file": target,
            "written": bool(difference) and not arguments.dry_run,
            "difference": difference,
            "findings": [
                {"code": finding.code, "file": finding.place.file, "line": finding.place.line}
                | {"sentence": finding.sentence, "change": finding.change}
                for finding in findings
            ],
        }
        print(json.dumps(report, indent=2))
        return
    for finding in findings:
        print(text_line(finding), file=sys.stderr)
    if findings:
        return
    for line in difference:
        print(printable(line))
    if not difference:
        print(f"{arguments.target} has that version already.")
    elif not arguments.dry_run:
        print(f"{target} is written. Before you commit it: lamplighter check {arguments.target}", file=sys.stderr)
