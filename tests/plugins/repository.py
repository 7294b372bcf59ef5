"""A git repository of the environments, for commands that compare commits."""

import os
import shutil
import subprocess
from pathlib import Path

from plugins.tree import ROOT

#: Git as a test wants it: nobody's own settings, no hooks.
GIT = os.environ | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
}


def git(tree: Path, *arguments: str) -> str:
    """What git prints."""
    done = subprocess.run(["git", "-C", str(tree), *arguments], check=True, capture_output=True, env=GIT, text=True)
    return done.stdout.strip()


def committed_tree(folder: Path) -> Path:
    """The repository's environments and charts, committed on main."""
    for name in ("environments", "charts"):
        shutil.copytree(ROOT / name, folder / name)
    git(folder, "init", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--message=main")
    return folder
