"""`lamplighter promote A B`: copies what runs in one environment to the next: version.yaml, and nothing else."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..changes.objects import Edit
    from ..findings import Finding
    from ..load.values import Layer

EPILOG = """\
A version is promoted that names everything by digest (LL507) and that is known to run where it comes from (LL508): its
Application is Synced and Healthy, at a commit that has this very file.

  kubectl --namespace argocd get application serving-staging --output json > status.json
  lamplighter promote staging prod --status status.json

exit codes: 0 copied, or the same already; 1 it may not be promoted, and nothing was written; 2 it could not judge

examples:
  lamplighter promote staging prod --status status.json --dry-run   what would change
  lamplighter promote dev staging --unproven                        without asking whether it runs; the digests still count
"""

VERSION_FILE = "version.yaml"


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "promote",
        help="copy version.yaml to the next environment",
        description="Copies version.yaml from one environment to another, and nothing else.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="FROM", help="the environment whose version runs")
    parser.add_argument("target", metavar="TO", help="the environment that gets it")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    evidence = parser.add_mutually_exclusive_group(required=True)
    evidence.add_argument("--status", type=Path, metavar="FILE", help="FROM's Argo CD Application, as JSON")
    evidence.add_argument("--unproven", action="store_true", help="do not ask whether it runs in FROM")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Copies, or says why not."""
    from ..changes.objects import edits  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..load.environments import FOLDER, environment_names  # noqa: PLC0415
    from ..load.files import Files  # noqa: PLC0415

    root: Path = arguments.root
    known = environment_names(root)
    for name in (arguments.source, arguments.target):
        if name not in known:
            raise CannotJudge(f"There is no environment {name}.", hint=f"Environments here: {', '.join(known)}.")
    if arguments.source == arguments.target:
        raise CannotJudge(f"{arguments.source} cannot be promoted to itself.", hint="Name two environments.")
    files = Files(root)
    source, target = (f"{FOLDER}/{name}/{VERSION_FILE}" for name in (arguments.source, arguments.target))
    layer, old = files.layer(source), files.layer(target)
    if layer is None or old is None:
        return _told(arguments, files.findings, [], wrote=False)
    findings = _findings(arguments, source, layer)
    changed = list(edits(old.data, layer.data))
    wrote = not findings and not arguments.dry_run and (root / source).read_bytes() != (root / target).read_bytes()
    if wrote:
        _copy(root / source, root / target)
    return _told(arguments, findings, changed, wrote=wrote)


def _findings(arguments: argparse.Namespace, source: str, layer: "Layer") -> "list[Finding]":
    from ..findings import Places  # noqa: PLC0415
    from ..load.git import file_at  # noqa: PLC0415
    from ..load.rollout import read_rollout  # noqa: PLC0415
    from ..rules.promotion import check_rollout, check_version  # noqa: PLC0415

    places = Places([(source, layer.lines)])
    findings = list(check_version(layer.data, places))
    if arguments.status:
        rollout = read_rollout(arguments.status)
        synced = file_at(arguments.root, rollout.revision, source)
        findings += check_rollout(arguments.source, rollout, (arguments.root / source).read_bytes(), synced, places)
    return findings


def _copy(source: Path, target: Path) -> None:
    from ..errors import CannotJudge  # noqa: PLC0415

    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(source.read_bytes())
        part.replace(target)  # whole or not at all
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CannotJudge(f"{target} cannot be written: {error.strerror}.") from error


def _told(arguments: argparse.Namespace, findings: "list[Finding]", changed: "list[Edit]", *, wrote: bool) -> int:
    from ..report.diff_lines import edit_lines  # noqa: PLC0415
    from ..report.text import printable, text_line  # noqa: PLC0415

    lines = [printable(line) for line in edit_lines(tuple(changed))]
    if arguments.format == "json":
        said = [
            {"code": each.code, "file": each.place.file, "line": each.place.line}
            | {"sentence": each.sentence, "change": each.change}
            for each in findings
        ]
        print(
            json.dumps({"from": arguments.source, "to": arguments.target, "wrote": wrote, "changes": lines, "findings": said})
        )
        return int(bool(findings))
    for finding in findings:
        print(text_line(finding), file=sys.stderr)
    way = f"{arguments.source} → {arguments.target}"
    if findings:
        print(f"lamplighter: {way} refused; nothing was written.", file=sys.stderr)
        return 1
    what = (
        "written; next: lamplighter check " + arguments.target if wrote else "would change" if changed else "the same already"
    )
    print("\n".join([f"{way}: {VERSION_FILE} {what}", *(f"  {line}" for line in lines)]))
    return 0
