"""`lamplighter check` in every form: the same findings, each as its reader takes it, whatever the files say."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter.findings import Finding, Place, Severity
from lamplighter.load.sources import source_of
from lamplighter.report.annotations import annotations_report
from lamplighter.report.judged import Judged, JudgedEnvironment
from lamplighter.report.markdown import MOST_CHARACTERS, markdown_report
from lamplighter.report.sarif import sarif_report
from lamplighter.report.screen import Screen
from lamplighter.report.text import text_report
from plugins.tree import ROOT, check, copied_tree, replace_line

FILE = "environments/dev/serving.yaml"
TITLES = {"LL601": "a key that nobody knows", "LL602": "a value of the wrong kind"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """dev with a misspelt key and a value of the wrong kind."""
    tree = copied_tree(tmp_path)
    replace_line(tree / FILE, "concurrency:", "concurency:")
    replace_line(tree / "environments/dev/scale.yaml", "max: 1", "max: many")
    return tree


def finding(sentence: str = "it is wrong", *, path: str = "a.b", line: int = 2, file: str = "v.yaml", **more: Any) -> Finding:
    place = Place(file=file, line=line)
    return Finding(
        **{"code": "LL602", "severity": Severity.ERROR, "change": "Change it.", **more},
        place=place,
        path=path,
        sentence=sentence,
    )


def judged(*findings: Finding, content: bytes = b"a:\n  b: many\n") -> Judged:
    return Judged(
        environments=(JudgedEnvironment(name="dev", findings=findings),), sources={"v.yaml": source_of(content)}, titles=TITLES
    )


# Text


def test_a_misspelt_key_is_shown_with_its_line_and_a_caret_under_it(tree: Path) -> None:
    lines = check(tree, "dev").out.splitlines()
    place = next(number for number, line in enumerate(lines) if "LL601" in line)
    assert lines[place].startswith(f"{FILE}:10: LL601 workers.extract.models.smollm2-135m-instruct.concurency is not known.")
    assert lines[place + 1 : place + 3] == ["   10 |         concurency: 2", "      |         ^^^^^^^^^^"]


def test_a_wrong_value_has_the_caret_under_the_value(tree: Path) -> None:
    lines = check(tree, "dev").out.splitlines()
    assert lines[1:3] == ["    7 |       max: many", "      |            ^^^^"]


def test_piped_text_has_no_colour_and_is_not_wrapped(tree: Path) -> None:
    out = check(tree, "dev").out
    assert "\x1b" not in out
    assert sum("LL60" in line for line in out.splitlines()) == 3


def test_a_terminal_gets_colours_and_no_line_beyond_its_width() -> None:
    text = text_report(judged(finding("it is wrong " * 20)), Screen(width=60, colour=True))
    assert "\x1b[1;31mLL602\x1b[0m" in text
    plain = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert max(map(len, plain.splitlines())) <= 60


def test_a_line_longer_than_the_terminal_is_cut_around_the_value() -> None:
    content = b"a: {x: '" + b"y" * 300 + b"', b: many}\n"
    text = text_report(judged(finding(line=1), content=content), Screen(width=80))
    shown, caret = text.splitlines()[1:3]
    assert "b: many" in shown
    assert shown[caret.index("^") : caret.rindex("^") + 1] == "many"


def test_a_caret_stands_under_wide_signs() -> None:
    """A terminal gives each of the four signs of the key two cells."""
    shown, caret = text_report(judged(finding(path="請求書類", line=1), content="請求書類: 0\n".encode())).splitlines()[1:3]
    assert shown == "    1 | 請求書類: 0"
    assert caret == "      | " + " " * 10 + "^"


def test_a_file_that_is_not_yaml_shows_its_line_without_a_caret() -> None:
    text = text_report(judged(finding(path="", line=1), content=b"a: [\x00\n"))
    assert text.splitlines()[1] == "    1 | a: [\\x00"
    assert "^" not in text


@given(st.binary(max_size=80), st.integers(1, 6), st.sampled_from(["a", "a.b", "", "x[0]"]))
def test_whatever_a_file_holds_the_terminal_gets_printable_lines(content: bytes, line: int, path: str) -> None:
    for screen in (Screen(), Screen(width=40)):
        text = text_report(judged(finding(line=line, path=path), content=content), screen)
        assert all(part.isprintable() for part in text.split("\n"))


# Markdown


def test_a_comment_begins_with_the_verdict_and_has_a_table_for_each_environment(tree: Path) -> None:
    lines = check(tree, "dev", "--format", "markdown").out.splitlines()
    assert lines[0] == "<!-- lamplighter check -->"
    assert lines[2] == "## ❌ lamplighter: this change cannot work yet, 3 to change"
    assert lines[4] == "**dev** 3 to change, 0 to know"
    assert "### dev" in lines
    row = next(line for line in lines if "LL601" in line)
    assert row.startswith(f"| ❌ LL601 | `{FILE}:10` | workers.extract.models.smollm2-135m-instruct.concurency is not known |")


def test_a_clean_comment_says_so_in_its_headline() -> None:
    assert "## ✅ lamplighter: this change can work" in check(ROOT, "dev", "--format", "markdown").out


def test_a_warning_alone_lets_the_change_work() -> None:
    text = markdown_report(judged(finding(severity=Severity.WARNING)))
    assert "## ⚠️ lamplighter: this change can work, 1 to know" in text


@given(st.text(max_size=60))
def test_nothing_of_a_file_becomes_markdown_html_or_a_mention(hostile: str) -> None:
    row = markdown_report(judged(finding(hostile))).splitlines()[-1]
    # Four cells: no bar of the file's own ends one. But for what is escaped, nothing is left for Markdown or HTML.
    bare = re.sub(r"\\.", " ", row)
    assert bare.count("|") == 5
    assert not re.search(r"[<>\[\]*_~]|@\w", bare.split("|")[3])


def test_a_comment_stays_below_what_github_takes_and_counts_what_it_left_out() -> None:
    text = markdown_report(judged(*(finding("x" * 400, line=number, path=f"a[{number}]") for number in range(2, 400))))
    assert len(text) <= MOST_CHARACTERS + 200
    shown = text.count("❌ LL602")
    assert f"{398 - shown} more findings do not fit into a comment" in text


# SARIF


def test_sarif_has_what_the_standard_and_code_scanning_ask_for(tree: Path) -> None:
    """Each name from OASIS SARIF 2.1.0: sections 3.13 (log), 3.14 (run), 3.19 (driver), 3.27 (result), 3.28, 3.30 (region)."""
    log = json.loads(check(tree, "dev", "--format", "sarif").out)
    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["LL601", "LL602"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == "error"
        assert result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert not place["artifactLocation"]["uri"].startswith(("/", ".", "file:"))
        assert (tree / place["artifactLocation"]["uri"]).is_file()
        assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
        assert place["region"]["startLine"] >= 1
        assert len(result["partialFingerprints"]["lamplighter/v1"]) == 32


def test_a_rule_of_sarif_brings_its_page(tree: Path) -> None:
    (run,) = json.loads(check(tree, "dev", "--format", "sarif").out)["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        assert rule["help"]["markdown"].startswith(f"# {rule['id']} ")


def test_a_fault_that_moves_by_a_line_keeps_its_fingerprint_and_two_faults_have_two() -> None:
    def prints(*findings: Finding) -> list[str]:
        (run,) = json.loads(sarif_report(judged(*findings), {}))["runs"]
        return [result["partialFingerprints"]["lamplighter/v1"] for result in run["results"]]

    assert prints(finding(line=2)) == prints(finding("it is 3 and not 4", line=40))
    assert len(set(prints(finding(path="a"), finding(path="b"), finding(path="b", line=3)))) == 3


def test_a_file_name_is_a_uri() -> None:
    (run,) = json.loads(sarif_report(judged(finding(file="my values#1.yaml")), {}))["runs"]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "my%20values%231.yaml"


# GitHub's annotations


def test_an_annotation_stands_at_the_value(tree: Path) -> None:
    lines = check(tree, "dev", "--format", "github").out.splitlines()
    assert lines[0].startswith("::error file=environments/dev/scale.yaml,line=7,col=12,endColumn=15,title=LL602 ")
    assert lines[0].endswith('::workers.extract.scale.max is "many", which is not a whole number. Write a whole number.')
    assert lines[-1] == "::notice title=lamplighter::dev: 3 to change, 0 to know"


@given(st.text(max_size=40), st.text(max_size=20))
def test_nothing_of_a_file_becomes_a_workflow_command(sentence: str, name: str) -> None:
    report = annotations_report(judged(finding(sentence, file=name)))
    lines = re.split(r"\r\n|[\r\n]", report)
    assert len(lines) == 2
    properties, message = lines[0].removeprefix("::error ").split("::", 1)
    assert properties.count(",") == 2
    # Back as GitHub unescapes it (@actions/core, in the reverse order).
    assert message.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%") == f"{sentence}. Change it."


# JSON


def test_json_keeps_its_keys(tree: Path) -> None:
    report = json.loads(check(tree, "dev", "--format", "json").out)
    assert {"judged", "findings"} <= set(report)
    for entry in report["findings"]:
        assert {"code", "severity", "file", "line", "path", "sentence", "change"} <= set(entry)


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif", "github"])
def test_every_form_has_the_same_exit_code_and_names_every_code(tree: Path, form: str) -> None:
    said = check(tree, "dev", "--format", form)
    assert (said.code, said.err) == (1, "")
    assert {"LL601", "LL602"} <= set(re.findall(r"LL\d{3}", said.out))
    assert check(ROOT, "dev", "--format", form).code == 0
