"""The environment dev checks clean, and mistakes in it are refused with their file, line and way out."""

import json
from pathlib import Path

import pytest

from charts.render import DEV_FILES, SERVING, render
from plugins.tree import ROOT, check, copied_tree, lamplighter, replace_line

GPU_POOL = "gpuPools:\n  t4: {chip: t4, gpusPerNode: 1, nodes: {min: 0, max: 2}}\n"

GPU_WORKER = """\
workers:
  extract:
    topology: pod
    gpusPerReplica: 1
    pools: [t4]
    models:
      qwen3-8b-awq:
        engine: vllm
        contextTokens: 8192
        concurrency: 8
        memoryFraction: 0.9
    modelCache: {mode: pvc, claimName: models}
    resources: {requests: {cpu: "2", memory: 8Gi}}
database: {existingSecret: lamplighter-database}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copied_tree(tmp_path)


def test_dev_checks_clean() -> None:
    said = check(ROOT, "dev")
    assert (said.code, said.out, said.err) == (0, "dev: clean\n", "")


def test_dev_renders() -> None:
    kinds = sorted(thing["kind"] for thing in render(SERVING, *DEV_FILES).objects)
    assert kinds == sorted(
        ["ConfigMap", "Deployment", "Deployment", "Job", "Job", "Pod", "ScaledObject"]
        + ["Service"] * 2
        + ["NetworkPolicy"] * 2
        + ["ServiceAccount"] * 2
    )


def test_a_typo_is_refused_with_file_line_and_the_key_that_was_meant(tree: Path) -> None:
    line = replace_line(tree / "environments/dev/serving.yaml", "concurrency:", "concurency:")
    said = check(tree, "dev")
    assert said.code == 1
    place = f"environments/dev/serving.yaml:{line}: LL601"
    assert (
        f"{place} workers.extract.models.smollm2-135m-instruct.concurency is not known. Did you mean concurrency?" in said.out
    )


def test_a_model_too_big_for_its_card_is_refused_with_both_numbers_and_the_way_out(tree: Path) -> None:
    (tree / "environments/clusters/dev-kind.yaml").write_text(GPU_POOL)
    (tree / "environments/dev/serving.yaml").write_text(GPU_WORKER)
    said = check(tree, "dev")
    assert said.code == 1
    first = said.out.splitlines()[0]
    # By hand: weights 6 098 479 104 B = 5.7 GiB; KV 2·36·8·128·2 = 147 456 B a token, ·8192·8 = 9.0 GiB; activation
    # 2048·(3·12288 + 4·4096)·2 = 218 103 808 B = 0.2; a T4 has 15 109 MiB, of which
    # the driver keeps 480: 14.3 GiB, of which 0.9 are 12.9.
    assert first.startswith("environments/dev/serving.yaml:9: LL101 qwen3-8b-awq needs 15.1 GiB on a t4 of pool t4")
    assert "12.9 GiB (0.9 of 14.3)" in first
    assert "weights 5.7, KV cache 9.0, activation 0.2" in first
    assert first.endswith("Lower contextTokens to 5632, or lower concurrency to 5.")


def test_the_way_out_that_it_names_is_one(tree: Path) -> None:
    (tree / "environments/clusters/dev-kind.yaml").write_text(GPU_POOL)
    for old, new in (("contextTokens: 8192", "contextTokens: 5968"), ("concurrency: 8", "concurrency: 5")):
        (tree / "environments/dev/serving.yaml").write_text(GPU_WORKER.replace(old, new))
        assert check(tree, "dev").code == 0


def test_json_says_the_same_for_machines(tree: Path) -> None:
    line = replace_line(tree / "environments/dev/scale.yaml", "max: 1", "max: many")
    said = check(tree, "dev", "--format", "json")
    (finding,) = json.loads(said.out)["findings"]
    assert said.code == 1
    assert finding == {
        "code": "LL602",
        "title": "a value of the wrong kind, out of its bounds, or missing",
        "severity": "error",
        "file": "environments/dev/scale.yaml",
        "line": line,
        "column": 12,
        "endColumn": 16,
        "path": "workers.extract.scale.max",
        "sentence": 'workers.extract.scale.max is "many", which is not a whole number',
        "change": "Write a whole number.",
        "environments": ["dev"],
    }


def test_a_key_in_the_wrong_file_is_sent_to_its_own(tree: Path) -> None:
    with (tree / "environments/dev/scale.yaml").open("a") as file:
        file.write("    modelCache: {mode: baked}\nimages: {}\n")
    said = check(tree, "dev")
    assert "scale.yaml:11: LL603 workers.extract.modelCache does not belong in this file. Move it to serving.yaml." in said.out
    assert "scale.yaml:12: LL603 images does not belong in this file. Move it to version.yaml." in said.out


def test_a_missing_file_is_a_finding(tree: Path) -> None:
    (tree / "environments/dev/scale.yaml").unlink()
    said = check(tree, "dev")
    assert said.code == 1
    assert "environments/dev/scale.yaml:1: LL605 the file does not exist." in said.out


@pytest.mark.parametrize("name", [".argocd-source.yaml", ".argocd-source-serving-dev.yaml"])
def test_a_file_that_argo_cd_obeys_before_the_plugin_is_a_finding(tree: Path, name: str) -> None:
    (tree / "environments/dev" / name).write_text("plugin: null\ndirectory: {include: more.yaml}\n")
    said = check(tree, "dev")
    assert said.code == 1
    assert f"environments/dev/{name}:1: LL616 Argo CD would obey this file before it asks the plugin." in said.out


def test_a_second_environment_in_a_cluster_brings_no_operators(tree: Path) -> None:
    (tree / "environments/dev/platform.yaml").unlink()
    assert check(tree, "dev").code == 0


def test_a_cluster_that_does_not_exist_is_a_finding(tree: Path) -> None:
    replace_line(tree / "environments/dev/environment.yaml", "dev-kind", "dev-kint")
    assert "environments/clusters/dev-kint.yaml:1: LL605" in check(tree, "dev").out


def test_platform_values_are_checked_against_the_platform_chart(tree: Path) -> None:
    line = replace_line(tree / "environments/dev/platform.yaml", "kube-prometheus-stack:", "kube-prometheus:")
    said = check(tree, "dev")
    assert said.code == 1
    assert f"environments/dev/platform.yaml:{line}: LL601 kube-prometheus is not known." in said.out


def test_an_environments_name_is_its_folders(tree: Path) -> None:
    replace_line(tree / "environments/dev/environment.yaml", "name: dev", "name: prod")
    assert 'LL602 name is "prod", but the folder is "dev". Set name to dev' in check(tree, "dev").out


@pytest.mark.parametrize("path", ["charts/lamplighter-severing", "../elsewhere", "/etc", "", "3", "[]"])
def test_a_chart_that_is_not_in_the_tree_is_a_finding_at_its_line(tree: Path, path: str) -> None:
    line = replace_line(tree / "environments/dev/version.yaml", "path: charts/lamplighter-serving", f"path: {path}")
    said = check(tree, "dev")
    assert said.code == 1
    assert f"environments/dev/version.yaml:{line}: LL605 chart.path is" in said.out


def test_a_name_with_a_line_break_is_refused_as_helm_refuses_it(tree: Path) -> None:
    replace_line(tree / "environments/dev/serving.yaml", "existingSecret", 'key: "DATABASE_URL\\n"\n  existingSecret')
    assert "LL602 database.key is" in check(tree, "dev").out


def test_an_environment_that_is_not_there_cannot_be_judged() -> None:
    said = check(ROOT, "nowhere")
    assert (said.code, said.out) == (2, "")
    assert "There is no environment nowhere" in said.err
    assert "Environments here: dev, prod, staging." in said.err


def test_a_folder_without_environments_cannot_be_judged(tmp_path: Path) -> None:
    said = lamplighter("check", "--root", str(tmp_path))
    assert said.code == 2
    assert "holds no <name>/environment.yaml" in said.err
