"""The commands of a README, block by block, as somebody who pastes them into one shell."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "-- end of a block of the README --"


def blocks(document: Path, until: str) -> list[str]:
    """The shell blocks of a Markdown file before a heading."""
    text = document.read_text()
    assert until in text, f"{document} has no {until!r}"
    return _BLOCK.findall(text.split(until, 1)[0])


def paste(commands: list[str], *, environment: Mapping[str, str], folder: Path, within_seconds: float) -> list[str]:
    """Runs the blocks in one shell, and gives what each printed. Fails with the output of the block that did not succeed."""
    # A shell of a user goes on after an error; this one stops, so that no error goes unseen.
    script = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"
    script += "".join(f"{block}\necho '{_MARK}'\n" for block in commands)
    done = subprocess.run(
        ("bash", "-c", script),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within_seconds,
        check=False,
    )
    *said, rest = done.stdout.split(f"{_MARK}\n")
    assert done.returncode == 0, f"{commands[len(said)]}\n{rest}\n{done.stderr}"
    return said
