"""`lamplighter promote FROM TO`: copies version.yaml, if what it names runs well in the first environment, and records that."""

import argparse
import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..findings import Finding
    from ..load.environments import Environment
    from ..load.files import Files

EPILOG = """\
exit codes: 0 copied (or would be), 1 it must not be promoted, 2 it could not judge

examples:
  lamplighter promote staging prod --cluster              asks Argo CD of the kubeconfig's context
  lamplighter promote staging prod --cluster staging-weu  of another context
  kubectl -n argocd get applications -o json >status.json
  lamplighter promote staging prod --status status.json
  kubectl -n argocd get application serving-staging -o json | lamplighter promote staging prod --status -
  lamplighter promote staging prod --status status.json --dry-run --format json

The evidence: Argo CD's Application of FROM is Synced and Healthy at a commit whose version.yaml is this one. Where TO says
promotedFrom in its environment.yaml, that is recorded beside the version, in promoted.yaml; without the record it is refused.
--cluster runs kubectl, and needs no more than plugins/rights/promote.yaml allows.
"""


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "promote",
        help="copy version.yaml from one environment to the next",
        description="Copies version.yaml, and nothing else of an environment, if its version runs well where it comes from.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="FROM", help="the environment in which the version runs")
    parser.add_argument("target", metavar="TO", help="the environment that is to run it")
    evidence = parser.add_mutually_exclusive_group(required=True)
    evidence.add_argument("--status", metavar="FILE", help="Application or list of them as JSON; - reads it from stdin")
    evidence.add_argument(
        "--cluster", nargs="?", const="", metavar="CONTEXT", help="ask the cluster (default: the kubeconfig's current context)"
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
    from ..load.promoted import PROMOTED_FILE, VERSION_FILE  # noqa: PLC0415

    root: Path = arguments.root
    if arguments.source == arguments.target:
        raise CannotJudge(f"{arguments.source} cannot be promoted to itself.", hint="Name the next environment.")
    files = Files(root)
    read_environment(files, arguments.source)
    target = read_environment(files, arguments.target)
    source_file, folder = f"{FOLDER}/{arguments.source}/{VERSION_FILE}", f"{FOLDER}/{arguments.target}"
    layer = files.layer(source_file)
    wanted: dict[str, str] = {}
    findings = list(files.findings)
    if layer is not None and target is not None:
        findings += _unpinned(files, source_file)
        record, doubts = _record(arguments, files, target)
        findings += doubts
        # The record first: a version without its record is refused, so what is cut short is seen.
        wanted = {f"{folder}/{PROMOTED_FILE}": record} if record else {}
        wanted[f"{folder}/{VERSION_FILE}"] = (root / source_file).read_bytes().decode("utf-8", errors="replace")
    there = {name: (root / name).read_bytes().decode("utf-8", errors="replace") for name in wanted if files.exists(name)}
    changed = {name: text for name, text in wanted.items() if text != there.get(name) and not findings}
    for name, text in changed.items() if not arguments.dry_run else ():
        replace_file(root / name, text)
    difference = [line for name, text in changed.items() for line in _difference(name, there.get(name, ""), text)]
    _print(arguments, findings, sorted(changed), difference)
    return int(bool(findings))


def _record(arguments: argparse.Namespace, files: "Files", target: "Environment") -> "tuple[str, list[Finding]]":
    """The text of promoted.yaml, empty where the target keeps none; and what speaks against the promotion."""
    from ..findings import Finding  # noqa: PLC0415
    from ..load.environments import FOLDER  # noqa: PLC0415
    from ..load.promoted import VERSION_FILE, Promotion, not_its_source, version_digest  # noqa: PLC0415
    from .evidence import application_of, from_cluster, from_file, not_proven  # noqa: PLC0415

    doubts = list(not_its_source(files, target, arguments.source))
    listed = from_file(arguments.status) if arguments.status else from_cluster(arguments.cluster)
    application = application_of(listed, arguments.source)
    if isinstance(application, Finding):
        return "", [*doubts, application]
    doubts += not_proven(files.root, application, arguments.source)
    layer = files.layer(f"{FOLDER}/{arguments.source}/{VERSION_FILE}")
    if layer is None or not target.promoted_from:
        return "", doubts
    promotion = Promotion(source=arguments.source, commit=application.revision, version=version_digest(layer.data))
    return promotion.text, doubts


def _difference(name: str, before: str, after: str) -> list[str]:
    return list(difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", n=3, lineterm=""))


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


def _print(arguments: argparse.Namespace, findings: list["Finding"], changed: list[str], difference: list[str]) -> None:
    from ..report.text import printable, text_line  # noqa: PLC0415

    if arguments.format == "json":
        report = {
            "from": arguments.source,
            "to": arguments.target,
            "files": changed,
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
        written = " and ".join(changed)
        print(f"Written: {written}. Before you commit: lamplighter check {arguments.target}", file=sys.stderr)
