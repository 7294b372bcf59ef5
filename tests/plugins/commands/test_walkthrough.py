"""The pull request that plugins/README.md shows is what the commands print today."""

import subprocess
import sys

from plugins.tree import ROOT


def test_the_comments_and_pictures_of_the_readme_are_what_the_commands_print_today() -> None:
    """`.venv/bin/python scripts/walkthrough.py` makes them anew."""
    command = [sys.executable, "scripts/walkthrough.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
