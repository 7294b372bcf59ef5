"""Each rule with a case that breaks it and one that comes close and does not: tests/cases/.

A case file is values as `helm install -f` takes them, over `cases/base.yaml`. Its first line says what is expected: `# clean`,
or code and line as in `# LL101 at 12`, several with commas between. The file's name begins with the code of the first.
"""

import re
from pathlib import Path

import pytest

from lamplighter.rules.registry import TITLES
from plugins.tree import ROOT, check

CASES = ROOT / "tests" / "cases"

#: Shown by environments (tests/environments), since they need a whole tree: a lock, a misplaced key, a missing file,
#: platform.yaml.
NEED_A_TREE = {"LL218", "LL502", "LL503", "LL504", "LL505", "LL507", "LL508", "LL603", "LL605"}
NEED_A_TREE |= {"LL611", "LL612", "LL615", "LL616"}


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
    first = path.read_text(errors="replace").splitlines()[0]
    assert re.fullmatch(r"# LL\d{3} at \d+(, LL\d{3} at \d+)*", first), f"{path.name} does not begin with: # CODE at LINE"
    expected = re.findall(r"(LL\d{3}) at (\d+)", first)
    assert path.name.startswith(expected[0][0])
    code, lines = judged(path)
    places = [re.match(rf"tests/cases/invalid/{re.escape(path.name)}:(\d+): (LL\d{{3}}) ", line) for line in lines]
    assert sorted((place[2], place[1]) for place in places if place) == sorted(expected)
    assert code == (0 if all(" warning: " in line for line in lines) else 1)


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
