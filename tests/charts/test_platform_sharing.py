"""The platform chart's own part: settings of shared GPU pools, one driver a node, presets that go together."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from charts.render import PLATFORM, ROOT, render
from charts.standins import with_standins
from lamplighter.findings import Places
from lamplighter.load.overrides import declared_values
from lamplighter.load.yamlfile import parse_yaml
from lamplighter.rules.overrides import check_overrides

POOL = {"chip": "t4", "gpusPerNode": 1, "nodes": {"min": 0, "max": 1}}
PRESETS = sorted((PLATFORM / "presets").glob("*.yaml"))


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_standins(tmp_path_factory.mktemp("platform"))


def pool(**sharing: Any) -> dict[str, Any]:
    return {"gpuPools": {"pool": {**POOL, "sharing": sharing}}}


def test_the_device_plugin_gets_an_entry_for_each_pool_that_shares(chart: Path) -> None:
    data = render(chart, PLATFORM / "ci" / "shared-gpu-values.yaml").one("ConfigMap", "lamplighter-device-plugin")["data"]
    # k8s-device-plugin, README, "Shared access to GPUs": version v1, sharing.timeSlicing or sharing.mps with resources.
    assert {name: yaml.safe_load(text) for name, text in data.items()} == {
        "whole": {"version": "v1"},
        "turns": {
            "version": "v1",
            "sharing": {"timeSlicing": {"resources": [{"name": "nvidia.com/gpu", "replicas": 4}]}},
        },
        "limits": {"version": "v1", "sharing": {"mps": {"resources": [{"name": "nvidia.com/gpu", "replicas": 2}]}}},
    }


def test_mig_manager_gets_the_layout_of_each_pool_that_is_cut(chart: Path) -> None:
    data = render(chart, PLATFORM / "ci" / "shared-gpu-values.yaml").one("ConfigMap", "lamplighter-mig-parted")["data"]
    # mig-parted, README, "Configuration": mig-configs, each a list of devices.
    assert yaml.safe_load(data["config.yaml"]) == {
        "version": "v1",
        "mig-configs": {
            "all-disabled": [{"devices": "all", "mig-enabled": False}],
            "cut": [{"devices": "all", "mig-enabled": True, "mig-devices": {"1g.10gb": 4, "3g.40gb": 1}}],
        },
    }


def test_pools_that_share_nothing_need_no_settings(chart: Path) -> None:
    rendered = render(chart, over={"gpuPools": {"pool": POOL}})
    settings = {thing["metadata"]["name"] for thing in rendered.objects if thing["kind"] == "ConfigMap"}
    assert settings == {"gpu-operator", "keda", "kube-prometheus-stack"}


@pytest.mark.parametrize(
    ("over", "message"),
    [
        (
            {"platform": "aks"},
            'platform is "aks", whose node images bring a GPU driver, but gpu-operator.driver.enabled is true',
        ),
        (
            {**pool(mode="timeSlicing", replicas=2), "gpu-operator": {"enabled": False}},
            "gpuPools pool share their GPUs, which gpu-operator sets up, but gpu-operator.enabled is false",
        ),
        (pool(mode="mps", replicas=2), 'gpu-operator.devicePlugin.config.name is "", not "lamplighter-device-plugin"'),
        (pool(mode="mig", layout={"1g.10gb": 7}), 'gpu-operator.migManager.config.name is "", not "lamplighter-mig-parted"'),
    ],
)
def test_what_does_not_go_together_is_refused_with_both_sides(chart: Path, over: dict[str, Any], message: str) -> None:
    assert message in render(chart, over=over).error


@pytest.mark.parametrize(
    ("sharing", "message"),
    [
        ({"mode": "timeSlicing"}, 'gpuPools.pool.sharing.mode is "timeSlicing", but replicas is not set'),
        ({"mode": "mig"}, 'gpuPools.pool.sharing.mode is "mig", but layout is not set'),
    ],
)
def test_a_pool_that_says_half_is_refused(chart: Path, sharing: dict[str, Any], message: str) -> None:
    error = render(chart, PLATFORM / "presets" / "shared-gpus.yaml", over=pool(**sharing)).error
    assert message in error


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_every_preset_renders_and_says_only_what_the_operator_declares(chart: Path, preset: Path) -> None:
    assert render(chart, preset).objects
    parsed = parse_yaml(preset.read_bytes())
    assert list(check_overrides(parsed.data, declared_values, Places([(preset.name, parsed.lines)]))) == []


@pytest.mark.parametrize("cloud", ["aks", "eks", "gke"])
def test_a_clouds_preset_leaves_the_driver_to_the_cloud(cloud: str) -> None:
    preset = yaml.safe_load((PLATFORM / "presets" / f"{cloud}.yaml").read_text())
    assert preset["platform"] == cloud
    assert preset["gpu-operator"]["driver"] == {"enabled": False}


@pytest.mark.parametrize("cluster", sorted((ROOT / "environments" / "clusters").glob("*.yaml")), ids=lambda path: path.stem)
def test_both_charts_take_the_same_cluster_file(chart: Path, cluster: Path) -> None:
    assert render(chart, cluster).objects
