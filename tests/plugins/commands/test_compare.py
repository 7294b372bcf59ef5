"""`lamplighter compare`: choices under the same arrivals, each with its seconds and its money, and which nothing beats."""

import functools
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter.simulate.pareto import pareto
from plugins.tree import ROOT, lamplighter


@functools.cache
def compared(environment: str = "staging", *arguments: str) -> dict[str, Any]:
    said = lamplighter("compare", environment, "--root", str(ROOT), "--days", "7", "--format", "json", *arguments)
    assert (said.code, said.err) == (0, "")
    report: dict[str, Any] = json.loads(said.out)
    return {choice["name"]: choice for choice in report["choices"]}


def test_what_stands_is_what_simulate_says_of_it() -> None:
    said = lamplighter("simulate", "staging", "--root", str(ROOT), "--days", "7", "--format", "json")
    simulated = json.loads(said.out)
    there = compared()["as it is"]
    assert there["cost"] == simulated["cost"]
    assert there["result"] == simulated["workers"]["extract"]["result"]


def test_each_choice_changes_what_its_name_says() -> None:
    choices = compared()
    usual = choices["as it is"]
    # A deleted node pulls an image of 4.7 GB and weights of 6.1 GB at 87 MiB/s at each wake: 118.7 s more; and no disk waits.
    deleted = choices["nodes deleted"]
    assert deleted["firstResult"]["p50"] - usual["firstResult"]["p50"] == pytest.approx(118.7, abs=2)
    assert deleted["cost"]["disks"] < usual["cost"]["disks"] / 4
    # Weights of 5816 MiB at 860 instead of 125 MiB/s: 40 s less.
    streamed = choices["weights streamed from an object store"]
    assert usual["firstResult"]["p50"] - streamed["firstResult"]["p50"] == pytest.approx(39.8, abs=1)
    # Always lit: a T4 at 0.658 for 730 hours, and nobody waits for more than the job.
    lit = choices["one replica always lit"]
    assert lit["cost"]["total"] > 480
    assert lit["result"]["p95"] == pytest.approx(20)
    # 135.17 USD a month for a TiB.
    assert choices["a faster disk, 1 TiB"]["cost"]["disks"] == pytest.approx(usual["cost"]["disks"] * 8)
    assert choices["registry premium"]["cost"]["registry"] == pytest.approx(1.667 * 730 / 24)
    assert choices["spot nodes"]["cost"]["idle"] == pytest.approx(deleted["cost"]["idle"] * 0.35)


def test_text_and_picture_have_every_choice(tmp_path: Path) -> None:
    file = tmp_path / "choices.svg"
    names = compared("staging", "--svg", str(file))
    said = lamplighter("compare", "staging", "--root", str(ROOT), "--days", "7")
    words = ElementTree.fromstring(file.read_text()).find("{http://www.w3.org/2000/svg}desc")
    assert words is not None
    for name in names:
        assert name in said.out
        assert f"{name}: " in (words.text or "")


def test_a_worker_on_a_rack_alone_has_no_choice() -> None:
    assert set(compared("prod", "--worker", "extract")) == {"as it is"}


def test_nothing_beats_a_best_one_and_something_beats_every_other() -> None:
    choices = list(compared().values())
    points = {(choice["result"]["p95"], choice["cost"]["total"]): choice["best"] for choice in choices}
    for (seconds, money), best in points.items():
        beaten = any(s <= seconds and m <= money and (s, m) != (seconds, money) for s, m in points)
        assert best is not beaten


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=20))
def test_there_is_always_a_best_one(points: list[tuple[float, float]]) -> None:
    assert any(pareto(points))
    assert pareto(points)[points.index(min(points))]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("--worker", "nobody"), "There is no worker nobody"), (("--day", "sunday"), "there is no pattern sunday")],
)
def test_what_cannot_be_is_said_in_a_sentence(arguments: tuple[str, ...], says: str) -> None:
    said = lamplighter("compare", "staging", "--root", str(ROOT), *arguments)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
