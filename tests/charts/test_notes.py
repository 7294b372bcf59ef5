"""NOTES.txt: short, warnings first, and a next command that works when pasted."""

from typing import Any

import pytest
import yaml

from charts.render import SERVING, helm, minimal

MOST_LINES = 50


def notes(changes: dict[str, Any] | None = None) -> str:
    values = yaml.safe_dump(minimal(changes))
    done = helm("install", "lamplighter", str(SERVING), "-n", "serving-dev", "--dry-run=client", "--values", "-", stdin=values)
    assert done.returncode == 0, done.stderr
    return done.stdout.partition("NOTES:\n")[2]


def test_they_are_short_and_name_the_first_command() -> None:
    text = notes()
    assert len(text.splitlines()) < MOST_LINES
    assert "kubectl -n serving-dev exec deploy/lamplighter-gateway -- lamplighter-gateway keys create --name first" in text
    assert "WARNING" not in text


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"gateway": {"authentication": False}}, "WARNING: API keys are off"),
        ({"workers": {"extract": {"scale": {"min": 1}}}}, "WARNING: worker extract never goes dark"),
    ],
)
def test_they_begin_with_what_is_dangerous(changes: dict[str, Any], warning: str) -> None:
    assert notes(changes).lstrip().startswith(warning)
