"""Findings as lines for people: `file:line: CODE sentence. Change.`"""

from collections.abc import Sequence

from ..findings import Finding, Severity


def text_line(finding: Finding) -> str:
    """One finding in one line."""
    mark = "" if finding.severity is Severity.ERROR else f"{finding.severity}: "
    place = f"{finding.place.file}:{finding.place.line}"
    return printable(" ".join(part for part in (f"{place}: {finding.code} {mark}{finding.sentence}.", finding.change) if part))


def printable(text: str) -> str:
    """One line that a terminal shows as it is: what would move the cursor, or cannot be encoded, is escaped."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def text_report(environments: Sequence[str], findings: Sequence[Finding]) -> str:
    """All findings, and a last line that says how it stands."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    warnings = len(findings) - errors
    judged = ", ".join(environments)
    counts = f"{errors} to change, {warnings} to know" if findings else "clean"
    return "\n".join([*(text_line(finding) for finding in findings), f"{judged}: {counts}"])
