"""chart-testing, the linter of chart repositories: Chart.yaml, the YAML of values files, each ci/ file through helm lint."""

import os
import subprocess
from pathlib import Path

import pytest

from charts.cases import chart_to_render
from charts.render import PLATFORM, SERVING
from cluster.programs import CACHE, program


@pytest.mark.parametrize("chart", [SERVING, PLATFORM], ids=lambda chart: chart.name)
def test_ct_lints_a_chart(tmp_path: Path, chart: Path) -> None:
    (tmp_path / "helm").symlink_to(program("helm4"))
    command = [program("ct"), "lint", "--charts", str(chart_to_render(chart)), "--helm-lint-extra-args=--strict"]
    command += [f"--chart-yaml-schema={CACHE / 'ct/chart_schema.yaml'}", f"--lint-conf={CACHE / 'ct/lintconf.yaml'}"]
    # The version moves with a release; maintainers are looked up on the network, and so are the operators' charts.
    command += ["--check-version-increment=false", "--validate-maintainers=false", "--skip-helm-dependencies"]
    path = os.pathsep.join([str(tmp_path), str(CACHE / "linters" / "bin"), os.environ["PATH"]])
    done = subprocess.run(command, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Linting chart with values file") == len(list((chart / "ci").glob("*-values.yaml")))
