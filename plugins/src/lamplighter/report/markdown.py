"""A pull request's comment: the verdict first, then what to change by environment, then the memory of every engine."""

import re

from ..findings import Finding, Severity
from ..units import plain_gib
from .judged import EngineMemory, Judged, JudgedEnvironment, counts_text, errors_of, left_out_text
from .memory_text import signed_gib
from .text import printable

#: By this line a workflow finds the comment to renew.
MARKER = "<!-- lamplighter check -->"
#: GitHub refuses comments above 65,536 characters.
MOST_CHARACTERS = 60_000

VERDICTS = {"fits": "✅", "tight": "⚠️", "does-not-fit": "❌", "unknown": "❔"}

#: What Markdown or HTML would take for itself in running text, and what would call a person or another issue.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$])")
_MENTION = re.compile("@")


def markdown_report(judged: Judged) -> str:
    """The whole comment; what does not fit into one is counted."""
    blocks = [MARKER, _headline(judged), _summary(judged)]
    room = MOST_CHARACTERS - sum(map(len, blocks))
    dropped = 0
    for environment in judged.environments:
        for block, findings in _blocks(environment):
            if len(block) <= room:
                blocks.append(block)
                room -= len(block)
            else:
                dropped += findings
    if dropped:
        blocks.append(f"{dropped} more findings do not fit into a comment; `lamplighter check` prints them all.")
    return "\n\n".join(block for block in blocks if block)


def _headline(judged: Judged) -> str:
    findings = judged.findings
    errors = errors_of(findings)
    warnings = len(findings) - errors
    if not judged.environments:
        return "## ✅ lamplighter: this change touches no environment"
    if errors:
        text = f"## ❌ lamplighter: this change cannot work yet, {errors} to change"
        return text + (f", {warnings} to know" if warnings else "")
    if warnings:
        return f"## ⚠️ lamplighter: this change can work, {warnings} to know"
    return "## ✅ lamplighter: this change can work"


def _summary(judged: Judged) -> str:
    stands = " · ".join(f"**{cell(entry.name)}** {counts_text(entry.findings)}" for entry in judged.environments)
    left_out = cell(left_out_text(judged))
    return "  \n".join(part for part in (stands, left_out and f"{left_out}.") if part)


def _blocks(environment: JudgedEnvironment) -> list[tuple[str, int]]:
    """The pieces of one environment, each with the number of findings in it."""
    blocks: list[tuple[str, int]] = []
    if environment.findings:
        head = f"### {cell(environment.name)}\n\n| | where | what | way out |\n| --- | --- | --- | --- |\n"
        rows = [_row(finding) for finding in environment.findings]
        # A table in pieces of forty rows, so that a long one is cut and not dropped.
        for start in range(0, len(rows), 40):
            piece = rows[start : start + 40]
            blocks.append((head + "\n".join(piece), len(piece)))
    if environment.memory:
        blocks.append((_memory_table(environment), 0))
    return blocks


def _row(finding: Finding) -> str:
    mark = "❌" if finding.severity is Severity.ERROR else "⚠️"
    place = code(f"{finding.place.file}:{finding.place.line}")
    return f"| {mark} {finding.code} | {place} | {cell(finding.sentence)} | {cell(finding.change)} |"


def _memory_table(environment: JudgedEnvironment) -> str:
    lines = [
        f"GPU memory of {cell(environment.name)}, in GiB:",
        "",
        "| | worker | model | pool | card | needs | may have | margin | |",
        "| --- | --- | --- | --- | --- | --: | --: | --: | --- |",
    ]
    return "\n".join([*lines, *(_memory_row(row) for row in environment.memory)])


def _memory_row(row: EngineMemory) -> str:
    start = f"| {VERDICTS.get(row.verdict, '❔')} | " + " | ".join(map(cell, (row.worker, row.model, row.pool, row.card)))
    if not row.parts:
        return f"{start} | | | | {cell(row.reason)} |"
    parts = ", ".join(f"{part} {plain_gib(size)}" for part, size in row.parts.items())
    numbers = f"{plain_gib(row.needed_bytes)} | {plain_gib(row.limit_bytes)} | {signed_gib(row.margin_bytes)}"
    return f"{start} | {numbers} | {cell(parts)} |"


def cell(text: str) -> str:
    """Text that stays text in a table: nothing in it is Markdown, HTML, a mention or a new row."""
    return _MENTION.sub("@\u200b", _SPECIAL.sub(r"\\\1", printable(text)))


def code(text: str) -> str:
    """Text as code in a table."""
    return "`" + printable(text).replace("`", "'").replace("|", "\\|") + "`"
