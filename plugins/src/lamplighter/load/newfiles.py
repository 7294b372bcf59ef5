"""Files that are written: new ones, all or none and never over one that is there; and one in the place of another, whole."""

from collections.abc import Mapping
from pathlib import Path

from ..errors import CannotJudge


def write_new(root: Path, files: Mapping[str, str]) -> None:
    """Writes each file. Raises `CannotJudge`, with nothing left behind, when one is there already or cannot be written."""
    if not (root / "environments").is_dir():
        raise CannotJudge(f"{root} has no folder environments/.", hint="Run it in the repository's root, or say --root.")
    written: list[Path] = []
    for name, text in files.items():
        file = root / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            # "x": two runs at the same time do not overwrite each other either.
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                written.append(file)
                stream.write(text)
        except OSError as error:
            for path in written:
                path.unlink()
            there = isinstance(error, FileExistsError)
            reason = f"{name} is there already" if there else f"{name} cannot be written: {error.strerror}"
            raise CannotJudge(f"{reason}; nothing was written.", hint="Choose another name." if there else "") from error


def replace_file(file: Path, text: str) -> None:
    """Puts a file in place whole. Raises `CannotJudge` where that is not possible."""
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CannotJudge(f"{file} cannot be written: {error.strerror}.") from error
