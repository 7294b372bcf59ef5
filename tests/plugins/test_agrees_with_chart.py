"""What Helm refuses by templates/requirements.yaml the plugin refuses too: nothing passes the check and fails to install."""

import json
from pathlib import Path
from typing import Any

import pytest

from charts.render import SERVING, minimal, render
from charts.test_serving_requirements import REFUSED
from lamplighter.domain.pool import SharingMode
from lamplighter.rules.values import RENDERED_SHARING
from plugins.tree import check


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "charts").symlink_to(SERVING.parent)
    return tmp_path


def is_refused(root: Path, values: dict[str, Any]) -> bool:
    (root / "values.yaml").write_text(json.dumps(values))
    said = check(root, "--values", "values.yaml")
    assert said.err == ""
    return said.code == 1


@pytest.mark.parametrize(("over", "message"), REFUSED, ids=[message[:50] for _over, message in REFUSED])
def test_what_the_chart_refuses_the_plugin_refuses(root: Path, over: dict[str, Any], message: str) -> None:
    assert is_refused(root, minimal(over)), message


@pytest.mark.parametrize("mode", list(SharingMode))
def test_the_sharing_that_the_rule_lets_pass_is_what_the_chart_renders(mode: SharingMode) -> None:
    sharing: dict[str, Any] = {"mode": mode.value}
    if mode in (SharingMode.TIME_SLICING, SharingMode.MPS, SharingMode.HAMI):
        sharing["replicas"] = 2
    if mode is SharingMode.MIG:
        sharing["layout"] = {"1g.10gb": 7}
    pool = {"chip": "a100-80", "gpusPerNode": 1, "nodes": {"min": 0, "max": 1}, "sharing": sharing}
    over = {"gpuPools": {"pool": pool}, "workers": {"extract": {"gpusPerReplica": 1, "pools": ["pool"]}}}
    assert (not render(SERVING, over=minimal(over)).error) == (mode in RENDERED_SHARING)
