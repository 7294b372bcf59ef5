"""`lamplighter cmp generate`: Argo CD's config-management plugin.

Checks an environment, renders its chart, and prints the manifests only if all is well. Else stdout stays empty, stderr holds
the reason, which people read in Argo CD, and the code is 1.
"""

import argparse
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
    from .rendered import rendered_environment  # noqa: PLC0415 (the parser alone should cost nothing)

    here = Path.cwd()
    manifests = rendered_environment(arguments.root or _root_above(here), arguments.environment or here.name)
    if manifests is None:
        return 1
    print(manifests, end="")
    return 0


def _root_above(here: Path) -> Path:
    """Argo CD runs a plugin in the source's folder, with the whole repository around it."""
    for folder in (here, *here.parents):
        if (folder / "environments").is_dir():
            return folder
    return here
