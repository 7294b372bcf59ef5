"""A file's text as reports show it: its lines, and where in them each key and value stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from .findings import Finding

#: Findings about a key itself: nobody knows it, or it stands in the wrong file. All others are about its value.
ABOUT_KEYS = frozenset({"LL601", "LL603"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A piece of one line. Line and columns count from 1, in characters; `end_column` is the first one after it."""

    line: int
    column: int
    end_column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Where a key and its value stand. A list's entry has no key; a value over several lines has none here."""

    key: Span | None
    value: Span | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One file. `marks` are by path text (`workers.extract.pools[0]`); empty where the file is not YAML."""

    lines: tuple[str, ...]
    marks: Mapping[str, Mark]

    def line(self, number: int) -> str | None:
        """A line's text; None past the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else None

    def span(self, finding: Finding) -> Span | None:
        """What a finding is about: the value, or the key, or the nearest key above it in the finding's own line."""
        mark = self.marks.get(finding.path)
        if mark:
            spans = (mark.key, mark.value) if finding.code in ABOUT_KEYS else (mark.value, mark.key)
            for span in spans:
                if span and span.line == finding.place.line:
                    return span
        above = [path for path in self.marks if finding.path.startswith(path)]
        key = self.marks[max(above, key=len)].key if above else None
        return key if key and key.line == finding.place.line else None
