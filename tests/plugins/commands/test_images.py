"""`lamplighter images`: every image of an environment, where one value moves them all to another registry."""

import json
from pathlib import Path

import pytest

from charts.render import HELM, SERVING, minimal, render
from lamplighter.load.manifests import image_uses, rendered_objects
from plugins.tree import ROOT, copied_tree, lamplighter


@pytest.fixture(autouse=True)
def helm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_BIN", str(HELM))


def test_it_prints_each_image_once_and_says_which_have_no_digest() -> None:
    said = lamplighter("images", "dev", "--root", str(ROOT))
    assert (said.code, said.out.split()) == (0, ["localhost/lamplighter-gateway:dev", "localhost/lamplighter-worker:dev"])
    assert "localhost/lamplighter-gateway:dev has no digest" in said.err


def test_json_says_who_uses_an_image() -> None:
    said = lamplighter("images", "dev", "--root", str(ROOT), "--format", "json")
    gateway, worker = json.loads(said.out)["images"]
    jobs = ["Job lamplighter-migrate-post", "Job lamplighter-migrate-pre"]
    assert sorted(gateway["usedBy"]) == ["Deployment lamplighter-gateway", *jobs]
    assert worker == {
        "reference": "localhost/lamplighter-worker:dev",
        "pinned": False,
        "usedBy": ["Deployment lamplighter-worker-extract"],
    }


def test_an_environment_that_is_refused_has_no_images(tmp_path: Path) -> None:
    tree = copied_tree(tmp_path)
    (tree / "environments/dev/serving.yaml").write_text("workers: {extract: {topolgy: pod}}\n")
    said = lamplighter("images", "dev", "--root", str(tree))
    assert (said.code, said.out) == (1, "")
    assert "Did you mean topology?" in said.err


@pytest.mark.parametrize("path", sorted((SERVING / "ci").glob("*-values.yaml")), ids=lambda path: path.stem)
def test_one_value_moves_every_image_to_another_registry(path: Path) -> None:
    over = {"images": {"registry": "registry.example/mirror"}}
    moved = [use.reference for use in image_uses(rendered_objects(render(SERVING, path, over=over).text))]
    assert all(reference.startswith("registry.example/mirror/") for reference in moved)
    assert len(moved) == len(image_uses(rendered_objects(render(SERVING, path).text)))


@pytest.mark.parametrize(
    ("repository", "moved"),
    [
        # What Docker takes for a registry: a dot, a port, or localhost before the first slash (distribution/reference).
        ("lamplighter-gateway", "mirror:5000/lamplighter-gateway"),
        ("team/gateway", "mirror:5000/team/gateway"),
        ("ghcr.io/team/gateway", "mirror:5000/team/gateway"),
        ("localhost/gateway", "mirror:5000/gateway"),
        ("registry:5000/a/b/gateway", "mirror:5000/a/b/gateway"),
    ],
)
def test_only_the_registry_is_replaced(repository: str, moved: str) -> None:
    digest = "sha256:" + "a" * 64
    images = {"registry": "mirror:5000", "gateway": {"repository": repository, "digest": digest}}
    (found,) = [
        use
        for use in image_uses(rendered_objects(render(SERVING, over=minimal({"images": images})).text))
        if "Deployment" in use.used_by[0] and "gateway" in use.reference
    ]
    assert (found.reference, found.pinned) == (f"{moved}@{digest}", True)
