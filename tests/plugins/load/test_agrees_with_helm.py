"""The loader against Helm itself: the same files give the same values."""

import json
from pathlib import Path
from typing import Any

import pytest

from charts.render import helm
from lamplighter.load.values import Layer, merge
from lamplighter.load.yamlfile import parse_yaml

SCALAR_LINES = """
1e3 12:30 2024-01-01 yes y on Off N 010 0o10 1_000 0x1F .5 5. 0b11 -0 +5 08 1.5e3 No 099 1__0 0.1_0 -0x10 0_7 1_0.5 1:20:30
TRUE = 2001-12-14t21:59:43.10-05:00 1. . +.5 00 0x 1e 1.8e309 1e400 ~a null null1 Null -.5e-3 0X1f 0B11 0O17 1_ _1 +0 -1_0
'quoted' "5" 123456789012 -9007199254740991 sha256:ab 1.2.3 v1 10m 512Mi 1,000 T4
"""
SCALARS = SCALAR_LINES.split()

DEFAULTS = "a: {x: 5, deep: 7, list: [1, 2]}\nc: {f: 2}\ne: 4\ngone: 1\nkept: {k: 1}\nq: {}\n"
FIRST = "a: {x: 1, v: 2, list: [3]}\nb: [1, 2]\nc: {d: 1}\ngone: null\nkept: {deep: {m: 1}}\n"
SECOND = "a: {x: null, z: 3}\nb: [9]\nc: null\ne: null\nq: {w: null}\nkept: {deep: 5}\nnew: {k: null}\n"


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chart that renders its values as JSON."""
    folder = tmp_path_factory.mktemp("echo")
    (folder / "templates").mkdir()
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: echo\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text(DEFAULTS)
    (folder / "templates" / "values.yaml").write_text("{{ .Values | toJson }}\n")
    return folder


def helms_values(chart: Path, folder: Path, *texts: str) -> dict[str, Any]:
    arguments = ["template", "echo", str(chart)]
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text)
        arguments += ["--values", str(folder / f"{number}.yaml")]
    done = helm(*arguments)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def layer(text: str) -> Layer:
    parsed = parse_yaml(text.encode())
    return Layer(file="values.yaml", data=parsed.data, lines=parsed.lines)


def test_scalars_are_read_as_helm_reads_them(chart: Path, tmp_path: Path) -> None:
    text = "scalars:\n" + "".join(f"  - {scalar}\n" for scalar in SCALARS)
    helms = helms_values(chart, tmp_path, text)["scalars"]
    ours = parse_yaml(text.encode()).data["scalars"]
    differing = [
        (scalar, mine, other)
        for scalar, mine, other in zip(SCALARS, ours, helms, strict=True)
        if mine != other or isinstance(mine, bool) != isinstance(other, bool)
    ]
    assert differing == []


@pytest.mark.parametrize("texts", [(FIRST,), (SECOND,), (FIRST, SECOND), (SECOND, FIRST), (FIRST, SECOND, FIRST)])
def test_files_are_merged_as_helm_merges_them(chart: Path, tmp_path: Path, texts: tuple[str, ...]) -> None:
    merged = merge(layer(DEFAULTS), [layer(text) for text in texts])
    assert merged.data == helms_values(chart, tmp_path, *texts)


def test_a_merged_value_stands_where_the_last_file_wrote_it() -> None:
    def named(name: str, text: str) -> Layer:
        parsed = parse_yaml(text.encode())
        return Layer(file=name, data=parsed.data, lines=parsed.lines)

    values = merge(
        named("chart", "a: {x: 1}\n"),
        [named("first", "\na:\n  x: 2\n  v: 3\n"), named("second", "\n\na:\n  x: 4\n")],
    )
    places = {path: values.places.of(path) for path in (("a", "x"), ("a", "v"), ("a", "z"), ("b",))}
    assert [(place.file, place.line) for place in places.values()] == [
        ("second", 4),
        ("first", 4),
        ("second", 3),
        ("second", 1),
    ]
