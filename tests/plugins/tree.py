"""A copy of the repository's environments for a test to break, and the command run on it."""

import io
import shutil
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from lamplighter.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


def copied_tree(folder: Path) -> Path:
    """environments/ copied, charts/ linked: what the plugin looks at."""
    shutil.copytree(ROOT / "environments", folder / "environments")
    (folder / "charts").symlink_to(ROOT / "charts")
    return folder


def lamplighter(*arguments: str) -> Said:
    """Runs the program in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(list(arguments))
        except SystemExit as leaving:  # argparse leaves by itself
            code = int(leaving.code or 0)
    return Said(code=code, out=out.getvalue(), err=err.getvalue())


def check(root: Path, *arguments: str) -> Said:
    """`lamplighter check` on a tree."""
    return lamplighter("check", "--root", str(root), *arguments)


def replace_line(file: Path, old: str, new: str) -> int:
    """Replaces the one line that contains `old`; returns its number."""
    lines: Sequence[str] = file.read_text().splitlines()
    (number,) = (number for number, line in enumerate(lines) if old in line)
    file.write_text("\n".join([*lines[:number], lines[number].replace(old, new), *lines[number + 1 :]]) + "\n")
    return number + 1
