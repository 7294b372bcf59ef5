"""`--what-if key=value`: another value of the environment, of a loop, or of a price, to be tried without a change of a file.

A key is a path of values (`gpuPools.t4.boot.nodeSeconds`), or one of the simulation's own, all numbers, in the rooms `control`,
`hpa`, `job` and `prices`.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from ..errors import CannotJudge
from ..load.traces import Work
from ..load.yamlfile import YamlRefused, parse_yaml
from ..simulate.cost import Prices
from ..simulate.hpa import HpaSettings
from ..simulate.scenario import Control

#: An assumption, to be replaced by one's own: a document of two or three pages on one small card.
ASSUMED_WORK = Work(job_seconds=20.0, prefill_tokens_per_second=2000.0, decode_tokens_per_second=40.0)
#: A key of values names what it is of; it needs a room of the chart.
ROOMS = ("cluster", "extractors", "gateway", "gpuPools", "images", "models", "monitoring", "workers")
OWN_ROOMS = ("control", "hpa", "job", "prices")

Settings = TypeVar("Settings", Control, HpaSettings, Work, Prices)


@dataclass(frozen=True, kw_only=True, slots=True)
class WhatIf:
    """What was tried: `values` over those of the files, and the simulation's own."""

    prices: Prices
    values: dict[str, Any] = field(default_factory=dict)
    control: Control = field(default_factory=Control)
    work: Work = ASSUMED_WORK


def what_if(pairs: Sequence[str], prices: Prices) -> WhatIf:
    """All of them. Raises `CannotJudge` for one that is no pair, or names nothing that could be another."""
    own: dict[str, dict[str, float]] = {room: {} for room in OWN_ROOMS}
    values: dict[str, Any] = {}
    for pair in pairs:
        key, sign, text = pair.partition("=")
        room, _dot, name = key.partition(".")
        if not sign or not name or room not in (*ROOMS, *OWN_ROOMS):
            raise CannotJudge(
                f"--what-if {pair!r} is no key=value.",
                hint=f"A key begins with one of {', '.join((*ROOMS, *OWN_ROOMS))} and a dot: gpuPools.t4.boot.nodeSeconds=300.",
            )
        if room in own:
            own[room][name] = _number(pair, text)
        else:
            _put(values, key.split("."), _value(pair, text), pair)
    control = _with("control", Control(), own["control"])
    return WhatIf(
        values=values,
        control=replace(control, hpa=_with("hpa", HpaSettings(), own["hpa"])),
        work=_with("job", ASSUMED_WORK, own["job"]),
        prices=_with("prices", prices, own["prices"]),
    )


def _with(room: str, settings: Settings, numbers: dict[str, float]) -> Settings:
    """The settings with other numbers. Raises `CannotJudge` for a name they do not have, or a number that cannot be."""
    known = {_camel(one.name): one.name for one in fields(settings) if type(getattr(settings, one.name)) in (int, float)}
    changed: dict[str, Any] = {}
    for name, number in numbers.items():
        if name not in known:
            raise CannotJudge(f"--what-if {room}.{name} is not known.", hint=f"{room} has {', '.join(sorted(known))}.")
        whole = type(getattr(settings, known[name])) is int
        least = 0.001 if _divides(name) else 0.0
        if number < least or (whole and number != int(number)):
            raise CannotJudge(
                f"--what-if {room}.{name}={number:g} cannot be.",
                hint=f"Give {'a whole number' if whole else 'a number'}, {least:g} or more.",
            )
        changed[known[name]] = int(number) if whole else number
    return replace(settings, **changed)


def _divides(name: str) -> bool:
    """Periods and speeds: nothing happens every 0 seconds."""
    return name in ("pollSeconds", "scrapeSeconds", "scanSeconds", "syncSeconds", "streamMibps") or name.endswith("PerSecond")


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def _number(pair: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise CannotJudge(f"--what-if {pair!r}: {text!r} is no number.", hint="These keys are all numbers.") from error
    if not math.isfinite(number):
        raise CannotJudge(f"--what-if {pair!r}: {text!r} is no number.", hint="These keys are all numbers.")
    return number


def _value(pair: str, text: str) -> Any:
    """As YAML reads it behind a key."""
    try:
        return parse_yaml(f"value: {text}\n".encode()).data["value"]
    except (YamlRefused, KeyError, TypeError) as error:
        raise CannotJudge(f"--what-if {pair!r}: {text!r} is no value.", hint="Write it as behind a key in YAML.") from error


def _put(values: dict[str, Any], path: Sequence[str], value: Any, pair: str) -> None:
    """Puts a value where its path leads."""
    for key in path[:-1]:
        below = values.setdefault(key, {})
        if not isinstance(below, dict):
            raise CannotJudge(f"--what-if {pair!r}: {key} was given a value already.", hint="Leave one of the two out.")
        values = below
    values[path[-1]] = value
