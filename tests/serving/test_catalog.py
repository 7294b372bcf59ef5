"""The catalog file is checked whole before anything starts."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from lamplighter_serving.catalog import DEFAULT_CATALOG, load_catalog, parse_catalog
from lamplighter_serving.errors import SettingsError


@pytest.fixture
def raw() -> dict[str, Any]:
    catalog: dict[str, Any] = json.loads(DEFAULT_CATALOG.read_text(encoding="utf-8"))
    return catalog


def test_the_catalog_of_the_package_is_valid() -> None:
    catalog = load_catalog(None)
    assert catalog.extractors["invoice"].worker == catalog.default_worker


def test_an_unknown_key_is_refused_at_every_level(raw: dict[str, Any]) -> None:
    def mappings(value: dict[str, Any]) -> list[dict[str, Any]]:
        return [value, value["workers"]["extract"], value["workers"]["extract"]["scale"], value["extractors"]["invoice"]]

    for level in range(len(mappings(raw))):
        broken = copy.deepcopy(raw)
        mappings(broken)[level]["cooldownSecond"] = 1
        with pytest.raises(SettingsError, match="unknown keys: cooldownSecond"):
            parse_catalog(broken, "catalog")


def test_an_extractor_of_an_unknown_worker_names_both_sides(raw: dict[str, Any]) -> None:
    raw["extractors"]["invoice"]["worker"] = "extrakt"
    with pytest.raises(SettingsError, match="'extrakt', but workers has only: extract"):
        parse_catalog(raw, "catalog")


@pytest.mark.parametrize("value", [0, -1, "4", True, None, [4]])
def test_a_number_out_of_range_or_of_another_type_is_refused(raw: dict[str, Any], value: object) -> None:
    raw["workers"]["extract"]["concurrency"] = value
    with pytest.raises(SettingsError, match="concurrency"):
        parse_catalog(raw, "catalog")


def test_a_file_that_is_not_json_says_where(tmp_path: Path) -> None:
    file = tmp_path / "catalog.json"
    file.write_text("{workers: }")
    with pytest.raises(SettingsError, match=r"catalog\.json is not JSON"):
        load_catalog(file)


def test_no_workers_means_no_jobs_could_be_taken(raw: dict[str, Any]) -> None:
    raw["workers"] = {}
    with pytest.raises(SettingsError, match="workers is empty"):
        parse_catalog(raw, "catalog")
