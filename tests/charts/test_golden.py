"""What the charts render is what was reviewed. After a change of a template: `scripts/render`, and read the diff."""

import pytest

from charts.cases import Case, documented, reviewed
from charts.golden import FOLDER, golden_file, golden_text

CASES = reviewed()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_render_is_as_it_was_reviewed(case: Case) -> None:
    path = golden_file(case)
    assert path.exists(), f"{case} has no golden file: run scripts/render"
    assert golden_text(case) == path.read_text(), f"{case} renders something else than {path.name}: run scripts/render"


def test_no_golden_file_is_left_of_a_case_that_is_gone() -> None:
    assert set(FOLDER.rglob("*.yaml")) == {golden_file(case) for case in CASES}


@pytest.mark.parametrize("case", documented(), ids=str)
def test_a_helm_command_of_a_readme_renders(case: Case) -> None:
    assert all(path.exists() for path in case.files), case.files
    assert case.render().objects


def test_readmes_have_helm_commands() -> None:
    assert {case.chart.name for case in documented()} == {"lamplighter-serving", "lamplighter-platform"}
