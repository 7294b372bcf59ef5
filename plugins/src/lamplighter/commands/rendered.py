"""What an environment's chart renders, for commands that look at manifests. Judged first: what is refused is not rendered."""

import sys
from dataclasses import dataclass
from pathlib import Path

from ..load.helm import render
from ..load.manifests import RenderedObject, rendered_objects
from ..load.objectschemas import check_objects
from ..report.text import text_line
from .judge import Judgement, judge_environment


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """Manifests as Helm wrote them, and the objects in them."""

    text: str
    objects: tuple[RenderedObject, ...]


def rendered_environment(root: Path, name: str) -> Rendered | None:
    """What it renders, None where the environment is refused. What was found goes to stderr. Raises `HelmFailed`."""
    judgement = judge_environment(root, name)
    for finding in judgement.findings:
        print(text_line(finding), file=sys.stderr)
    manifests = render_judged(root, judgement)
    if manifests is None or judgement.chart is None:
        return None
    rendered = Rendered(text=manifests, objects=rendered_objects(manifests))
    refused = list(check_objects(rendered.objects, judgement.chart))
    for finding in refused:
        print(text_line(finding), file=sys.stderr)
    return None if refused else rendered


def render_judged(root: Path, judgement: Judgement) -> str | None:
    """The manifests of a judged environment, not yet compared with any schema; None where it is refused."""
    if judgement.refused or judgement.environment is None or judgement.chart is None:
        return None
    return render(
        root=root,
        chart=judgement.chart,
        release=judgement.environment.release,
        namespace=judgement.environment.namespace,
        values_files=judgement.values_files,
    )
