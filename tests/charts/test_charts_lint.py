"""`helm lint --strict` of both charts with the values of dev and of every ci/ file."""

from pathlib import Path

import pytest

from charts.render import DEV_FILES, PLATFORM, ROOT, SERVING, lint, render
from charts.standins import with_standins


@pytest.mark.parametrize("files", [DEV_FILES, *((path,) for path in sorted((SERVING / "ci").glob("*.yaml")))], ids=str)
def test_the_serving_chart_lints_strictly(files: tuple[Path, ...]) -> None:
    done = lint(SERVING, *files)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", [ROOT / "environments/dev/platform.yaml", *sorted((PLATFORM / "ci").glob("*.yaml"))], ids=str)
def test_the_platform_chart_lints_strictly_and_renders(file: Path, tmp_path: Path) -> None:
    chart = with_standins(tmp_path)
    done = lint(chart, file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert render(chart, file).objects
