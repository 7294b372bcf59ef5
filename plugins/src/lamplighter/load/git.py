"""The one door to git: which files differ from a reference, and what stood in a commit. It only reads."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..errors import CannotJudge

#: A diff of names takes milliseconds; what takes this long waits for something.
MOST_SECONDS = 60
#: A tar archive ends with two empty blocks, and this one begins there.
EMPTY_ARCHIVE = b"\0" * 1024


def changed_files(root: Path, reference: str) -> frozenset[str]:
    """Files below the root that differ from where this branch left `reference`: committed, edited, new and deleted ones.

    Names are relative to the root. Raises `CannotJudge` when git is missing, the root is in no repository, or the reference is
    not known.
    """
    base = _git(root, "merge-base", _commit(root, reference), "HEAD")
    if not base:
        hint = "A shallow clone lacks what both stand on: give actions/checkout fetch-depth: 0."
        raise CannotJudge(f"HEAD and {reference[:80]!r} have no commit in common here.", hint=hint)
    differ = _git(root, "diff", "--name-only", "--no-renames", "--relative", "-z", base[0], "--")
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset([*differ, *new])


def file_at(root: Path, commit: str, name: str) -> bytes | None:
    """A file below the root as it stood in a commit; None where there is no such commit or file. Raises `CannotJudge`."""
    done = _run(root, "cat-file", "blob", f"{commit}:./{name}")
    return done.stdout if done.returncode == 0 else None


def is_before(root: Path, commit: str, reference: str) -> bool:
    """Whether a commit is `reference` or one that it stands on. Raises `CannotJudge` for a reference that is not known."""
    return _run(root, "merge-base", "--is-ancestor", f"{commit}^{{commit}}", _commit(root, reference)).returncode == 0


def archive_of(root: Path, revision: str, folders: Sequence[str]) -> bytes:
    """Those of the folders below the root that a revision has, as a tar archive; empty without any. Raises `CannotJudge`."""
    commit = _commit(root, revision)
    there = _git(root, "ls-tree", "-d", "--name-only", "-z", commit, "--", *folders)
    if not there:
        return EMPTY_ARCHIVE
    done = _run(root, "archive", "--format=tar", commit, "--", *there)
    if done.returncode != 0:
        reason = os.fsdecode(done.stderr).strip().partition("\n")[0]
        raise CannotJudge(f"git cannot read {revision[:80]!r}: {reason}.", hint="A shallow or partial clone may lack it.")
    return done.stdout


def start_of(root: Path, reference: str, head: str) -> str:
    """The commit at which `head` left `reference`; that one itself where they have nothing in common. Raises `CannotJudge`."""
    commit = _commit(root, reference)
    base = _git(root, "merge-base", commit, _commit(root, head))
    return base[0] if base else commit


def _commit(root: Path, reference: str) -> str:
    """The commit that a name means. Raises `CannotJudge`."""
    verified = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if not verified:
        hint = "Fetch it: in GitHub Actions, give actions/checkout fetch-depth: 0."
        raise CannotJudge(f"git knows no commit {reference[:80]!r} here.", hint=hint)
    return verified[0]


def _git(root: Path, *arguments: str) -> list[str]:
    """What it prints, by NUL or line; empty where it says no. Raises `CannotJudge` where it cannot run."""
    done = _run(root, *arguments)
    if done.returncode not in (0, 1):
        reason = os.fsdecode(done.stderr).strip().partition("\n")[0]
        raise CannotJudge(f"git says: {reason}.", hint="Name no git reference, or run it in a git repository.")
    return (
        [os.fsdecode(part) for part in done.stdout.replace(b"\n", b"\0").split(b"\0") if part] if done.returncode == 0 else []
    )


def _run(root: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    command = ["git", "-C", str(root), *arguments]
    # Its words are only compared in one language, and it must not ask for a password.
    environment = os.environ | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=False, env=environment)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise CannotJudge(f"git cannot run: {error}.", hint="Name no git reference, or install git.") from error
