"""The one door to git: which files differ from a reference. It only reads."""

import os
import subprocess
from pathlib import Path

from ..errors import CannotJudge

#: A diff of names takes milliseconds; what takes this long waits for something.
MOST_SECONDS = 60


def changed_files(root: Path, reference: str) -> frozenset[str]:
    """Files below the root that differ from where this branch left `reference`: committed, edited, new and deleted ones.

    Names are relative to the root. Raises `CannotJudge` when git is missing, the root is in no repository, or the reference is
    not known.
    """
    verified = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if not verified:
        hint = "Fetch it: in GitHub Actions, give actions/checkout fetch-depth: 0."
        raise CannotJudge(f"git knows no commit {reference[:80]!r} here.", hint=hint)
    base = _git(root, "merge-base", verified[0], "HEAD")
    if not base:
        hint = "A shallow clone lacks what both stand on: give actions/checkout fetch-depth: 0."
        raise CannotJudge(f"HEAD and {reference[:80]!r} have no commit in common here.", hint=hint)
    differ = _git(root, "diff", "--name-only", "--no-renames", "--relative", "-z", base[0], "--")
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset([*differ, *new])


def _git(root: Path, *arguments: str) -> list[str]:
    """What it prints, by NUL or line; empty where it says no. Raises `CannotJudge` where it cannot run."""
    command = ["git", "-C", str(root), *arguments]
    # Its words are only compared in one language, and it must not ask for a password.
    environment = os.environ | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=False, env=environment)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise CannotJudge(f"git cannot run: {error}.", hint="Leave --changed-since out, or install git.") from error
    if done.returncode not in (0, 1):
        reason = os.fsdecode(done.stderr).strip().partition("\n")[0]
        raise CannotJudge(f"git says: {reason}.", hint="Leave --changed-since out, or run it in a git repository.")
    return (
        [os.fsdecode(part) for part in done.stdout.replace(b"\n", b"\0").split(b"\0") if part] if done.returncode == 0 else []
    )
