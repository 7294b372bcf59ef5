"""Findings as JSON for machines."""

import json
from collections.abc import Sequence

from ..findings import Finding


def json_report(environments: Sequence[str], findings: Sequence[Finding]) -> str:
    """One object: what was judged, and each finding with its place."""
    entries = [
        {
            "code": finding.code,
            "severity": finding.severity,
            "file": finding.place.file,
            "line": finding.place.line,
            "path": finding.path,
            "sentence": finding.sentence,
            "change": finding.change,
        }
        for finding in findings
    ]
    return json.dumps({"judged": list(environments), "findings": entries}, indent=2)
