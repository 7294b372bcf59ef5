"""What an environment's chart renders, for commands that look at manifests. Judged first: what is refused is not rendered."""

import sys
from pathlib import Path

from ..load.helm import render
from ..report.text import text_line
from .judge import judge_environment


def rendered_environment(root: Path, name: str) -> str | None:
    """The manifests, None where the environment is refused. What was found goes to stderr. Raises `HelmFailed`."""
    judgement = judge_environment(root, name)
    for finding in judgement.findings:
        print(text_line(finding), file=sys.stderr)
    if judgement.refused or judgement.environment is None or judgement.chart is None:
        return None
    return render(
        root=root,
        chart=judgement.chart,
        release=judgement.environment.release,
        namespace=judgement.environment.namespace,
        values_files=judgement.values_files,
    )
