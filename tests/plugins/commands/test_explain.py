"""`lamplighter explain`: each code has its page, and each page says what its code means."""

import json
import re
from importlib import resources

import pytest

from lamplighter.rules.registry import TITLES
from plugins.tree import lamplighter

PAGES = resources.files("lamplighter").joinpath("data", "explain")


@pytest.mark.parametrize("code", sorted(TITLES))
def test_each_code_has_its_page_with_its_title(code: str) -> None:
    said = lamplighter("explain", code)
    assert (said.code, said.err) == (0, "")
    lines = said.out.rstrip().splitlines()
    assert lines[0] == f"# {code} {TITLES[code]}"
    assert 8 <= len(lines) <= 25


def test_no_page_is_left_without_its_code() -> None:
    assert {page.name for page in PAGES.iterdir()} == {f"{code}.md" for code in TITLES}


def test_without_a_code_it_lists_all() -> None:
    assert lamplighter("explain").out.splitlines() == [f"{code}  {TITLES[code]}" for code in sorted(TITLES)]


@pytest.mark.parametrize("spelling", ["LL101", "ll101", "101", " LL101 "])
def test_a_code_may_be_spelt_as_people_type_it(spelling: str) -> None:
    assert lamplighter("explain", spelling).out.startswith("# LL101 ")


def test_a_code_that_does_not_exist_is_told_its_neighbour() -> None:
    said = lamplighter("explain", "LL1O1")
    assert (said.code, said.out) == (2, "")
    assert re.fullmatch(r"lamplighter: There is no code 'LL1O1'\. Did you mean LL\d{3}\?\n", said.err)


@pytest.mark.parametrize("code", ["", "../../cli", "LL101\n", "%s", "\x1b[31m", "x" * 5000, "٣٠١"])
def test_anything_else_is_a_list_a_page_or_one_sentence(code: str) -> None:
    said = lamplighter("explain", code)
    assert said.code in (0, 2)
    assert "\x1b" not in said.err
    assert len(said.err.splitlines()) == (said.code == 2)


def test_json_says_the_same_for_machines() -> None:
    page = json.loads(lamplighter("explain", "LL602", "--format", "json").out)
    assert page["title"] == TITLES["LL602"]
    assert page["page"].rstrip() == lamplighter("explain", "LL602").out.rstrip()
    assert len(json.loads(lamplighter("explain", "--format", "json").out)["codes"]) == len(TITLES)
