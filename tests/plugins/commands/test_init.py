"""`lamplighter init`: what it writes checks clean and renders, and it writes nothing that does not."""

import json
from pathlib import Path

import pytest
import yaml

from charts.render import SERVING, render
from plugins.tree import Said, check, copied_tree, lamplighter


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copied_tree(tmp_path)


def init(tree: Path, *arguments: str) -> Said:
    return lamplighter("init", *arguments, "--root", str(tree))


def names(tree: Path) -> list[str]:
    return sorted(path.relative_to(tree).as_posix() for path in (tree / "environments").rglob("*"))


def test_an_environment_on_cpu_checks_clean_and_renders(tree: Path) -> None:
    said = init(tree, "try", "--cluster", "dev-kind")
    assert (said.code, said.err) == (0, "")
    assert check(tree, "try").out == "try: clean\n"
    listed = json.loads(lamplighter("values", "try", "--root", str(tree), "--format", "json").out)
    kinds = {thing["kind"] for thing in render(SERVING, *map(Path, listed["valuesFiles"])).objects}
    assert {"Deployment", "ScaledObject"} <= kinds


def test_a_new_cluster_gets_a_pool_and_the_largest_context_and_concurrency_that_fit(tree: Path) -> None:
    said = init(tree, "trial", "--cluster", "trial-aks", "--gpu", "t4", "--model", "qwen3-8b-awq")
    assert said.code == 0
    assert "environments/clusters/trial-aks.yaml" in said.out.splitlines()
    assert "trial: clean" in check(tree, "trial").out
    worker = yaml.safe_load((tree / "environments/trial/serving.yaml").read_text())["workers"]["extract"]
    settings = worker["models"]["qwen3-8b-awq"]
    # By hand: weights 5.7 GiB, KV 147 456 B a token: 8 of 8192 tokens are 9.0 GiB, 4 are 4.5; a T4 gives 0.9 of 14.8 = 13.3.
    assert (settings["contextTokens"], settings["concurrency"], worker["pools"]) == (8192, 4, ["t4"])


def test_a_model_that_fits_no_setting_is_refused_with_the_reason_and_nothing_is_written(tree: Path) -> None:
    model = tree / "environments/models/qwen3-8b-awq.yaml"
    model.write_text(model.read_text().replace("weightsBytes: 6098479104", "weightsBytes: 60984791040"))
    before = names(tree)
    said = init(tree, "trial", "--cluster", "trial-aks", "--gpu", "t4", "--model", "qwen3-8b-awq")
    assert (said.code, said.out) == (1, "")
    assert "LL101" in said.err
    assert said.err.endswith("lamplighter: trial would not pass its check; nothing was written.\n")
    assert names(tree) == before


def test_an_environment_or_a_folder_that_is_there_is_not_touched(tree: Path) -> None:
    before = names(tree)
    assert "environments/dev is there already" in init(tree, "dev", "--cluster", "dev-kind").err
    assert init(tree, "models", "--cluster", "dev-kind").code == 2
    assert names(tree) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("../x", "--cluster", "dev-kind"), 'name is "../x"'),
        (("Prod", "--cluster", "dev-kind"), 'name is "Prod"'),
        (("try", "--cluster", "../../etc"), 'cluster is "../../etc"'),
        (("try", "--cluster", "new", "--gpu", "t5"), "The chip 't5' is not in the GPU table"),
        (("try", "--cluster", "dev-kind", "--gpu", "t4"), "has no pool of t4"),
        (("try", "--cluster", "dev-kind", "--model", "none"), "There is no model 'none'"),
        (("try", "--cluster", "dev-kind", "--model", "qwen3-8b-awq"), "does not run on CPU here"),
        (("a\nb", "--cluster", "dev-kind"), "name is"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_writes_nothing(tree: Path, arguments: tuple[str, ...], sentence: str) -> None:
    before = names(tree)
    said = init(tree, *arguments)
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert names(tree) == before


def test_a_broken_cluster_file_is_a_finding_and_nothing_is_written(tree: Path) -> None:
    (tree / "environments/clusters/dev-kind.yaml").write_bytes(b"\xff")
    before = names(tree)
    said = init(tree, "try", "--cluster", "dev-kind")
    assert (said.code, said.out) == (1, "")
    assert "environments/clusters/dev-kind.yaml:1: LL604" in said.err
    assert names(tree) == before


def test_a_folder_without_environments_is_one_sentence(tmp_path: Path) -> None:
    said = init(tmp_path, "try", "--cluster", "a")
    assert (said.code, said.out) == (2, "")
    assert "has no folder environments/" in said.err


def test_json_lists_the_files(tree: Path) -> None:
    said = json.loads(init(tree, "try", "--cluster", "dev-kind", "--format", "json").out)
    assert said["environment"] == "try"
    assert all((tree / file).is_file() for file in said["files"])
