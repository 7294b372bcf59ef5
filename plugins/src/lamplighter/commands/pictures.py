"""Pictures into files, for the commands that draw."""

from pathlib import Path

from ..errors import CannotJudge


def write_picture(file: Path, svg: str) -> None:
    """Writes one picture; its folder must be there. Raises `CannotJudge`."""
    try:
        file.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise CannotJudge(
            f"{file} cannot be written: {error.strerror}.", hint="Name a file in a folder that is there."
        ) from error
