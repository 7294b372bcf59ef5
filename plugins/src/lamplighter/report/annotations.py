"""Findings as GitHub's workflow commands: a line a finding, shown beside the changed line.

The escapes are those of @actions/core (packages/core/src/command.ts, toCommandValue and escapeProperty). GitHub shows ten
errors and ten warnings of a step; the Markdown report holds them all.
"""

from ..findings import Finding, Severity
from ..source import Span
from .judged import Judged, counts_text, left_out_text


def annotations_report(judged: Judged) -> str:
    """One command a finding, and a last notice that says how it stands."""
    lines = []
    for finding in judged.findings:
        source = judged.sources.get(finding.place.file)
        span = source.span(finding) if source else None
        lines.append(_command(finding, judged.titles.get(finding.code, ""), span))
    names = ", ".join(environment.name for environment in judged.environments) or "nothing to check"
    summary = "; ".join(part for part in (f"{names}: {counts_text(judged.findings)}", left_out_text(judged)) if part)
    lines.append(f"::notice title=lamplighter::{escaped_message(summary)}")
    return "\n".join(lines)


def escaped_message(text: str) -> str:
    """Text after the second `::`."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """Text of a property, which a comma or a colon would end."""
    return escaped_message(text).replace(":", "%3A").replace(",", "%2C")


def _command(finding: Finding, title: str, span: Span | None) -> str:
    level = "error" if finding.severity is Severity.ERROR else "warning"
    properties = {"file": finding.place.file, "line": str(finding.place.line)}
    if span:
        # GitHub's last column belongs to the piece, ours is the first after it.
        properties |= {"col": str(span.column), "endColumn": str(span.end_column - 1)}
    properties["title"] = f"{finding.code} {title}".strip()
    listed = ",".join(f"{key}={escaped_property(value)}" for key, value in properties.items())
    message = " ".join(part for part in (f"{finding.sentence}.", finding.change) if part)
    return f"::{level} {listed}::{escaped_message(message)}"
