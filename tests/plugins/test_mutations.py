"""Every key of every environment's files and of every valid case made wrong, one at a time: 99 in 100 faults are found.

`make test` tries every eighth and wants each miss to be a known one; `make test-nightly` tries all and counts. Not found:

- the name of an extractor, of a label, or of a model, pool or worker that nothing else names: a name is its owner's choice.

Not counted as faults: leaving out what has a default, and words where any text will do (titles, instructions).
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lamplighter.load.environments import environment_names
from plugins.mutation import Mutation, mutations
from plugins.tree import ROOT, check, copied_tree

LEAST_CAUGHT = 0.99
STEP = 1 if os.environ.get("LAMPLIGHTER_NIGHTLY") else 8

#: Faults that are known not to be found; see above.
KNOWN = (
    re.compile(r"rename (extractors|models|gpuPools|workers)\.[^.]+"),
    re.compile(r"rename gpuPools\.[^.]+\.labels\..+"),
)


def files_of(environment: str) -> Iterator[str]:
    """The files that are an environment's, its cluster's, and the models'."""
    folder = ROOT / "environments"
    cluster = yaml.safe_load((folder / environment / "environment.yaml").read_text())["cluster"]
    yield f"clusters/{cluster}.yaml"
    yield from sorted(f"models/{path.name}" for path in (folder / "models").glob("*.yaml"))
    yield from sorted(f"{environment}/{path.name}" for path in (folder / environment).glob("*.yaml"))


def is_known(mutation: Mutation) -> bool:
    return any(pattern.fullmatch(str(mutation)) for pattern in KNOWN)


@pytest.mark.parametrize("environment", environment_names(ROOT))
def test_nearly_every_fault_in_an_environments_files_is_found(environment: str, tmp_path: Path) -> None:
    tree, tried, missed = copied_tree(tmp_path), 0, []
    for name in files_of(environment):
        path = tree / "environments" / name
        before = path.read_text()
        for mutation in list(mutations(yaml.safe_load(before) or {}))[::STEP]:
            path.write_text(yaml.safe_dump(mutation.values))
            said = check(tree, environment)
            tried += 1
            assert said.code in (0, 1, 2), f"{name}: {mutation}"
            assert "Traceback" not in said.err
            if said.code == 0 and ": LL" not in said.out:
                missed.append((name, mutation))
        path.write_text(before)
    unexpected = [f"{name}: {mutation}" for name, mutation in missed if not is_known(mutation)]
    caught = 1 - len(missed) / tried
    print(f"\n{environment}: {tried} faults, {len(missed)} not found ({caught:.2%} found)")
    print(*(f"  {name}: {mutation}" for name, mutation in missed), sep="\n")
    assert unexpected == []
    assert caught >= LEAST_CAUGHT or STEP > 1  # of eighty faults one is more than a hundredth


def test_nearly_every_fault_in_a_valid_case_is_found(tmp_path: Path) -> None:
    (tmp_path / "charts").symlink_to(ROOT / "charts")
    base = (ROOT / "tests" / "cases" / "base.yaml").read_text()
    (tmp_path / "base.yaml").write_text(base)
    tried, missed = 0, []
    for case in sorted((ROOT / "tests" / "cases" / "valid").glob("*.yaml")):
        for mutation in list(mutations(yaml.safe_load(case.read_text()) or {}, below=yaml.safe_load(base)))[::STEP]:
            (tmp_path / "case.yaml").write_text(yaml.safe_dump(mutation.values))
            said = check(tmp_path, "--values", "base.yaml", "--values", "case.yaml")
            tried += 1
            assert said.code in (0, 1), f"{case.name}: {mutation}"
            if said.code == 0 and ": LL" not in said.out:
                missed.append((case.name, mutation))
    unexpected = [f"{name}: {mutation}" for name, mutation in missed if not is_known(mutation)]
    print(f"\nvalid cases: {tried} faults, {len(missed)} not found ({1 - len(missed) / tried:.2%} found)")
    print(*(f"  {name}: {mutation}" for name, mutation in missed), sep="\n")
    assert unexpected == []
    assert 1 - len(missed) / tried >= LEAST_CAUGHT or STEP > 1
