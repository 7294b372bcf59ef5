"""`lamplighter tune`: a proposal that holds when it is simulated, is written where operators look, and passes `check`."""

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.tree import ROOT, check, copied_tree, lamplighter

OFFICE = ("--day", "office", "--days", "2")


def tuned(*arguments: str, code: int = 0, root: Path = ROOT) -> dict[str, Any]:
    said = lamplighter("tune", "staging", "--root", str(root), "--format", "json", *arguments)
    assert (said.code, said.err) == (code, "")
    report: dict[str, Any] = json.loads(said.out)
    return report


def test_a_longer_cooldown_keeps_a_minute_for_less_than_a_replica_that_is_always_lit(tmp_path: Path) -> None:
    tree = copied_tree(tmp_path)
    report = tuned("--slo", "60", *OFFICE, "--write", root=tree)
    proposed = report["proposed"]
    assert report["now"]["p95"] > 60 >= proposed["p95"]
    assert proposed["settings"]["min"] == 0
    assert proposed["settings"]["cooldownSeconds"] > 300
    # A T4 that is always lit: 0.658 for 730 hours.
    assert proposed["moneyAMonth"] < 480
    # What was written is what was proposed: simulated and checked anew.
    again = lamplighter("simulate", "staging", "--root", str(tree), "--format", "json", *OFFICE)
    simulated = json.loads(again.out)
    assert simulated["workers"]["extract"]["result"]["p95"] == pytest.approx(proposed["p95"])
    assert simulated["cost"]["total"] == pytest.approx(proposed["moneyAMonth"])
    assert check(tree, "staging").code == 0
    before = (ROOT / "environments/staging/scale.yaml").read_text().splitlines()
    after = (tree / "environments/staging/scale.yaml").read_text().splitlines()
    assert [line for line in before if "#" in line] == [line for line in after if "#" in line]


def test_what_cannot_be_kept_is_said() -> None:
    report = tuned("--slo", "60", "--budget", "50", "--days", "4", code=1)
    assert report["met"] is False
    said = lamplighter("tune", "staging", "--root", str(ROOT), "--slo", "60", "--budget", "50", "--days", "4")
    assert "None of them keeps the limits" in said.out


def test_nothing_is_tried_that_check_would_refuse() -> None:
    # The wake of staging takes 211 s at least (LL401), and a replica does 4 requests at a time (LL309).
    for trial in tuned("--slo", "300", "--days", "4")["trials"][1:]:
        settings = trial["settings"]
        assert settings["cooldownSeconds"] >= 211
        assert settings["jobsPerReplica"] >= 4


@pytest.mark.parametrize("slo", ["0", "-1", "nan", "inf"])
def test_limits_that_are_none_are_refused(slo: str) -> None:
    said = lamplighter("tune", "staging", "--root", str(ROOT), f"--slo={slo}")
    assert (said.code, said.out) == (2, "")
    assert "cannot be" in said.err


def test_what_scale_yaml_does_not_hold_is_told_and_not_written(tmp_path: Path) -> None:
    tree = copied_tree(tmp_path)
    asked = ("tune", "staging", "--root", str(tree), "--slo", "250", "--day", "office", "--days", "1", "--method", "evolution")
    said = lamplighter(*asked, "--write")
    assert "Not in scale.yaml, to be changed by hand: " in said.out
    assert "scaleDownUnneededSeconds" in said.out
    assert "Unneeded" not in (tree / "environments/staging/scale.yaml").read_text()
