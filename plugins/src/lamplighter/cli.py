"""The program `lamplighter`: its parser, and from results and errors to exit codes.

0 nothing stands in the way, 1 something has to change, 2 it could not judge. `cmp` says 1 for both: Argo CD knows no other.
"""

import argparse
import sys
from collections.abc import Sequence

from .commands import (
    check,
    cmp,
    compare,
    diff,
    estimate,
    explain,
    images,
    import_model,
    init,
    measure,
    observe,
    plan,
    promote,
    simulate,
    tune,
    values,
)
from .errors import PluginError

#: In the order in which the help lists them.
COMMANDS = (
    check,
    plan,
    simulate,
    compare,
    tune,
    measure,
    diff,
    estimate,
    explain,
    values,
    images,
    observe,
    import_model,
    init,
    promote,
    cmp,
)

EXIT_CHANGE = 1
EXIT_COULD_NOT_JUDGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="lamplighter", description="Proves in git that a deployment can work.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(commands)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except PluginError as error:
        said = f"{error.sentence} {error.hint}"
    except PermissionError as error:
        # A folder that this user may not enter; of a file its reader says so.
        said = f"{error.filename} cannot be looked at: {error.strerror}. Let this user read the tree."
    print(f"lamplighter: {_one_line(said)}", file=sys.stderr)
    return EXIT_CHANGE if chosen.command == "cmp" else EXIT_COULD_NOT_JUDGE


def _one_line(text: str) -> str:
    """As a terminal shows it: a name that was given, or a tool's words, may hold line breaks and escapes."""
    from .report.text import printable  # noqa: PLC0415 (the parser alone should cost nothing)

    return printable(" ".join(text.split()))


if __name__ == "__main__":
    sys.exit(main())
