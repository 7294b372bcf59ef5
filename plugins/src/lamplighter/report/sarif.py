"""Findings as SARIF 2.1.0 (OASIS standard), as code scanning takes it: rules with their pages, places, stable fingerprints."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ..about import NAME, VERSION
from ..findings import Finding, Severity
from .judged import Judged

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
#: Counts up when a fingerprint is made of something else: old alerts then close and open anew.
FINGERPRINT = "lamplighter/v1"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def sarif_report(judged: Judged, pages: Mapping[str, str]) -> str:
    """One run. `pages` holds the explanation of each code, in Markdown; a rule without one has its title as help."""
    findings = judged.findings
    codes = sorted({finding.code for finding in findings})
    results = []
    seen: Counter[str] = Counter()
    for finding in findings:
        identity = "\0".join((finding.code, finding.place.file, finding.path))
        seen[identity] += 1
        results.append(_result(judged, finding, codes.index(finding.code), f"{identity}\0{seen[identity]}"))
    driver = {
        "name": NAME,
        "version": VERSION,
        "semanticVersion": VERSION,
        "rules": [_rule(code, judged.titles.get(code, code), pages.get(code, "")) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"{NAME}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The root of the repository."}}},
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str, title: str, page: str) -> dict[str, Any]:
    sentence = f"{title[:1].upper()}{title[1:]}."
    return {
        "id": code,
        "shortDescription": {"text": sentence},
        "fullDescription": {"text": sentence},
        "help": {"text": page or sentence, "markdown": page or sentence},
        "properties": {"tags": ["lamplighter"]},
    }


def _result(judged: Judged, finding: Finding, rule: int, identity: str) -> dict[str, Any]:
    message = " ".join(part for part in (f"{finding.sentence}.", finding.change) if part)
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": message},
        "locations": [_location(judged, finding)],
        # Neither line nor numbers: the same fault moved by a line, or changed in size, is the same alert.
        "partialFingerprints": {FINGERPRINT: hashlib.sha256(identity.encode(errors="replace")).hexdigest()[:32]},
    }
    return result


def _location(judged: Judged, finding: Finding) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": finding.place.line}
    source = judged.sources.get(finding.place.file)
    if source and (span := source.span(finding)):
        region |= {"startColumn": span.column, "endColumn": span.end_column}
    if source and (text := source.line(finding.place.line)):
        region["snippet"] = {"text": text}
    artifact = {"uri": quote(finding.place.file, errors="replace"), "uriBaseId": "ROOT"}
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.path}]
    return location
