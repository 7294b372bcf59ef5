"""Writes plugins/src/lamplighter/data/platform/<chart>.json: what values an operator's chart declares, and of which kind.

`scripts/read_chart_values.py CHART SOURCE…` with a chart's folder or .tgz and words that say where it came from. Read are its
Chart.yaml and values.yaml; nothing is rendered. A map stays a map, everything else becomes the name of its kind. An empty map
or a null takes anything.
"""

import json
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).resolve().parent.parent / "plugins/src/lamplighter/data/platform"
KINDS = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", type(None): "null"}


def main(arguments: Sequence[str]) -> int:
    if len(arguments) < 2:
        print("usage: scripts/read_chart_values.py CHART SOURCE…", file=sys.stderr)
        return 2
    chart, values = (yaml.safe_load(_read(Path(arguments[0]), name)) or {} for name in ("Chart.yaml", "values.yaml"))
    data = {
        "chart": chart["name"],
        "version": chart["version"],
        "source": " ".join(arguments[1:]),
        "dependencies": sorted(entry.get("alias") or entry["name"] for entry in chart.get("dependencies", [])),
        "values": kinds(values),
    }
    (DATA / f"{chart['name']}.json").write_text(text(data))
    return 0


def kinds(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same map with the name of its kind for every value that is no map."""
    return {key: kinds(value) if isinstance(value, dict) else KINDS[type(value)] for key, value in values.items()}


def text(data: Mapping[str, Any]) -> str:
    """JSON with one top-level value a line."""
    head = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in data.items() if key != "values"]
    values = ",\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in sorted(data["values"].items()))
    return "{\n" + ",\n".join(head) + ',\n  "values": {\n' + values + "\n  }\n}\n"


def _read(chart: Path, name: str) -> bytes:
    if chart.is_dir():
        return (chart / name).read_bytes()
    with tarfile.open(chart) as archive:
        # The chart's own file, not one of a chart below its charts/.
        member = next(entry for entry in archive.getmembers() if entry.name.split("/")[1:] == [name])
        file = archive.extractfile(member)
        assert file is not None
        return file.read()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
