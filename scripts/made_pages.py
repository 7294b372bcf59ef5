"""Pages and pictures that a script makes: written, or with `--check` only compared with what stands there."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path


def keep(made: Callable[[], Mapping[Path, str]], root: Path, description: str | None) -> int:
    """The whole program of such a script. Exit status 1 with `--check` where a file is not what was made; they are named."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true")
    only_check = parser.parse_args().check
    old = {path: text for path, text in made().items() if not path.is_file() or path.read_text() != text}
    for path, text in old.items():
        print(f"{path.relative_to(root)} {'is not what the commands print today' if only_check else 'written'}")
        if not only_check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    return 1 if only_check and old else 0
