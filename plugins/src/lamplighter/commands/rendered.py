"""What an environment's chart renders, for commands that look at manifests. Judged first: what is refused is not rendered."""

import sys
from pathlib import Path

from ..load.helm import render
from ..load.manifests import rendered_objects
from ..load.objectschemas import check_objects
from ..report.text import text_line
from .judge import Judgement, judge_environment


def rendered_environment(root: Path, name: str) -> str | None:
    """The manifests, None where the environment is refused. What was found goes to stderr. Raises `HelmFailed`."""
    judgement = judge_environment(root, name)
    for finding in judgement.findings:
        print(text_line(finding), file=sys.stderr)
    manifests = render_judged(root, judgement)
    if manifests is None or judgement.chart is None:
        return None
    refused = list(check_objects(rendered_objects(manifests), judgement.chart))
    for finding in refused:
        print(text_line(finding), file=sys.stderr)
    return None if refused else manifests


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
