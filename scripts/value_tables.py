"""Writes the value tables of the charts' READMEs: from the `# --` comments of values.yaml, and from the descriptions of
values.schema.json for what stands below a map that is keyed by name. `--check` writes nothing and fails when a table is old.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CHARTS = ("charts/lamplighter-platform", "charts/lamplighter-serving")
START, END = "<!-- values: scripts/value_tables.py -->", "<!-- /values -->"

Row = tuple[str, str, str]


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    old = [chart for chart in CHARTS if not _update(root / chart, check="--check" in sys.argv)]
    for chart in old:
        print(f"{chart}/README.md: the table of values is old; run scripts/value_tables.py", file=sys.stderr)
    return int(bool(old))


def _update(chart: Path, *, check: bool) -> bool:
    """Whether the README has the table as it should be (afterwards, unless `check`)."""
    readme = chart / "README.md"
    text = readme.read_text()
    start, end = text.index(START) + len(START), text.index(END)
    lines = ["", "", "| value | default | why one would change it |", "| --- | --- | --- |"]
    lines += [f"| `{path}` | {f'`{default}`' if default else ''} | {why} |" for path, default, why in rows(chart)]
    wanted = f"{text[:start]}{chr(10).join(lines)}\n\n{text[end:]}"
    if not check:
        readme.write_text(wanted)
    return not check or text == wanted


def rows(chart: Path) -> Iterator[Row]:
    """Path, default and reason of every value: those of values.yaml, each followed by what its schema knows below it."""
    values = yaml.safe_load((chart / "values.yaml").read_text())
    schema = json.loads((chart / "values.schema.json").read_text())
    for path, why in comments((chart / "values.yaml").read_text()).items():
        default, below = values, schema
        for key in path:
            default = default[key]
            below = _resolve(schema, below["properties"][key])
        yield ".".join(path), json.dumps(default, ensure_ascii=False), why
        if default == {}:
            yield from _below(schema, below, ".".join(path))


def comments(text: str) -> dict[tuple[str, ...], str]:
    """The `# --` comment of each key that has one, by path."""
    found: dict[tuple[str, ...], str] = {}
    path: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in text.splitlines():
        if said := re.fullmatch(r"\s*# (-- )?(.*)", line):
            comment = [said[2]] if said[1] else [*comment, said[2]] if comment else []
        elif key := re.match(r"(\s*)([\w-]+):", line):
            path = [*(part for part in path if part[0] < len(key[1])), (len(key[1]), key[2])]
            if comment:
                found[tuple(name for _indent, name in path)] = " ".join(comment)
            comment = []
    return found


def _below(schema: dict[str, Any], node: dict[str, Any], path: str) -> Iterator[Row]:
    """Described leaves below a map, keyed by name or by known keys."""
    named = node.get("additionalProperties")
    children = dict(node.get("properties", {}))
    if isinstance(named, dict):
        children["<name>"] = named
    if node is schema["definitions"].get("answer"):
        return  # JSON Schema itself, which serving/SCHEMA.md explains
    for key, child in children.items():
        resolved = _resolve(schema, child)
        if why := child.get("description") or resolved.get("description"):
            yield f"{path}.{key}", "", why
        yield from _below(schema, resolved, f"{path}.{key}")


def _resolve(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    name = node.get("$ref", "").rpartition("/")[2]
    resolved: dict[str, Any] = schema["definitions"][name] if name else node
    return resolved


if __name__ == "__main__":
    sys.exit(main())
