"""The whole judgement, as `check` and `cmp` share it: from a tree to findings and, if all is well, to values files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..findings import Finding, Severity, in_order
from ..load.chart import read_chart
from ..load.environments import PLATFORM_CHART, SERVING_CHART, Environment, read_environment, read_sources
from ..load.facts import deployment
from ..load.files import Files
from ..load.packaged import gpu_chips
from ..load.schemas import check_schema
from ..load.values import Layer, merge
from ..rules.registry import run_rules
from ..rules.subject import Subject

#: Release name where no environment says one.
ANY_RELEASE = "lamplighter"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What was found in one environment, and what it would be rendered from. No environment, no chart: they were unusable."""

    findings: tuple[Finding, ...]
    environment: Environment | None = None
    chart: str | None = None
    values_files: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a finding stands in the way. Warnings do not."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def judge_environment(root: Path, name: str) -> Judgement:
    """Everything that can be said of one environment. Raises `CannotJudge` when there is nothing to judge."""
    files = Files(root)
    environment = read_environment(files, name)
    if environment is None:
        return Judgement(findings=tuple(in_order(files.findings)))
    sources = read_sources(files, environment)
    if sources.chart is None:
        return Judgement(findings=tuple(in_order(files.findings)), environment=environment)
    found = _judge_layers(files, sources.chart, sources.layers, environment.release)
    found += _judge_platform(files, f"environments/{name}/platform.yaml")
    return Judgement(
        findings=tuple(in_order([*files.findings, *found])),
        environment=environment,
        chart=sources.chart,
        values_files=tuple(layer.file for layer in sources.layers),
    )


def judge_values(root: Path, names: Sequence[str]) -> Judgement:
    """Values files without an environment, as `helm install -f` takes them; relative to the root."""
    files = Files(root)
    layers = [layer for name in names if (layer := files.layer(name))]
    found = _judge_layers(files, SERVING_CHART, layers, ANY_RELEASE) if len(layers) == len(names) else []
    return Judgement(findings=tuple(in_order([*files.findings, *found])))


def _judge_layers(files: Files, chart_folder: str, layers: Sequence[Layer], release: str) -> list[Finding]:
    """Schema first; rules speak only of values that satisfy it."""
    chart = read_chart(files, chart_folder)
    values = merge(chart.defaults, layers)
    found = check_schema(chart.schema, values.data, values.places)
    if found or files.findings:
        return found
    return run_rules(Subject(deployment=deployment(values.data, release), chips=gpu_chips(), places=values.places))


def _judge_platform(files: Files, name: str) -> list[Finding]:
    layer = files.layer(name)
    if layer is None:
        return []
    chart = read_chart(files, PLATFORM_CHART)
    values = merge(chart.defaults, [layer])
    return check_schema(chart.schema, values.data, values.places)
