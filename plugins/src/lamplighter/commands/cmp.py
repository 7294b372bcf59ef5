"""`lamplighter cmp generate`: Argo CD's config-management plugin.

Checks an environment, renders its chart, and prints the manifests only if all is well. Else stdout stays empty, stderr holds
the reason, which people read in Argo CD, and the code is 1.
"""

import argparse
import sys
from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    """Adds the command with its one part."""
    text = "what Argo CD's plugin sidecar runs"
    parser = commands.add_parser("cmp", help=text, description=text)
    parts = parser.add_subparsers(dest="part", required=True, metavar="generate")
    generate = parts.add_parser("generate", help="print an environment's manifests, if all is well")
    generate.add_argument("--environment", help="its name (default: the folder it runs in)")
    generate.add_argument("--root", type=Path, help="the repository (default: the first folder above with environments/)")
    generate.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Renders, or says why not."""
    from ..load.helm import render  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..report.text import text_line  # noqa: PLC0415
    from .judge import judge_environment  # noqa: PLC0415

    here = Path.cwd()
    root = arguments.root or _root_above(here)
    judgement = judge_environment(root, arguments.environment or here.name)
    for finding in judgement.findings:
        print(text_line(finding), file=sys.stderr)
    if judgement.refused or judgement.environment is None or judgement.chart is None:
        return 1
    manifests = render(
        root=root,
        chart=judgement.chart,
        release=judgement.environment.release,
        namespace=judgement.environment.namespace,
        values_files=judgement.values_files,
    )
    print(manifests, end="")
    return 0


def _root_above(here: Path) -> Path:
    """Argo CD runs a plugin in the source's folder, with the whole repository around it."""
    for folder in (here, *here.parents):
        if (folder / "environments").is_dir():
            return folder
    return here
