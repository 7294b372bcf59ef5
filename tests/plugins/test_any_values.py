"""Whatever is written into an environment, the answer is findings or none: never a traceback, never another exit code."""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lamplighter.load.yamlfile import parse_yaml
from plugins.tree import ROOT, Said, check, copied_tree

FILES = (
    "clusters/dev-kind",
    "models/qwen3-8b-awq",
    "dev/environment",
    "dev/serving",
    "dev/scale",
    "dev/version",
    "dev/platform",
)
#: A finding, or a line of the excerpt below it.
LINE = re.compile(r"[\w./-]+:\d+: LL\d{3} .+| +\d+ \| .*| +\| +\^+")

#: Generated files: in `make test`, and in `make test-nightly`.
FILES_TRIED = 20_000 if os.environ.get("LAMPLIGHTER_NIGHTLY") else 2_000

BASE = ROOT / "tests" / "cases" / "base.yaml"


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield copied_tree(Path(folder))


def is_an_answer(said: Said) -> bool:
    *findings, last = said.out.splitlines() or [""]
    if said.code == 2:
        return said.err.startswith("lamplighter: ")
    return said.code in (0, 1) and all(LINE.fullmatch(line) for line in findings) and last.startswith(("dev: ", "tests/cases"))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=6), below, max_size=3),
    max_leaves=6,
)


@settings(max_examples=FILES_TRIED // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from(FILES), content=st.binary(max_size=200) | anything.map(lambda value: yaml.safe_dump(value).encode())
)
def test_a_file_of_any_bytes_gives_an_answer(tree: Path, file: str, content: bytes) -> None:
    path = tree / "environments" / f"{file}.yaml"
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        assert is_an_answer(check(tree, "dev"))
    finally:
        path.write_bytes(before)


def places(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(node, dict):
        for key, child in node.items():
            yield (*path, key)
            yield from places(child, (*path, key))


VALUES: dict[str, Any] = yaml.safe_load(BASE.read_text())


@settings(max_examples=FILES_TRIED // 2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(sorted(places(VALUES))), value=anything)
def test_a_value_replaced_by_anything_gives_an_answer(tree: Path, path: tuple[str, ...], value: object) -> None:
    values = yaml.safe_load(BASE.read_text())
    node = values
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    (tree / "values.yaml").write_text(yaml.safe_dump(values))
    said = check(tree, "--values", "values.yaml")
    assert said.code in (0, 1)
    assert said.err == ""
    assert all(LINE.fullmatch(line) for line in said.out.splitlines()[:-1])


SCHEMA = json.loads((ROOT / "charts/lamplighter-serving/values.schema.json").read_text())
DEFAULTS = yaml.safe_load((ROOT / "charts/lamplighter-serving/values.yaml").read_text())


def plainly_merged(below: Any, above: Any) -> Any:
    """Maps merge, everything else is replaced, null takes a default away: written apart from the loader, for one file."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    kept = {key: value for key, value in below.items() if key not in above}
    given = {key: plainly_merged(below.get(key), value) for key, value in above.items()}
    return kept | {key: value for key, value in given.items() if not (value is None and key in below)}


@settings(max_examples=FILES_TRIED // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(sorted(places(VALUES))), value=anything)
def test_what_the_loader_refuses_by_the_schema_jsonschema_refuses_and_nothing_else(
    tree: Path, path: tuple[str, ...], value: object
) -> None:
    values = yaml.safe_load(BASE.read_text())
    node = values
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    text = yaml.safe_dump(values)
    (tree / "values.yaml").write_text(text)
    said = check(tree, "--values", "values.yaml", "--format", "json")
    found = json.loads(said.out)["findings"]
    if any(finding["code"] == "LL604" for finding in found):
        return  # read differently by different readers, so not read at all
    by_schema = [finding for finding in found if finding["code"] in ("LL601", "LL602")]
    valid = jsonschema.Draft7Validator(SCHEMA).is_valid(plainly_merged(DEFAULTS, parse_yaml(text.encode()).data))
    assert bool(by_schema) != valid
