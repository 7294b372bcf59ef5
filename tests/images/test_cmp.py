"""Argo CD's sidecar as argocd/bootstrap/argocd-values.yaml runs it: user 999, a root that nobody writes to, no shell."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from charts.render import HELM
from cluster.programs import CACHE
from images.conftest import ROOT
from images.container import Image, container

#: Where the repo server looks for the plugin's socket, and where it brings the program for it.
PLUGINS = "/home/argocd/cmp-server/plugins"
SERVER = "/var/run/argocd/argocd-cmp-server"
ENVIRONMENTS = ("dev", "prod", "staging")


def command(image: Image, *words: str) -> Image:
    """The image with another first process than its own."""
    return replace(image, config={**image.config, "Entrypoint": words})


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_renders_an_environment_as_the_tree_does(cmp: Image, name: str) -> None:
    here = [sys.executable, "-m", "lamplighter", "cmp", "generate", "--root", str(ROOT), "--environment", name]
    environment = os.environ | {"HELM_BIN": str(HELM)}
    expected = subprocess.run(here, check=True, capture_output=True, text=True, env=environment).stdout
    mounts = {f"/tree/{folder}": ROOT / folder for folder in ("environments", "charts")}
    with container(
        command(cmp, "lamplighter"), ["cmp", "generate"], mounts=mounts, directory=f"/tree/environments/{name}"
    ) as plugin:
        assert plugin.wait(60) == 0, plugin.output
        assert plugin.output == expected


def test_a_refusal_names_the_way_out(cmp: Image, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folder = tmp_path / "environments" / "dev"
    folder.mkdir(parents=True)
    (folder / "environment.yaml").write_text("name: dev\ncluster: nowhere\nrelease: lamplighter\n")
    with container(
        command(cmp, "lamplighter"), ["cmp", "generate"], mounts={"/tree": tmp_path}, directory="/tree/environments/dev"
    ) as plugin:
        assert plugin.wait(60) == 1
        assert "environments/clusters/nowhere.yaml:1: LL605 the file does not exist" in plugin.output


def test_a_tree_that_its_user_may_not_read_is_said(cmp: Image, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    words = ["cmp", "generate", "--root", "/tree", "--environment", "dev"]
    with container(command(cmp, "lamplighter"), words, mounts={"/tree": tmp_path}) as plugin:
        assert plugin.wait(60) == 1
        expected = "lamplighter: /tree/environments/dev/environment.yaml cannot be looked at: Permission denied."
        assert plugin.output.startswith(expected)


def test_argo_cds_server_finds_the_plugin_and_opens_its_socket(cmp: Image, tmp_path: Path) -> None:
    argocd = CACHE / "bin" / "argocd"
    if not argocd.exists():
        pytest.skip(f"{argocd} is missing: run scripts/cluster-tools argocd")
    sockets = tmp_path / "plugins"
    sockets.mkdir()
    sockets.chmod(0o777)
    with container(cmp, ["--loglevel=info"], mounts={SERVER: argocd}, folders={PLUGINS: sockets}) as server:
        deadline = time.monotonic() + 30
        while not (sockets / "lamplighter.sock").exists():
            assert server.alive, server.output
            assert time.monotonic() < deadline, server.output
            time.sleep(0.1)
        assert "lamplighter.sock" in server.output
