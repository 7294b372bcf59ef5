"""One runbook an alert, of the same name, for whoever is woken by it."""

import re

import pytest

from charts.monitoring.monitored import ALERTS, RUNBOOKS

NAMES = sorted(path.stem for path in ALERTS.glob("*.yaml"))


def test_alerts_and_runbooks_have_the_same_names() -> None:
    assert sorted(path.stem for path in RUNBOOKS.glob("*.md") if path.stem != "README") == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_runbook_says_what_it_means_where_to_look_and_what_puts_it_right(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text()
    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^## (.*)", text, flags=re.MULTILINE) == ["What it means", "First look", "Fix"]
    meaning, look, fix = re.split(r"^## .*\n", text, flags=re.MULTILINE)[1:]
    assert len(meaning.split()) > 10
    assert re.search(r"```sh\n(.*\n)*?kubectl ", look), "a command that can be pasted"
    assert len(fix.split()) > 15


@pytest.mark.parametrize("name", NAMES)
def test_links_between_runbooks_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)]*)\)", (RUNBOOKS / f"{name}.md").read_text()):
        assert (RUNBOOKS / target).is_file(), f"{name} links to {target}"


def test_values_that_runbooks_name_exist() -> None:
    schema = (RUNBOOKS.parent / "values.schema.json").read_text()
    for path in RUNBOOKS.glob("*.md"):
        for value in re.findall(
            r"`((?:gateway|scale|monitoring|database|access|images|resources)\.[\w.]+)[`:]", path.read_text()
        ):
            assert f'"{value.rpartition(".")[2]}"' in schema, f"{path.name} names {value}"


def test_alerts_named_as_silent_without_an_exporter_are_those_that_need_it() -> None:
    needs = {"kube-state-metrics": r"\bkube_|node_idle", "KEDA": r"scaler_errors|scaledobject_paused"}
    text = (RUNBOOKS / "LamplighterExporterMissing.md").read_text()
    for exporter, metric in needs.items():
        (row,) = re.findall(rf"^\| {exporter} \| (.*) \|$", text, flags=re.MULTILINE)
        using = {
            path.stem.removeprefix("Lamplighter")
            for path in ALERTS.glob("*.yaml")
            if re.search(metric, path.read_text().partition("annotations:")[0])
        }
        assert set(row.split(", ")) == using - {"ExporterMissing"}
