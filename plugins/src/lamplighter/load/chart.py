"""A chart's folder: its default values and its values schema."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import CannotJudge
from .files import Files
from .values import Layer

#: With its dependencies; lamplighter-serving is a thousandth of it. Argo CD renders in a sidecar with little memory.
MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """What the plugin needs of a chart. The schema is the chart's own: the values it checks are the values Helm takes."""

    folder: str
    defaults: Layer
    schema: Mapping[str, Any]


def read_chart(files: Files, folder: str) -> Chart:
    """The chart in a folder below the root. Raises `CannotJudge` when it is not there or not whole."""
    if (size := sum(path.stat().st_size for path in (files.root / folder).rglob("*") if path.is_file())) > MOST_BYTES:
        raise CannotJudge(f"{folder} has {size} bytes; a chart has at most {MOST_BYTES}.", hint="Take out what is no template.")
    defaults = files.layer(f"{folder}/values.yaml")
    try:
        schema = json.loads((files.root / folder / "values.schema.json").read_bytes())
    except (OSError, ValueError) as error:
        raise CannotJudge(f"{folder}/values.schema.json cannot be used: {error}.", hint="Name a whole chart.") from error
    if defaults is None or not isinstance(schema, dict):
        raise CannotJudge(
            f"{folder} is not a whole chart: values.yaml or its schema cannot be used.", hint="Name a whole chart."
        )
    return Chart(folder=folder, defaults=defaults, schema=schema)
