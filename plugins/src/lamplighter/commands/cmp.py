"""`lamplighter cmp generate`: Argo CD's config-management plugin.

Checks an environment, renders its chart, compares every object with its schema, and prints the manifests only if all is well.
Else stdout stays empty, stderr holds the reason, which people read in Argo CD, and the code is 1. What is printed follows from
the tree and from charts pinned by digest: it takes no parameter of an Application, and asks no cluster.
"""

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: Where Argo CD puts the parameters of an Application's plugin source, as a JSON list.
PARAMETERS = "ARGOCD_APP_PARAMETERS"
SHOWN_CHARACTERS = 80

EPILOG = """\
exit codes: 0 printed, 1 something has to change, or it could not judge: nothing is printed then

examples:
  cd environments/dev && lamplighter cmp generate            as Argo CD runs it
  lamplighter cmp generate --root . --environment prod       what would be applied
  lamplighter cmp generate --environment prod --format json  the same as a list of objects
  lamplighter cmp discover                                   prints environment.yaml if this folder is an environment

A published chart (version.yaml: chart.repository, version, digest) is fetched once and kept in $LAMPLIGHTER_CACHE/charts, by
default ~/.cache/lamplighter/charts.
"""


def add_parser(commands: Any) -> None:
    """Adds the command with its parts."""
    text = "what Argo CD's plugin sidecar runs"
    parser = commands.add_parser(
        "cmp", help=text, description=text, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(dest="part", required=True, metavar="{generate,discover}")
    generate = parts.add_parser(
        "generate",
        help="print an environment's manifests, if all is well",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    generate.add_argument("--environment", help="its name (default: the folder it runs in)")
    generate.add_argument("--root", type=Path, help="the repository (default: the first folder above with environments/)")
    generate.add_argument("--format", choices=("yaml", "json"), default="yaml", help="form of the output (default: yaml)")
    generate.set_defaults(run=run)
    discover = parts.add_parser("discover", help="say whether the folder it runs in is an environment")
    discover.set_defaults(run=run_discover)


def run(arguments: argparse.Namespace) -> int:
    """Renders, or says why not."""
    from .rendered import rendered_environment  # noqa: PLC0415 (the parser alone should cost nothing)

    here = Path.cwd()
    rendered = rendered_environment(arguments.root or _root_above(here), arguments.environment or here.name)
    if rendered is None:
        return 1
    # After the findings: a file that gives parameters is one of them, and says more.
    _refuse_parameters(os.environ)
    if arguments.format == "json":
        print(json.dumps([one.data for one in rendered.objects], indent=2))
    else:
        print(rendered.text, end="")
    return 0


def run_discover(_arguments: argparse.Namespace) -> int:
    """Argo CD takes any output for a yes."""
    if Path("environment.yaml").is_file() and Path.cwd().parent.name == "environments":
        print("environment.yaml")
    return 0


def _refuse_parameters(environment: Mapping[str, str]) -> None:
    """An Application that gives parameters expects them to do something. Raises `CannotJudge`."""
    from ..errors import CannotJudge  # noqa: PLC0415

    try:
        given = json.loads(environment.get(PARAMETERS) or "[]")
    except ValueError:
        given = [{}]
    if given:
        names = ", ".join(str(entry.get("name")) for entry in given if isinstance(entry, dict)) or "something else"
        raise CannotJudge(
            f"The Application gives this plugin parameters ({names[:SHOWN_CHARACTERS]}), and it takes none.",
            hint="Take spec.source.plugin.parameters out; what is rendered stands in environments/.",
        )


def _root_above(here: Path) -> Path:
    """Argo CD runs a plugin in the source's folder, with the whole repository around it."""
    for folder in (here, *here.parents):
        if (folder / "environments").is_dir():
            return folder
    return here
