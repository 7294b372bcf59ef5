"""The one door to git: which files differ from a reference, and the files of a commit. It changes nothing in the repository."""

import io
import os
import re
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import CannotJudge

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
#: A diff of names takes milliseconds; what takes this long waits for something.
MOST_SECONDS = 60


def changed_files(root: Path, reference: str) -> frozenset[str]:
    """Files below the root that differ from where this branch left `reference`: committed, edited, new and deleted ones.

    Names are relative to the root. Raises `CannotJudge` when git is missing, the root is in no repository, or the reference is
    not known.
    """
    base = merge_base(root, reference, "HEAD")
    differ = _git(root, "diff", "--name-only", "--no-renames", "--relative", "-z", base, "--")
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset([*differ, *new])


def merge_base(root: Path, reference: str, head: str) -> str:
    """The commit at which `head` left `reference`. Raises `CannotJudge`."""
    base = _git(root, "merge-base", commit_of(root, reference), commit_of(root, head))
    if not base:
        hint = "A shallow clone lacks what both stand on: give actions/checkout fetch-depth: 0."
        raise CannotJudge(f"{head[:80]} and {reference[:80]!r} have no commit in common here.", hint=hint)
    return base[0]


def commit_of(root: Path, reference: str) -> str:
    """The commit that a name means. Raises `CannotJudge`."""
    verified = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if not verified:
        hint = "Fetch it: in GitHub Actions, give actions/checkout fetch-depth: 0."
        raise CannotJudge(f"git knows no commit {reference[:80]!r} here.", hint=hint)
    return verified[0]


def file_at(root: Path, commit: str, name: str) -> bytes | None:
    """A file as a commit has it, its name relative to the root; None where git does not know that. Raises `CannotJudge`."""
    if not _COMMIT.fullmatch(commit):
        return None
    known = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    if not known or not _git(root, "ls-tree", "--name-only", "-z", known[0], "--", name):
        return None
    return _run(root, "cat-file", "blob", f"{known[0]}:./{name}").stdout


def write_tree(root: Path, commit: str, folders: Sequence[str], target: Path) -> None:
    """Writes the files that a commit has below `folders` (relative to the root) into `target`. Raises `CannotJudge`."""
    there = [name for name in folders if _git(root, "ls-tree", "--name-only", "-z", commit, "--", f"{name}/")]
    if not there:
        return
    archive = _run(root, "archive", "--format=tar", commit, "--", *there).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(target, filter="data")  # refuses what would land elsewhere


def _git(root: Path, *arguments: str) -> list[str]:
    """What it prints, by NUL or line; empty where it says no. Raises `CannotJudge` where it cannot run."""
    done = _run(root, *arguments)
    if done.returncode != 0:
        return []
    return [os.fsdecode(part) for part in done.stdout.replace(b"\n", b"\0").split(b"\0") if part]


def _run(root: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    command = ["git", "-C", str(root), *arguments]
    # Its words are only compared in one language, and it must not ask for a password.
    environment = os.environ | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=False, env=environment)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise CannotJudge(f"git cannot run: {error}.", hint="Name no git reference, or install git.") from error
    if done.returncode not in (0, 1):
        reason = os.fsdecode(done.stderr).strip().partition("\n")[0]
        raise CannotJudge(f"git says: {reason}.", hint="Name no git reference, or run it in a git repository.")
    return done
