"""What standard output can show: asked once, and told to the reports."""

import os
import shutil
import sys

from ..report.screen import PLAIN, Screen

#: Narrower than this nothing can be laid out; wider, nobody reads a line to its end.
LEAST_COLUMNS = 40
MOST_COLUMNS = 140


def screen() -> Screen:
    """A terminal with its width and colours (https://no-color.org says when not), or plain text for a pipe."""
    if not sys.stdout.isatty():
        return PLAIN
    columns = shutil.get_terminal_size().columns
    return Screen(
        width=max(LEAST_COLUMNS, min(columns, MOST_COLUMNS)),
        colour=not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        unicode=(sys.stdout.encoding or "").lower().replace("-", "") == "utf8",
    )
