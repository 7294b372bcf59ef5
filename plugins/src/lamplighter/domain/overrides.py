"""What values an operator's chart declares: the paths a platform's overrides may name, and the kind of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

#: A map of further keys, or the name of a kind: boolean, integer, number, string, array, null.
Kind: TypeAlias = "str | Mapping[str, Kind]"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclaredValues:
    """A chart's values.yaml as kinds. Keys of its `dependencies` hold values of other charts, which were not read."""

    chart: str
    version: str
    dependencies: frozenset[str]
    values: Mapping[str, Kind]
