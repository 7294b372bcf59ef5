"""What versions of an engine know: options, architectures, quantisation methods, and the least card each method needs.

Facts were read of some versions only. A name that one neighbour of a version has and the other lacks may be there or not.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

#: Numbers of a version, (0, 25, 1).
Version = tuple[int, ...]


def parse_version(text: str) -> Version:
    """`0.25.1` as (0, 25, 1)."""
    return tuple(int(part) for part in text.split("."))


class Presence(StrEnum):
    """Whether a version has a name."""

    THERE = "there"
    NOT_YET = "not yet"
    NO_MORE = "no more"
    NEVER = "never"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Versions read in which a name was seen: from `since` (None: the first) to `until` (None: the last) without `lacking`."""

    since: str | None = None
    until: str | None = None
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineTable:
    """One engine. `versions` are those that were read, ascending; capabilities are whole numbers, 75 for 7.5."""

    versions: tuple[str, ...]
    arguments: Mapping[str, Span]
    architectures: Mapping[str, Span]
    undated: frozenset[str]  # architectures that some version dropped, or that need a package beside the engine
    quantizations: Mapping[str, Span]
    least_capability: Mapping[str, Mapping[str, int]]

    def presence(self, span: Span | None, version: str) -> Presence:
        """Whether `version` has what has this span; versions beyond the last one read count as that."""
        if span is None:
            return Presence.NEVER
        asked = parse_version(version)
        seen = [known for known in self.versions if self._covers(span, known)]
        below, above = self._neighbours(asked)
        around = {known in seen for known in (below, above) if known is not None}
        if around == {True}:
            return Presence.THERE
        if around == {True, False}:
            return Presence.UNKNOWN
        return Presence.NOT_YET if seen and asked < parse_version(seen[0]) else Presence.NO_MORE

    def capability_for(self, method: str, version: str) -> int | None:
        """The least compute capability a method needs, as of the newest version read that is not newer; None if not known."""
        asked = parse_version(version)
        read = [known for known in self.least_capability if parse_version(known) <= asked]
        return self.least_capability[max(read, key=parse_version)].get(method) if read else None

    def _covers(self, span: Span, version: str) -> bool:
        asked = parse_version(version)
        since = parse_version(span.since) if span.since else asked
        until = parse_version(span.until) if span.until else asked
        return since <= asked <= until and version not in span.lacking

    def _neighbours(self, asked: Version) -> tuple[str | None, str | None]:
        """The versions read next below and above; the same twice for one that was read."""
        parsed = [parse_version(known) for known in self.versions]
        at = bisect_right(parsed, asked)
        below = self.versions[at - 1] if at else None
        if below is not None and parsed[at - 1] == asked:
            return below, below
        return below, self.versions[at] if at < len(parsed) else None
