"""The whole judgement, as `check` and `cmp` share it: from a tree to findings and, if all is well, to values files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..findings import Finding, Severity, in_order
from ..findings import Path as ValuePath
from ..load.chart import read_chart
from ..load.engines import engine_tables
from ..load.environments import PLATFORM_CHART, SERVING_CHART, Environment, read_environment, read_sources
from ..load.facts import deployment
from ..load.files import Files
from ..load.lock import LOCK_FILE, lock_state
from ..load.overrides import declared_values
from ..load.packaged import gpu_chips
from ..load.promoted import check_promoted
from ..load.published import PublishedChart, charts_folder, fetched_chart
from ..load.schemas import check_layer, check_schema
from ..load.values import Layer, merge
from ..rules.drivers import check_drivers
from ..rules.overrides import check_overrides
from ..rules.promotion import check_pinned
from ..rules.registry import run_rules
from ..rules.subject import Subject

#: Release name where no environment says one.
ANY_RELEASE = "lamplighter"
ABOUT_THE_LOCK = "LL5"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What was found in one environment, and what it would be rendered from. No environment, no chart: they were unusable.

    `chart` is a folder below the root, or the whole path of a published one.
    """

    findings: tuple[Finding, ...]
    environment: Environment | None = None
    chart: str | None = None
    values_files: tuple[str, ...] = ()
    subject: Subject | None = None  # what the rules looked at; None where they could not

    @property
    def refused(self) -> bool:
        """Whether a finding stands in the way. Warnings do not."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def besides_the_lock(self) -> tuple[Finding, ...]:
        """The findings but those about the lock, for who computes it anew."""
        return tuple(finding for finding in self.findings if not finding.code.startswith(ABOUT_THE_LOCK))


#: What values that were tried on the command line are called where a file is named.
WHAT_IF = "--what-if"


def judge_environment(root: Path, name: str, *, locked: bool = True, what_if: Mapping[str, Any] | None = None) -> Judgement:
    """Everything that can be said of one environment; not `locked`: as if it had no placement lock.

    `what_if`: values over those of its files, to be tried.

    Raises `CannotJudge` when there is nothing to judge.
    """
    files = Files(root)
    environment = read_environment(files, name)
    if environment is None:
        return Judgement(findings=tuple(in_order(files.findings)))
    sources = read_sources(files, environment)
    if not locked:
        # Whatever the lock holds, such as the marks of a merge: it is about to be made anew.
        files.findings[:] = [finding for finding in files.findings if not finding.place.file.endswith(f"/{LOCK_FILE}")]
    chart = sources.chart
    found = list(check_promoted(files, environment, published=isinstance(chart, PublishedChart)))
    if found:
        # What was not promoted is not even fetched.
        return Judgement(findings=tuple(in_order([*files.findings, *found])), environment=environment)
    if isinstance(chart, PublishedChart):
        fetched = fetched_chart(chart, charts_folder())
        if isinstance(fetched, Finding):
            return Judgement(findings=tuple(in_order([*files.findings, fetched])), environment=environment)
        chart = str(fetched)
    if chart is None:
        return Judgement(findings=tuple(in_order(files.findings)), environment=environment)
    layers = [*sources.layers, *([Layer(file=WHAT_IF, data=what_if, lines=_paths(what_if))] if what_if else [])]
    found, subject = _judge_layers(files, chart, layers, environment.release, environment=name, locked=locked)
    found += _judge_platform(files, f"environments/{name}/platform.yaml", subject)
    return Judgement(
        findings=tuple(in_order([*files.findings, *found])),
        environment=environment,
        chart=chart,
        values_files=tuple(layer.file for layer in sources.layers),
        subject=subject,
    )


def judge_values(root: Path, names: Sequence[str]) -> Judgement:
    """Values files without an environment, as `helm install -f` takes them; relative to the root."""
    files = Files(root)
    layers = [layer for name in names if (layer := files.layer(name))]
    if len(layers) < len(names):
        return Judgement(findings=tuple(in_order(files.findings)))
    found, subject = _judge_layers(files, SERVING_CHART, layers, ANY_RELEASE)
    return Judgement(findings=tuple(in_order([*files.findings, *found])), subject=subject)


def _judge_layers(
    files: Files, chart_folder: str, layers: Sequence[Layer], release: str, *, environment: str = "", locked: bool = True
) -> tuple[list[Finding], Subject | None]:
    """Schema first; rules speak only of values that satisfy it. A lock that is older than its values does not count."""
    chart = read_chart(files, chart_folder)
    unlocked = [layer for layer in layers if not layer.file.endswith(f"/{LOCK_FILE}")]
    lock = lock_state(files, environment, merge(chart.defaults, unlocked).data) if environment else None
    taken = unlocked if not locked or (lock and lock.stale) else layers
    values = merge(chart.defaults, taken)
    found = check_schema(chart.schema, values.data, values.places)
    found += [finding for layer in taken for finding in check_layer(chart.schema, layer)]
    bare = values if len(taken) == len(unlocked) else merge(chart.defaults, unlocked)
    if bare is not values:
        # The calculation begins from values without the lock: these have to hold by themselves.
        found += check_schema(chart.schema, bare.data, bare.places)
    if found or files.findings:
        return found, None
    subject = Subject(
        deployment=deployment(values.data, release),
        chips=gpu_chips(),
        places=values.places,
        engine_tables=engine_tables(),
        lock=lock and replace(lock, unlocked=deployment(bare.data, release)),
    )
    return [*run_rules(subject), *check_pinned(values.data, values.places)], subject


def _judge_platform(files: Files, name: str, subject: Subject | None) -> list[Finding]:
    # A second environment in a cluster brings no operators: argocd/applicationsets/platform.yaml makes one Application a file.
    layer = files.layer(name) if files.exists(name) else None
    if layer is None:
        return []
    chart = read_chart(files, PLATFORM_CHART)
    values = merge(chart.defaults, [layer])
    found = check_schema(chart.schema, values.data, values.places)
    if found:
        return found
    found = list(check_overrides(values.data, declared_values, values.places))
    return found + (list(check_drivers(subject.deployment, values.data, values.places)) if subject else [])


def _paths(data: Mapping[str, Any], above: ValuePath = ()) -> dict[ValuePath, int]:
    """Every path of values that stand on one line."""
    found: dict[ValuePath, int] = {}
    for key, value in data.items():
        found[*above, key] = 1
        if isinstance(value, dict):
            found |= _paths(value, (*above, key))
    return found
