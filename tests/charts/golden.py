"""The rendered objects of a case as one file that people review: what helm template gives, in an order that both Helms share.

Objects of the operators' charts are not ours and are left out. `scripts/render` writes the files, test_golden compares them.
"""

from pathlib import Path
from typing import Any

import yaml

from charts.cases import Case, reviewed

FOLDER = Path(__file__).parent / "golden"


def golden_file(case: Case) -> Path:
    """Where its render is kept."""
    return FOLDER / case.chart.name / f"{case.name}.yaml"


def golden_text(case: Case) -> str:
    """Its render, made comparable: objects by kind and name, keys in Helm's order, no comments."""
    rendered = case.render()
    assert not rendered.error, f"{case}: {rendered.error}"
    objects = [yaml.safe_load(text) for text in _documents(rendered.text) if f"# Source: {case.chart.name}/charts/" not in text]
    objects = sorted((thing for thing in objects if thing), key=_place)
    head = f"# {case}: written by scripts/render, reviewed in pull requests.\n"
    return head + "".join("---\n" + yaml.dump(thing, Dumper=_Dumper, sort_keys=False, width=120) for thing in objects)


def _documents(text: str) -> list[str]:
    return text.removeprefix("---\n").split("\n---\n")


def _place(thing: dict[str, Any]) -> tuple[str, str]:
    return thing["kind"], thing["metadata"]["name"]


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, so that a change in a catalog shows as the line it is."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def write() -> None:
    """Writes every golden file, and removes those of cases that are gone."""
    files = {golden_file(case): golden_text(case) for case in reviewed()}
    for path in set(FOLDER.rglob("*.yaml")) - set(files):
        path.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    write()
