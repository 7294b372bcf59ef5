"""actionlint, the linter of GitHub's workflows: syntax, expressions, and the inputs of the actions that they use."""

import subprocess

from charts.render import ROOT
from cluster.programs import program


def test_actionlint_has_nothing_to_say_of_the_workflows() -> None:
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
    command = [program("actionlint"), "-no-color", "-shellcheck=", "-pyflakes=", *map(str, workflows)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert workflows
    assert (done.returncode, done.stdout) == (0, "")
