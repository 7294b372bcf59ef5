"""plugins/docs/wake.md shows what the commands print today."""

import subprocess
import sys

from plugins.tree import ROOT


def test_the_page_and_its_pictures_are_what_the_commands_print_today() -> None:
    """`.venv/bin/python scripts/wake_costs.py` makes them anew."""
    command = [sys.executable, "scripts/wake_costs.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
