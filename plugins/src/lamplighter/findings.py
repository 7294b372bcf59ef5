"""A finding: something the user wrote that should change. Where it stands, what is wrong, and the nearest change that helps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: A place in values: keys and list positions from the top, such as ("workers", "extract", "pools", 0).
Path = tuple[str | int, ...]


class Severity(StrEnum):
    """An error refuses the change; a warning is said and lets it pass."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A line of a file. `file` is relative to the root the command was given, with forward slashes."""

    file: str
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing to change. `sentence` says what is wrong with both numbers, `change` the way out (may be empty)."""

    code: str
    severity: Severity
    place: Place
    path: str
    sentence: str
    change: str = ""


class Places:
    """From a path in merged values to the line that set it: in the latest file that has it, else its nearest parent's line."""

    def __init__(self, files: Sequence[tuple[str, Mapping[Path, int]]]) -> None:
        """`files`: name and lines of each values file, in the order they are merged; at least one."""
        self._files = tuple(reversed(files))

    def of(self, path: Path) -> Place:
        """The line of a path; line 1 of the latest file when nobody wrote any part of it."""
        for length in range(len(path), 0, -1):
            for file, lines in self._files:
                if line := lines.get(path[:length]):
                    return Place(file=file, line=line)
        return Place(file=self._files[0][0], line=1)

    def error(self, code: str, path: Path, sentence: str, change: str = "") -> Finding:
        """A finding about a value, one that refuses the change."""
        return self._finding(Severity.ERROR, code, path, sentence, change)

    def warning(self, code: str, path: Path, sentence: str, change: str = "") -> Finding:
        """A finding about a value, one that lets the change pass."""
        return self._finding(Severity.WARNING, code, path, sentence, change)

    def _finding(self, severity: Severity, code: str, path: Path, sentence: str, change: str) -> Finding:
        place, text = self.of(path), path_text(path)
        return Finding(code=code, severity=severity, place=place, path=text, sentence=sentence, change=change)


def path_text(path: Sequence[str | int]) -> str:
    """`workers.extract.pools[0]`; a key with a dot of its own is quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f'."{part}"' if "." in part else f".{part}"
    return text.removeprefix(".")


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Sorted by file, line and code, each once."""
    return sorted(set(findings), key=lambda finding: (finding.place.file, finding.place.line, finding.code, finding.path))
