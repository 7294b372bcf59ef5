"""Pictures into files, for the commands that draw."""

from collections.abc import Sequence
from pathlib import Path

from ..domain.usage import CardUsage
from ..errors import CannotJudge
from ..report.memory_svg import memory_svg


def draw(file: Path, title: str, cards: Sequence[CardUsage]) -> None:
    """Writes a picture of GPUs' memory. Raises `CannotJudge`."""
    write_picture(file, memory_svg(title, cards))


def write_picture(file: Path, svg: str) -> None:
    """Writes one picture; its folder must be there. Raises `CannotJudge`."""
    try:
        file.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise CannotJudge(
            f"{file} cannot be written: {error.strerror}.", hint="Name a file in a folder that is there."
        ) from error
