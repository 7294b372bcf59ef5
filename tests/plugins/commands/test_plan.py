"""`lamplighter plan`: the lock it writes, and what `check` says of a lock that does not hold."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.tree import ROOT, Said, check, copied_tree, lamplighter, replace_line

LOCK = "environments/staging/placement.lock.yaml"
SERVING = "environments/staging/serving.yaml"

#: One token of Qwen3-8B keeps key and value of 8 heads of 128 elements in 36 layers, 2 bytes each.
TOKEN_BYTES = 2 * 8 * 128 * 36 * 2


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copied_tree(tmp_path)


def plan(tree: Path, *arguments: str) -> Said:
    return lamplighter("plan", "--root", str(tree), *arguments)


def planned(tree: Path, name: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(plan(tree, name, "--format", "json").out)
    return report


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def codes(said: Said) -> set[str]:
    return set(re.findall(r"LL\d{3}", "".join(line for line in said.out.splitlines() if line.startswith("environments/"))))


# What it writes


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_the_locks_of_this_repository_are_what_the_command_writes_today(tree: Path, name: str) -> None:
    file = f"environments/{name}/placement.lock.yaml"
    (tree / file).unlink()
    said = plan(tree, name, "--write")
    assert (said.code, said.err) == (0, "")
    assert (tree / file).read_bytes() == (ROOT / file).read_bytes()
    assert said.out.splitlines()[-1] == f"{file}: written"


def test_a_lock_that_is_right_is_left_alone(tree: Path) -> None:
    before = (tree / LOCK).stat()
    assert plan(tree, "staging", "--write").out.endswith(f"{LOCK}: up to date\n")
    assert (tree / LOCK).stat().st_mtime_ns == before.st_mtime_ns


def test_without_write_nothing_is_written(tree: Path) -> None:
    (tree / LOCK).unlink()
    assert f"{LOCK}: not there yet; lamplighter plan staging --write makes it" in plan(tree, "staging").out
    assert not (tree / LOCK).exists()


def test_an_environment_without_gpus_needs_no_lock(tree: Path) -> None:
    said = plan(tree, "dev", "--write")
    assert (said.code, said.out.splitlines()[0]) == (0, "dev: no worker uses a GPU")
    assert not (tree / "environments/dev/placement.lock.yaml").exists()


def test_the_predicted_cache_is_every_token_of_every_request(tree: Path) -> None:
    """4 requests of 8192 tokens: 4831838208 bytes."""
    (card,) = planned(tree, "staging")["cards"]
    assert card["engines"][0]["parts"]["KV cache"] == 4 * 8192 * TOKEN_BYTES == 4831838208


def test_a_fraction_that_is_written_stays_and_stands_in_the_lock(tree: Path) -> None:
    replace_line(tree / SERVING, "concurrency: 4", "concurrency: 4\n        memoryFraction: 0.83")
    assert plan(tree, "staging", "--write").code == 0
    assert "        memoryFraction: 0.83\n" in (tree / LOCK).read_text()
    assert check(tree, "staging").code == 0


def test_a_worker_on_two_kinds_of_card_has_one_fraction_that_holds_on_both(tree: Path) -> None:
    report = planned(tree, "prod")
    (fraction,) = {entry["memoryFraction"] for entry in report["workers"]["piles"]["models"].values()}
    engines = [(card, one) for card in report["cards"] for one in card["engines"] if one["worker"] == "piles"]
    assert {card["chip"] for card, _one in engines} == {"l40s", "a100-80"}
    for card, one in engines:
        assert one["neededBytes"] < one["reservedBytes"] <= fraction * card["totalBytes"]


def test_pools_stand_in_order_of_price(tree: Path) -> None:
    """The rack is paid for already, so spot nodes come after it, however the worker lists them."""
    edit(tree / "environments/prod/serving.yaml", "[rack-l40s, a100-spot]", "[a100-spot, rack-l40s]")
    assert planned(tree, "prod")["workers"]["piles"]["pools"] == ["rack-l40s", "a100-spot"]


def test_two_engines_on_one_card_share_it_and_neither_starts_with_less_than_it_needs(tree: Path) -> None:
    serving = tree / "environments/prod/serving.yaml"
    model = (tree / "environments/models/qwen3-8b-awq.yaml").read_text()
    (tree / "environments/models/second.yaml").write_text(model.replace("  qwen3-8b-awq:", "  second:"))
    text = serving.read_text()
    one = "      qwen3-8b-awq:\n        engine: vllm\n        contextTokens: 16384\n        concurrency: 12\n"
    assert one in text
    two = one.replace("12", "4") + "      second:\n        engine: vllm\n        contextTokens: 8192\n        concurrency: 4\n"
    serving.write_text(text.replace(one, two, 1))
    card = next(card for card in planned(tree, "prod")["cards"] if card["engines"][0]["worker"] == "extract")
    assert [engine["model"] for engine in card["engines"]] == ["qwen3-8b-awq", "second"]
    assert all(engine["marginBytes"] > 0 for engine in card["engines"])
    first, second = card["engines"]
    assert first["startBytes"] + first["reservedBytes"] == second["startBytes"]
    assert second["startBytes"] + second["reservedBytes"] <= card["totalBytes"]


# What does not fit


def test_what_does_not_fit_is_drawn_explained_and_not_written(tree: Path) -> None:
    (tree / LOCK).unlink()
    replace_line(tree / SERVING, "concurrency: 4", "concurrency: 12")
    said = plan(tree, "staging", "--write")
    assert said.code == 1
    assert not (tree / LOCK).exists()
    assert "t4, does not fit" in said.out
    assert re.search(r"\[w+k+\|!*\]!+", said.out)
    assert re.search(r"worker extract needs \d+ MiB on a t4 of pool t4, where it may have \d+ MiB: \d+ MiB too many", said.out)
    assert said.out.endswith(f"{LOCK}: cannot be made\n")


def test_values_that_do_not_hold_are_said_before_anything_is_planned(tree: Path) -> None:
    line = replace_line(tree / SERVING, "gpusPerReplica:", "gpus:")
    said = plan(tree, "staging", "--write")
    assert (said.code, said.out) == (1, "")
    assert f"{SERVING}:{line}: LL601" in said.err
    assert "cannot be planned before its values hold" in said.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere",), "There is no environment nowhere"),
        (("staging", "--svg", "no/such/folder/x.svg"), "no/such/folder/x.svg cannot be written: No such file or directory."),
        (("../staging",), "There is no environment ../staging"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_code_2(tree: Path, arguments: tuple[str, ...], sentence: str) -> None:
    said = plan(tree, *arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"lamplighter: {sentence}")
    assert said.err.count("\n") == 1


# A lock that does not hold


def test_a_missing_lock_is_asked_for(tree: Path) -> None:
    (tree / LOCK).unlink()
    said = check(tree, "staging")
    assert codes(said) == {"LL501"}
    assert "Run lamplighter plan staging --write" in said.out


def test_a_changed_input_makes_the_lock_stale_and_is_named_with_both_digests(tree: Path) -> None:
    line = next(number for number, text in enumerate((tree / LOCK).read_text().splitlines(), 1) if "workers/extract" in text)
    replace_line(tree / SERVING, "contextTokens: 8192", "contextTokens: 4096")
    said = check(tree, "staging")
    assert codes(said) == {"LL502"}
    head = f"{LOCK}:{line}: LL502 it was computed from other values: workers/extract was "
    then, now = re.search(rf"{head}([0-9a-f]{{12}}) and is ([0-9a-f]{{12}})\.", said.out).groups()
    assert then != now
    assert plan(tree, "staging", "--write").code == 0
    assert check(tree, "staging").code == 0


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (SERVING, "title: Invoice\n", "title: Bill\n"),
        (SERVING, "workers:", "# a comment\nworkers:"),
        ("environments/staging/version.yaml", "tag: 0.1.0", "tag: 0.2.0"),
        ("environments/staging/scale.yaml", "jobsPerReplica: 10", "jobsPerReplica: 11"),
    ],
)
def test_what_placement_does_not_depend_on_leaves_the_lock_as_it_is(tree: Path, file: str, old: str, new: str) -> None:
    edit(tree / file, old, new)
    assert check(tree, "staging").code == 0


@pytest.mark.parametrize(
    ("file", "old", "new", "name"),
    [
        ("environments/clusters/staging-aks-weu.yaml", "max: 4}", "max: 3}", "gpuPools/t4"),
        ("environments/models/qwen3-8b-awq.yaml", "quantization: awq", "quantization: gptq", "models/qwen3-8b-awq"),
        ("environments/staging/scale.yaml", "max: 4", "max: 3", "workers/extract"),
        ("environments/staging/version.yaml", "engineVersion: 0.25.1", "engineVersion: 0.25.0", "images/engineVersion"),
    ],
)
def test_every_file_that_placement_depends_on_makes_it_stale(tree: Path, file: str, old: str, new: str, name: str) -> None:
    edit(tree / file, old, new)
    assert re.search(rf"LL502 .*{name} was ", check(tree, "staging").out)


def test_a_stale_lock_of_a_worker_that_is_gone_is_stale_and_nothing_else(tree: Path) -> None:
    """Merged, it would bring half a worker: the schema's words would say nothing of why."""
    for file in (SERVING, "environments/staging/scale.yaml"):
        edit(tree / file, "  extract:\n", "  renamed:\n")
    edit(tree / SERVING, "worker: extract", "worker: renamed")
    said = check(tree, "staging")
    assert codes(said) == {"LL502"}
    assert "workers/extract was" in said.out
    assert "workers/renamed was not there and is" in said.out


@pytest.mark.parametrize(
    ("old", "new"),
    [("memoryFraction: 0.", "memoryFraction: 0.1"), ("pools: [t4]", "pools: [t4] # mine"), ("weights ", "weights 9")],
)
def test_a_line_that_was_edited_is_found(tree: Path, old: str, new: str) -> None:
    line = replace_line(tree / LOCK, old, new)
    said = check(tree, "staging")
    assert "LL503" in codes(said)
    assert f"{LOCK}:{line}: LL503 it says " in said.out


def test_a_line_more_or_less_is_found(tree: Path) -> None:
    for change in (lambda text: text + "# mine\n", lambda text: text[: text.rindex("        memory")]):
        (tree / LOCK).write_text(change((ROOT / LOCK).read_text()))
        assert "LL503" in codes(check(tree, "staging"))


# The memory in a check's reports


def test_a_check_reports_the_memory_of_every_engine_on_every_card(tree: Path) -> None:
    memory = json.loads(check(tree, "--format", "json").out)["memory"]
    assert memory["dev"] == []
    assert [(row["worker"], row["pool"]) for row in memory["prod"]] == [
        ("extract", "rack-l40s"),
        ("piles", "rack-l40s"),
        ("piles", "a100-spot"),
    ]
    (row,) = memory["staging"]
    assert row["verdict"] == "fits"
    assert row["marginBytes"] == row["limitBytes"] - sum(row["parts"].values()) > 0


def test_a_comment_shows_by_how_much_an_engine_does_not_fit(tree: Path) -> None:
    (tree / LOCK).unlink()
    replace_line(tree / SERVING, "concurrency: 4", "concurrency: 12\n        memoryFraction: 0.9")
    row = next(line for line in check(tree, "staging", "--format", "markdown").out.splitlines() if "| t4 | t4 |" in line)
    assert row.startswith("| ❌ | extract | qwen3-8b-awq | t4 | t4 |")
    needs, limit, margin = (float(part) for part in row.split("|")[6:9])
    assert margin == pytest.approx(limit - needs, abs=0.11)
    assert margin < 0


@settings(max_examples=60)
@given(
    st.binary(max_size=120) | st.text(alphabet="#:{}[]-, \nworkers0.9", max_size=80).map(lambda text: _with_head(text).encode())
)
def test_whatever_a_lock_holds_the_answer_is_findings_and_a_new_lock_makes_it_right(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = copied_tree(Path(folder))
        (tree / LOCK).write_bytes(content)
        said = check(tree, "staging")
        assert (said.code, said.err) == (1, "")
        assert codes(said) <= {"LL101", "LL501", "LL502", "LL503", "LL601", "LL602", "LL603", "LL604"}
        assert plan(tree, "staging", "--write").code == 0
        assert (tree / LOCK).read_bytes() == (ROOT / LOCK).read_bytes()


def _with_head(text: str) -> str:
    """A lock whose digests hold, and whose rest is anything."""
    head = [line for line in (ROOT / LOCK).read_text().splitlines() if line.startswith("#")]
    return "\n".join([*head, text])
