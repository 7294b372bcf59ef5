"""Each rule with a case that breaks it and one that comes close and does not: tests/cases/.

A case file is values as `helm install -f` takes them, over `cases/base.yaml`. Its first line says what is expected: `# clean`,
or code and line as in `# LL101 at 12`. The file's name begins with the rule's code.
"""

import re
from pathlib import Path

import pytest

from lamplighter.rules.registry import TITLES
from plugins.tree import ROOT, check

CASES = ROOT / "tests" / "cases"

#: Shown by environments (tests/environments), since they need a whole tree: a key in the wrong file, a missing file.
NEED_A_TREE = {"LL603", "LL605"}


def files(kind: str) -> list[Path]:
    return sorted((CASES / kind).glob("*.yaml"))


def judged(path: Path) -> tuple[int, list[str]]:
    """Exit code, and the findings about the case itself."""
    names = ["tests/cases/base.yaml", path.relative_to(ROOT).as_posix()]
    said = check(ROOT, *(argument for name in names for argument in ("--values", name)))
    assert said.err == ""
    return said.code, [line for line in said.out.splitlines() if line.startswith(f"{names[1]}:")]


@pytest.mark.parametrize("path", files("invalid"), ids=lambda path: path.stem)
def test_an_invalid_case_is_refused_with_its_code_at_its_line(path: Path) -> None:
    expected = re.fullmatch(r"# (LL\d{3}) at (\d+)", path.read_text(errors="replace").splitlines()[0])
    assert expected, f"{path.name} does not begin with: # CODE at LINE"
    assert path.name.startswith(expected[1])
    code, lines = judged(path)
    (line,) = lines
    assert line.startswith(f"tests/cases/invalid/{path.name}:{expected[2]}: {expected[1]} ")
    assert code == (0 if " warning: " in line else 1)


@pytest.mark.parametrize("path", files("valid"), ids=lambda path: path.stem)
def test_a_valid_case_is_clean(path: Path) -> None:
    assert path.read_text().startswith("# clean")
    assert judged(path) == (0, [])


@pytest.mark.parametrize("kind", ["valid", "invalid"])
def test_every_rule_has_its_case(kind: str) -> None:
    assert {path.name[:5] for path in files(kind)} == set(TITLES) - NEED_A_TREE


def test_the_readme_lists_every_rule_with_its_title() -> None:
    rows = re.findall(
        r"^\| (LL\d{3}) \| (.+?)(?: \(warning\))? \|$", (ROOT / "plugins" / "README.md").read_text(), re.MULTILINE
    )
    assert dict(rows) == dict(TITLES)
