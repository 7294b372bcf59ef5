"""Settings are read from a mapping that stands for the environment."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.errors import SettingsError
from lamplighter_serving.settings import (
    RayGroup,
    parse_duration,
    read_engine_api_key,
    read_follower_settings,
    read_gateway_settings,
    read_worker_settings,
)

GATEWAY = {"DATABASE_URL": "postgresql://db/lamplighter"}
WORKER = GATEWAY | {"LAMPLIGHTER_WORKER": "extract"}


def test_gateway_listens_on_loopback_with_keys_on_unless_told_otherwise() -> None:
    settings = read_gateway_settings(GATEWAY)
    assert (settings.host, settings.scaler_host, settings.authentication) == ("127.0.0.1", "127.0.0.1", True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LAMPLIGHTER_PORT", "http"),
        ("LAMPLIGHTER_PORT", "65536"),
        ("LAMPLIGHTER_MAX_DOCUMENT_BYTES", "0"),
        ("LAMPLIGHTER_MAX_DOCUMENT_BYTES", "1.5"),
        ("LAMPLIGHTER_AUTHENTICATION", "maybe"),
        ("LAMPLIGHTER_DOCUMENTS_KEPT", "7 weeks"),
        ("LAMPLIGHTER_JOBS_KEPT", "0d"),
    ],
)
def test_a_value_that_cannot_work_is_refused_with_the_variables_name_and_a_way_out(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        read_gateway_settings(GATEWAY | {name: value})
    assert name in refusal.value.sentence
    assert value in refusal.value.sentence
    assert f"Set {name} to" in refusal.value.hint


def test_a_missing_database_is_named() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL is not set"):
        read_gateway_settings({})


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_gateway_settings(GATEWAY | {"LAMPLIGHTER_PORT": " "}).port == 8080


def test_a_heartbeat_that_would_lose_leases_is_refused() -> None:
    with pytest.raises(SettingsError, match="more than half"):
        read_worker_settings(WORKER | {"LAMPLIGHTER_LEASE": "10s", "LAMPLIGHTER_HEARTBEAT": "6s"})


def test_a_worker_must_know_its_class() -> None:
    with pytest.raises(SettingsError, match="LAMPLIGHTER_WORKER is not set"):
        read_worker_settings(GATEWAY)


GROUP = {"LAMPLIGHTER_RAY_HOST": "10.0.0.7", "LAMPLIGHTER_RAY_TOKEN_FILE": "/run/ray/token"}


def test_a_worker_is_alone_unless_told_that_it_heads_a_group() -> None:
    assert read_worker_settings(WORKER).group is None
    group = RayGroup(nodes=2, host="10.0.0.7", port=6379, token_path=Path("/run/ray/token"))
    assert read_worker_settings(WORKER | GROUP | {"LAMPLIGHTER_RAY_NODES": "2"}).group == group


@pytest.mark.parametrize("name", sorted(GROUP))
def test_a_group_without_an_address_or_a_token_is_refused(name: str) -> None:
    environment = WORKER | GROUP | {"LAMPLIGHTER_RAY_NODES": "2"}
    del environment[name]
    with pytest.raises(SettingsError, match=f"{name} is not set"):
        read_worker_settings(environment)


@pytest.mark.parametrize(("head", "address"), [("pool-0.pool", "pool-0.pool:6379"), ("10.0.0.7:7000", "10.0.0.7:7000")])
def test_a_follower_finds_its_head_on_rays_own_port_unless_told_another(head: str, address: str) -> None:
    settings = read_follower_settings(GROUP | {"LAMPLIGHTER_RAY_HEAD": head, "LAMPLIGHTER_GPUS": "4"})
    assert (settings.head, settings.gpus) == (address, 4)


@pytest.mark.parametrize(("text", "key"), [("", None), (" \n", None), ("key-1\n", "key-1")])
def test_the_key_of_an_engine_is_one_line_without_its_end(text: str, key: str | None) -> None:
    assert read_engine_api_key({"LAMPLIGHTER_ENGINE_API_KEY": text}) == key


@pytest.mark.parametrize("text", ["klíč", "key\r\nX-Other: 1"])
def test_a_key_that_would_break_a_header_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(SettingsError, match="LAMPLIGHTER_ENGINE_API_KEY") as refusal:
        read_engine_api_key({"LAMPLIGHTER_ENGINE_API_KEY": text})
    assert text not in f"{refusal.value} {refusal.value.hint}"


@pytest.mark.parametrize(("text", "seconds"), [("500ms", 0.5), ("30s", 30), ("5m", 300), ("12h", 43200), ("7d", 604800)])
def test_durations_are_read_in_their_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@given(st.text())
def test_any_text_is_a_positive_duration_or_a_value_error(text: str) -> None:
    try:
        duration = parse_duration(text)
    except ValueError:
        return
    assert duration > timedelta(0)
