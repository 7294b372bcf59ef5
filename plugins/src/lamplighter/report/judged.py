"""What a check found, as every report shows it: environment by environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..findings import Finding, Severity, in_order
from ..source import Source


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineMemory:
    """One engine on one card. `limit_bytes` is what it may have there; without parts, `reason` says why nothing is known."""

    worker: str
    model: str
    pool: str
    card: str
    parts: Mapping[str, int]
    limit_bytes: int
    verdict: str
    reason: str = ""

    @property
    def needed_bytes(self) -> int:
        """All parts together."""
        return sum(self.parts.values())

    @property
    def margin_bytes(self) -> int:
        """What is left of the limit; negative where it does not fit."""
        return self.limit_bytes - self.needed_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedEnvironment:
    """One environment, or the values files that were given instead of one."""

    name: str
    findings: tuple[Finding, ...]
    memory: tuple[EngineMemory, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """Everything a report says. `left_out` are environments that a change does not touch, since `reference`."""

    environments: tuple[JudgedEnvironment, ...]
    sources: Mapping[str, Source] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    reference: str = ""

    @property
    def findings(self) -> list[Finding]:
        """All findings, each once: a model's file may be wrong in several environments."""
        return in_order([finding for environment in self.environments for finding in environment.findings])

    @property
    def refused(self) -> bool:
        """Whether anything stands in the way. Warnings do not."""
        return bool(errors_of(self.findings))


def errors_of(findings: list[Finding] | tuple[Finding, ...]) -> int:
    """How many of them refuse the change."""
    return sum(finding.severity is Severity.ERROR for finding in findings)


def counts_text(findings: list[Finding] | tuple[Finding, ...]) -> str:
    """`2 to change, 1 to know`, or `clean`."""
    errors = errors_of(findings)
    return f"{errors} to change, {len(findings) - errors} to know" if findings else "clean"


def left_out_text(judged: Judged) -> str:
    """How many environments were not looked at, and why; empty when all were."""
    count = len(judged.left_out)
    if not count:
        return ""
    noun = "environment" if count == 1 else "environments"
    return f"{count} {noun} left out, untouched since {judged.reference}: {', '.join(judged.left_out)}"
