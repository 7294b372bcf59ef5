"""Writes the pull request of plugins/README.md anew: the commands run on a copy of environments/, what they print is kept.

`--check` writes nothing and says by its exit code whether all of it is what the commands print today.
"""

import difflib
import io
import shutil
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

from made_pages import keep

from lamplighter.cli import main

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "plugins" / "README.md"
PICTURES = ROOT / "plugins" / "docs"
BEGIN = "<!-- Made by scripts/walkthrough.py, from here -->\n"
END = "<!-- to here. -->\n"

ENVIRONMENT = "staging"
SERVING = f"environments/{ENVIRONMENT}/serving.yaml"
LOCK = f"environments/{ENVIRONMENT}/placement.lock.yaml"
BEFORE, CHANGED, FIXED = "concurrency: 4\n", "concurrency: 8\n", "concurrency: 6\n"


class Repository:
    """A copy of environments/ beside the charts, with the program run in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        shutil.copytree(ROOT / "environments", folder / "environments")
        (folder / "charts").symlink_to(ROOT / "charts")

    def edit(self, old: str, new: str) -> None:
        """Changes serving.yaml."""
        text = self.read(SERVING)
        if text.count(old) != 1:
            raise SystemExit(f"{SERVING} does not say {old.strip()!r} once: choose another change in {Path(__file__).name}.")
        (self._folder / SERVING).write_text(text.replace(old, new))

    def read(self, name: str) -> str:
        """A file of the copy."""
        return (self._folder / name).read_text()

    def run(self, *arguments: str) -> str:
        """What the program prints."""
        out = io.StringIO()
        with redirect_stdout(out):
            main([*arguments, "--root", str(self._folder)])
        return out.getvalue()

    def picture(self) -> str:
        """The plan's picture."""
        file = self._folder / "picture.svg"
        self.run("plan", ENVIRONMENT, "--svg", str(file))
        return file.read_text()


def made() -> dict[Path, str]:
    """Every file that the walk-through consists of, and its text."""
    with tempfile.TemporaryDirectory() as folder:
        repository = Repository(Path(folder))
        serving, lock = repository.read(SERVING), repository.read(LOCK)
        repository.edit(BEFORE, CHANGED)
        change = diff(SERVING, serving, repository.read(SERVING))
        refused, refused_picture = repository.run("check", ENVIRONMENT, "--format", "markdown"), repository.picture()
        repository.edit(CHANGED, FIXED)
        fix = diff(SERVING, serving, repository.read(SERVING))
        repository.run("plan", ENVIRONMENT, "--write")
        locked = diff(LOCK, lock, repository.read(LOCK))
        accepted, accepted_picture = repository.run("check", ENVIRONMENT, "--format", "markdown"), repository.picture()
    text = "\n".join(
        [
            "Somebody lets every GPU of staging read eight documents at a time instead of four:",
            "",
            fenced("diff", change),
            "The Action comments on the pull request:",
            "",
            quoted(refused),
            "`lamplighter plan staging --svg` draws why. The model and the caches of eight requests are more than the card:",
            "",
            "![The memory of a T4 with concurrency 8: the KV cache goes beyond the card](docs/does-not-fit.svg)",
            "",
            "The finding says what fits, so the change becomes this, and `lamplighter plan staging --write` computes the lock:",
            "",
            fenced("diff", fix + locked),
            "The Action renews its comment:",
            "",
            quoted(accepted),
            "![The memory of a T4 with concurrency 6: everything fits, with a margin](docs/fits.svg)",
            "",
        ]
    )
    head, _begin, rest = README.read_text().partition(BEGIN)
    _old, _end, tail = rest.partition(END)
    return {
        README: f"{head}{BEGIN}\n{text}\n{END}{tail}",
        PICTURES / "does-not-fit.svg": refused_picture,
        PICTURES / "fits.svg": accepted_picture,
    }


def diff(name: str, old: str, new: str) -> str:
    """As git shows it, without its head."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), f"a/{name}", f"b/{name}", n=2, lineterm="")
    return "".join(f"{line}\n" for line in lines)


def fenced(language: str, text: str) -> str:
    """A block of code."""
    return f"```{language}\n{text}```\n"


def quoted(comment: str) -> str:
    """A comment inside another page."""
    return "".join(f"> {line}".rstrip() + "\n" for line in comment.rstrip().splitlines())


if __name__ == "__main__":
    sys.exit(keep(made, ROOT, __doc__))
