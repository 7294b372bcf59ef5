"""`lamplighter values ENV`: the values files of an environment in the order they count, for a `helm install` by hand."""

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any

EPILOG = """\
exit codes: 0 the files are there, 1 something has to change, 2 it could not judge

examples:
  helm template lamplighter charts/lamplighter-serving $(lamplighter values dev)
  lamplighter values dev --command         the whole helm command, to paste
  lamplighter values dev --format json

It reads and does not judge: lamplighter check does that.
"""


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "values",
        help="print the values files of an environment as helm takes them",
        description="Prints the -f list of an environment, in the order the files count.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environment", metavar="ENV", help="the environment")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--command", dest="whole_command", action="store_true", help="print the whole helm command")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the list; 1, and nothing on stdout, when a file is missing or cannot be read."""
    from ..load.environments import read_environment, read_sources  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..load.files import Files  # noqa: PLC0415
    from ..load.published import PublishedChart  # noqa: PLC0415
    from ..report.text import text_line  # noqa: PLC0415

    root: Path = arguments.root
    files = Files(root)
    environment = read_environment(files, arguments.environment)
    sources = read_sources(files, environment) if environment else None
    for finding in files.findings:
        print(text_line(finding), file=sys.stderr)
    if environment is None or sources is None or sources.chart is None or files.findings:
        return 1
    names = [(root / layer.file).as_posix() for layer in sources.layers]
    published = sources.chart if isinstance(sources.chart, PublishedChart) else None
    chart = f"{published.repository}/{published.name}" if published else (root / str(sources.chart)).as_posix()
    flags = [part for name in names for part in ("-f", name)]
    command = ["helm", "upgrade", "--install", environment.release, chart, "--namespace", environment.namespace]
    command += ["--create-namespace", *(("--version", published.version) if published else ()), *flags]
    if arguments.format == "json":
        report = {
            "environment": environment.name,
            "release": environment.release,
            "namespace": environment.namespace,
            "chart": chart,
            "valuesFiles": names,
            "command": command,
        }
        print(json.dumps(report, indent=2))
    else:
        print(shlex.join(command if arguments.whole_command else flags))
    return 0
