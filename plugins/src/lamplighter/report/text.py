"""Findings for people: `file:line: CODE sentence. Change.`, then the line itself with a caret under what is meant."""

import textwrap

from ..findings import Finding, Severity
from .excerpt import excerpt
from .judged import Judged, counts_text, left_out_text
from .screen import PLAIN, Screen


def text_line(finding: Finding) -> str:
    """One finding in one line."""
    mark = "" if finding.severity is Severity.ERROR else f"{finding.severity}: "
    place = f"{finding.place.file}:{finding.place.line}"
    return printable(" ".join(part for part in (f"{place}: {finding.code} {mark}{finding.sentence}.", finding.change) if part))


def printable(text: str) -> str:
    """One line that a terminal shows as it is: what would move the cursor, or cannot be encoded, is escaped."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def text_report(judged: Judged, screen: Screen = PLAIN) -> str:
    """All findings with their lines, and a last line that says how it stands."""
    lines: list[str] = []
    for finding in judged.findings:
        lines += _shown(finding, screen)
        if source := judged.sources.get(finding.place.file):
            lines += excerpt(source, finding.place.line, source.span(finding), screen)
    names = ", ".join(environment.name for environment in judged.environments)
    counts = screen.painted(counts_text(judged.findings), "error" if judged.refused else "good")
    lines.append(f"{names}: {counts}" if names else f"nothing to check: {counts}")
    if left_out := left_out_text(judged):
        lines.append(left_out)
    return "\n".join(lines)


def _shown(finding: Finding, screen: Screen) -> list[str]:
    """The finding in one line for a pipe; wrapped and coloured for a terminal."""
    line = text_line(finding)
    if screen.width is None:
        return [line]
    lines = textwrap.wrap(line, screen.width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    head, code = f"{finding.place.file}:{finding.place.line}: ", finding.code
    if lines[0].startswith(printable(head) + code):
        rest = lines[0][len(printable(head)) + len(code) :]
        lines[0] = screen.painted(printable(head), "place") + screen.painted(code, finding.severity) + rest
    return lines
