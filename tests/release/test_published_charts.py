"""`lamplighter cmp` with charts of a real registry: rendered by digest, and refused with file, line and way out."""

import base64
import concurrent.futures
import io
import json
import re
import socket
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from lamplighter.load.helm import MOST_PULL_SECONDS, Pulled
from lamplighter.load.published import MOST_BYTES
from plugins.tree import ROOT, Said, copied_tree, lamplighter
from release.registry import chart_copy, large_chart, push, registry

PIN = "sha256:" + "0" * 64
IMAGES = f"""\
images:
  gateway: {{repository: registry.example/lamplighter-gateway, digest: {PIN}}}
  worker: {{repository: registry.example/lamplighter-worker, digest: {PIN}}}
"""
VERSION_FILE = "environments/dev/version.yaml"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tree").mkdir()
    return copied_tree(tmp_path / "tree")


def pin(tree: Path, address: str, digest: str, *, folder: str = "charts", version: str = "0.1.0") -> None:
    text = f"chart:\n  repository: oci://{address}/{folder}\n  version: {version}\n  digest: {digest}\n"
    (tree / VERSION_FILE).write_text(text + IMAGES)


def cmp(tree: Path) -> Said:
    return lamplighter("cmp", "generate", "--root", str(tree), "--environment", "dev")


def test_a_published_chart_renders_what_its_folder_renders(tree: Path, tmp_path: Path, address: str) -> None:
    pin(tree, address, push(chart_copy(tmp_path), address, "charts"))
    published = cmp(tree)
    assert (published.code, published.err) == (0, "")
    (tree / VERSION_FILE).write_text("chart: {path: charts/lamplighter-serving}\n" + IMAGES)
    assert cmp(tree).out == published.out


def test_it_is_fetched_once_and_then_needs_no_registry(tree: Path, tmp_path: Path, address: str) -> None:
    pin(tree, address, push(chart_copy(tmp_path), address, "charts"))
    first = cmp(tree)
    text = (tree / VERSION_FILE).read_text()
    (tree / VERSION_FILE).write_text(text.replace(address, "127.0.0.1:1"))
    assert cmp(tree) == first


def test_a_private_registry_is_asked_with_the_credentials_that_helm_has(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with registry(tmp_path, private=True) as address:
        # As `helm registry login` writes it, and as a Secret of type kubernetes.io/dockerconfigjson holds it.
        login = {"auths": {address: {"auth": base64.b64encode(b"somebody:secret").decode()}}}
        (tmp_path / "login.json").write_text(json.dumps(login))
        monkeypatch.setenv("HELM_REGISTRY_CONFIG", str(tmp_path / "login.json"))
        pin(tree, address, push(chart_copy(tmp_path), address, "charts"))
        monkeypatch.delenv("HELM_REGISTRY_CONFIG")
        refused = cmp(tree)
        assert (refused.code, refused.out) == (1, "")
        assert (
            f"lamplighter: {VERSION_FILE}:3: oci://{address}/charts/lamplighter-serving 0.1.0 cannot be fetched" in refused.err
        )
        assert "helm registry login" in refused.err
        monkeypatch.setenv("HELM_REGISTRY_CONFIG", str(tmp_path / "login.json"))
        assert cmp(tree).code == 0


def test_another_digest_is_refused_at_its_line_with_both(tree: Path, tmp_path: Path, address: str) -> None:
    digest = push(chart_copy(tmp_path), address, "charts")
    pin(tree, address, PIN)
    said = cmp(tree)
    assert (said.code, said.out) == (1, "")
    words = f"oci://{address}/charts/lamplighter-serving 0.1.0 is {digest}, not {PIN}"
    assert said.err.startswith(f"{VERSION_FILE}:4: LL504 {words}")
    assert said.err.endswith("Release a new version; one that is out does not change.\n")


def test_a_version_that_is_not_there_is_refused_at_its_line(tree: Path, tmp_path: Path, address: str) -> None:
    pin(tree, address, push(chart_copy(tmp_path), address, "charts"), version="9.9.9")
    said = cmp(tree)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"{VERSION_FILE}:3: LL504 oci://{address}/charts/lamplighter-serving has no version 9.9.9.")


def test_a_registry_that_does_not_answer_is_no_finding_but_says_its_line(tree: Path) -> None:
    pin(tree, "127.0.0.1:1", PIN)
    said = cmp(tree)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"lamplighter: {VERSION_FILE}:3: oci://127.0.0.1:1/charts/lamplighter-serving 0.1.0 cannot be")
    assert "connection refused" in said.err
    assert "helm registry login" in said.err
    assert lamplighter("check", "dev", "--root", str(tree)).code == 2


def test_a_registry_that_says_nothing_is_given_up(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_PULL_SECONDS <= 60  # Argo CD stops a plugin after 90 seconds
    monkeypatch.setattr("lamplighter.load.helm.MOST_PULL_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        pin(tree, f"127.0.0.1:{silent.getsockname()[1]}", PIN)
        said = cmp(tree)
    assert "it did not come within 0.5 seconds" in said.err


def archive(folder: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    file = folder / "made.tgz"
    with tarfile.open(file, "w:gz") as made:
        for member, content in members:
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return file


def plain(name: str) -> tarfile.TarInfo:
    return tarfile.TarInfo(name)


def link(name: str, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


OTHER = b"name: another\nversion: 0.1.0\n"


@pytest.mark.parametrize(
    ("member", "content", "words"),
    [
        (plain("another/Chart.yaml"), OTHER, "holds 'another/Chart.yaml', which is no plain file of lamplighter-serving"),
        (plain("lamplighter-serving/Chart.yaml"), OTHER, "calls itself another 0.1.0"),
        (link("lamplighter-serving/values.yaml", "/etc/passwd"), b"", "which is no plain file"),
        (plain("lamplighter-serving/../../escaped"), b"x", "is no chart"),
        (plain("lamplighter-serving/values.yaml"), b"{}", "is no chart"),
        (plain("lamplighter-serving/Chart.yaml"), b"\0" * (MOST_BYTES + 1), "unpacks to more than"),
    ],
)
def test_an_archive_that_is_no_chart_of_ours_is_refused(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, member: tarfile.TarInfo, content: bytes, words: str
) -> None:
    made = archive(tmp_path, (member, content))
    monkeypatch.setattr("lamplighter.load.published.pull", lambda **_asked: Pulled(file=made, digest=PIN))
    pin(tree, "registry.example", PIN)
    said = cmp(tree)
    assert (said.code, said.out) == (1, "")
    assert f"{VERSION_FILE}:3: LL504" in said.err
    assert words in said.err
    assert not (tmp_path / "lamplighter_cache/escaped").exists()
    assert not list((tmp_path / "lamplighter_cache/charts").iterdir())


def test_a_chart_of_a_hundred_megabytes_is_refused(tree: Path, tmp_path: Path, address: str) -> None:
    pin(tree, address, push(large_chart(tmp_path), address, "large"), folder="large")
    said = cmp(tree)
    assert (said.code, said.out) == (1, "")
    assert re.search(r"version.yaml:3: LL504 .* has \d{8,9} bytes; a chart has at most 8388608", said.err)


def test_a_large_chart_of_the_tree_is_refused(tree: Path) -> None:
    (tree / "charts").unlink()
    (tree / "charts").mkdir()
    for path in (ROOT / "charts").iterdir():
        if path.name != "lamplighter-serving":
            (tree / "charts" / path.name).symlink_to(path)
    chart = chart_copy(tree / "charts")
    with (chart / "noise.bin").open("wb") as file:
        file.truncate(100_000_000)
    assert "charts/lamplighter-serving has 100" in cmp(tree).err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  digest: sha256", "  # sha256", "version.yaml:1: LL505 chart.digest is not set"),
        (
            "chart:\n",
            "chart:\n  path: charts/lamplighter-serving\n",
            "version.yaml:2: LL505 chart names a folder",
        ),
        ("oci://", "https://", "version.yaml:2: LL505 chart.repository is 'https://"),
        ("version: 0.1.0", 'version: "0.1.0 --post-renderer=/bin/sh"', "version.yaml:3: LL505 chart.version is '0.1.0 --post"),
        ("version: 0.1.0", 'version: "$(rm -rf /)"', "version.yaml:3: LL505 chart.version is '$(rm -rf /)'"),
        ("version: 0.1.0", 'version: ">=0.1.0"', "version.yaml:3: LL505 chart.version is '>=0.1.0'"),
    ],
)
def test_a_name_that_helm_could_take_for_something_else_never_reaches_it(tree: Path, old: str, new: str, words: str) -> None:
    pin(tree, "registry.example", PIN)
    text = (tree / VERSION_FILE).read_text()
    (tree / VERSION_FILE).write_text(text.replace(old, new, 1))
    said = cmp(tree)
    assert (said.code, said.out) == (1, "")
    assert words in said.err


def test_many_at_once_share_one_cache(tree: Path, tmp_path: Path, address: str) -> None:
    pin(tree, address, push(chart_copy(tmp_path), address, "charts"))
    command = [sys.executable, "-m", "lamplighter", "cmp", "generate", "--root", str(tree), "--environment", "dev"]

    def one(_number: int) -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    with concurrent.futures.ThreadPoolExecutor(6) as several:
        assert len(set(several.map(one, range(6)))) == 1
    kept = list((tmp_path / "lamplighter_cache/charts").iterdir())
    assert len(kept) == 1


def test_values_names_the_published_chart(tree: Path, address: str) -> None:
    pin(tree, address, PIN)
    said = lamplighter("values", "dev", "--root", str(tree), "--command")
    words = f"helm upgrade --install lamplighter oci://{address}/charts/lamplighter-serving --namespace serving-dev"
    assert said.out.startswith(f"{words} --create-namespace --version 0.1.0 -f ")
