"""The packaged facts about what operators' charts declare (data/platform/<chart>.json, by scripts/read_chart_values.py)."""

import functools
import json
from importlib import resources

from ..domain.overrides import DeclaredValues


@functools.cache
def declared_values(chart: str) -> DeclaredValues | None:
    """What that chart declares; None for a chart that was not read. Each file is opened when it is first asked for."""
    file = resources.files("lamplighter").joinpath(f"data/platform/{chart}.json")
    if not file.is_file():
        return None
    data = json.loads(file.read_bytes())
    return DeclaredValues(
        chart=data["chart"],
        version=data["version"],
        dependencies=frozenset(data["dependencies"]),
        values=data["values"],
    )
