"""Mistakes that people make: each is refused, most by a plain `helm template` already, all by the plugin with the way out."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from charts.render import ROOT, SERVING, helm
from plugins.tree import check

BASE = ROOT / "tests" / "cases" / "base.yaml"
MISTAKES: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "charts" / "mistakes.yaml").read_text())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "charts").symlink_to(SERVING.parent)
    (tmp_path / "base.yaml").write_text(BASE.read_text())
    return tmp_path


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_with_the_way_out(root: Path, name: str) -> None:
    mistake = MISTAKES[name]
    (root / "values.yaml").write_text(mistake["values"] + "\n")
    files = [argument for file in ("base.yaml", "values.yaml") for argument in ("--values", str(root / file))]
    rendered = helm("template", "lamplighter", str(SERVING), *files)
    assert (rendered.returncode != 0) == (mistake["refused"] == "helm"), rendered.stderr
    said = check(root, "--values", "base.yaml", "--values", "values.yaml")
    assert (said.code, said.err) == (1, "")
    assert mistake["says"] in said.out


def test_there_are_sixty_and_helm_alone_refuses_forty() -> None:
    assert len(MISTAKES) >= 60
    assert sum(mistake["refused"] == "helm" for mistake in MISTAKES.values()) >= 40


def test_what_they_stand_on_is_no_mistake(root: Path) -> None:
    assert helm("template", "lamplighter", str(SERVING), "--values", str(root / "base.yaml")).returncode == 0
    assert check(root, "--values", "base.yaml").code == 0
