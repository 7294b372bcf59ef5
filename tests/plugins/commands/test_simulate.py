"""`lamplighter simulate`: what it says of environments and traces, what may be tried, and what it refuses in a sentence."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from plugins.tree import ROOT, Said, copied_tree, lamplighter, replace_line

AZURE = """TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:15:46.6805900,4000,80
2023-11-16 18:16:50.9951690,2000,40
2023-11-16 20:17:04.0319600,2000,40
"""


def simulated(*arguments: str, environment: str = "staging", root: Path = ROOT) -> dict[str, Any]:
    said = lamplighter("simulate", environment, "--root", str(root), "--format", "json", *arguments)
    assert (said.code, said.err) == (0, "")
    report: dict[str, Any] = json.loads(said.out)
    return report


def refused(*arguments: str) -> str:
    said: Said = lamplighter("simulate", "staging", "--root", str(ROOT), *arguments)
    assert (said.code, said.out) == (2, "")
    assert "Traceback" not in said.err
    return said.err


def test_staging_wakes_in_the_time_that_the_plan_of_its_stages_says() -> None:
    # cluster-autoscaler 30 to 40, node 60, GPU 36, Ray 4.7, weights 46.5 (5816 MiB at 125 MiB/s), vLLM 33.8, the job 20.
    wake = simulated("--days", "7")["workers"]["extract"]["firstResult"]
    assert 231 <= wake["p50"] <= 241


def test_the_same_seed_says_the_same_and_another_one_does_not() -> None:
    assert simulated("--days", "5") == simulated("--days", "5")
    assert simulated("--days", "5") != simulated("--days", "5", "--seed", "2")


def test_text_and_json_are_of_the_same_run() -> None:
    said = lamplighter("simulate", "staging", "--root", str(ROOT), "--days", "7")
    report = simulated("--days", "7")
    assert f"{report['cost']['total']:.2f} USD a month" in said.out
    assert f"{report['workers']['extract']['wakes']} wakes" in said.out
    assert said.out.isascii()


def test_a_boot_that_is_tried_comes_a_minute_later() -> None:
    usual = simulated("--days", "7")
    slower = simulated("--days", "7", "--what-if", "gpuPools.t4.boot.nodeSeconds=120")
    assert slower["workers"]["extract"]["stages"]["node"]["p50"] == 120
    assert slower["workers"]["extract"]["firstResult"]["p95"] > usual["workers"]["extract"]["firstResult"]["p95"] + 50


def test_loops_and_prices_can_be_tried_too() -> None:
    tried = ("--what-if", "prices.diskGibMonth=0", "--what-if", "control.gpuBufferSeconds=0", "--what-if", "hpa.tolerance=0.2")
    report = simulated("--days", "7", *tried)
    assert report["cost"]["disks"] == 0
    assert report["workers"]["extract"]["stages"]["autoscaler"]["p99"] <= 10


def test_money_is_the_sum_of_its_parts_and_of_node_hours() -> None:
    report = simulated("--days", "7", "--registry", "standard")
    cost = report["cost"]
    assert cost["total"] == pytest.approx(sum(cost[part] for part in ("busy", "waking", "idle", "disks", "registry")))
    hours = sum(report["pools"]["t4"]["nodeHours"].values())
    # 0.658 an hour (environments/clusters/staging-aks-weu.yaml); a month has 730 hours, a week 168.
    assert cost["busy"] + cost["waking"] + cost["idle"] == pytest.approx(hours * 0.658 * 730 / 168)
    assert cost["registry"] == pytest.approx(0.667 * 730 / 24)


def test_a_trace_of_azure_is_read_with_its_tokens(tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(AZURE)
    report = simulated("--trace", str(trace), "--what-if", "job.prefillTokensPerSecond=1000")
    worker = report["workers"]["extract"]
    assert (worker["jobs"], worker["done"], worker["wakes"]) == (3, 3, 2)
    # 2000 / 1000 + 40 / 40: both wakes see a job of three seconds done first; the one of six begins beside it.
    assert worker["stages"]["first_result"]["p50"] == pytest.approx(3)
    # The third came 7277.35 s after the first; an hour is added.
    assert report["seconds"] == pytest.approx(7277.351370 + 3600)


def test_a_list_of_arrivals_says_when_and_how_long(tmp_path: Path) -> None:
    trace = tmp_path / "arrivals.txt"
    trace.write_text("# mine\n0\n60 5\n\n90.5, 5 # the last\n")
    worker = simulated("--trace", str(trace), "--days", "1")["workers"]["extract"]
    assert (worker["jobs"], worker["done"]) == (3, 3)


def test_times_need_not_be_in_order(tmp_path: Path) -> None:
    trace = tmp_path / "arrivals.txt"
    trace.write_text("2026-01-01 10:00:00\n2026-01-01 08:00:00\n2026-01-01T09:00:00 5\n")
    report = simulated("--trace", str(trace))
    assert report["workers"]["extract"]["done"] == 3
    assert report["seconds"] == 2 * 3600 + 3600


def test_each_worker_may_have_a_day_of_its_own() -> None:
    report = simulated("--days", "1", "--day", "extract=steady", "--day", "piles=nightly", environment="prod")
    assert report["workers"]["piles"]["jobs"] % 400 == 0
    assert 600 < report["workers"]["extract"]["jobs"] < 840


def test_the_picture_is_whole_and_says_its_numbers_in_words(tmp_path: Path) -> None:
    file = tmp_path / "timeline.svg"
    report = simulated("--days", "7", "--svg", str(file))
    picture = ElementTree.fromstring(file.read_text())
    words = picture.find("{http://www.w3.org/2000/svg}desc")
    assert words is not None
    assert f"{report['cost']['total']:.2f} USD a month" in (words.text or "")
    assert "first result p50" in (words.text or "")
    assert len(file.read_bytes()) < 300_000


def test_an_environment_that_check_refuses_is_simulated_all_the_same(tmp_path: Path) -> None:
    tree = copied_tree(tmp_path)
    replace_line(tree / "environments/staging/scale.yaml", "cooldownSeconds: 300", "cooldownSeconds: 60")
    said = lamplighter("simulate", "staging", "--root", str(tree), "--days", "1")
    assert said.code == 1
    assert "LL401" in said.out
    assert "first result" in said.out


def test_values_that_do_not_hold_are_findings() -> None:
    said = lamplighter("simulate", "staging", "--root", str(ROOT), "--what-if", "gpuPools.t4.lifecycle=nap")
    assert said.code == 1
    assert said.err.startswith("--what-if:1: LL602 ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--what-if", "nonsense"), "is no key=value"),
        (("--what-if", "control.nap=1"), "control.nap is not known"),
        (("--what-if", "control.pollSeconds=0"), "cannot be"),
        (("--what-if", "control.pollSeconds=nan"), "is no number"),
        (("--what-if", "hpa.upPods=1.5"), "a whole number"),
        (("--what-if", "gpuPools.t4={"), "is no value"),
        (("--what-if", "gpuPools.t4=1", "--what-if", "gpuPools.t4.boot.nodeSeconds=1"), "was given a value already"),
        (("--day", "sunday"), "there is no pattern sunday"),
        (("--day", "nobody=quiet"), "there is no worker nobody"),
        (("--days", "0"), "--days 0 cannot be"),
        (("--registry", "gold"), "There is no registry gold"),
        (("--trace", "/nowhere/trace.csv"), "cannot be read"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(arguments: tuple[str, ...], says: str) -> None:
    assert says in refused(*arguments)


@pytest.mark.parametrize("text", ["", "x\n", "1 -5\n", "nan\n", "TIMESTAMP,ContextTokens,GeneratedTokens\n1,2\n", "1 inf\n"])
def test_a_trace_that_cannot_be_read_names_its_line(tmp_path: Path, text: str) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(text)
    said = refused("--trace", str(trace))
    assert "holds no job" in said or "trace.csv:" in said
