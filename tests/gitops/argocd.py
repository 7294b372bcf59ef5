"""Argo CD as processes of this machine: Redis, the repo server with the plugin's sidecar, and both controllers.

What its chart would put into the cluster is put there too, out of argocd/bootstrap/argocd-values.yaml: the settings, and this
cluster's own Secret.
"""

import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from charts.render import HELM, ROOT
from cluster.cluster import Cluster
from cluster.programs import CACHE, program
from cluster.server import free_ports, server

NAMESPACE = "argocd"
VALUES = yaml.safe_load((ROOT / "argocd" / "bootstrap" / "argocd-values.yaml").read_text())
#: Where `lamplighter` and its Python are.
PROGRAMS = Path(sys.executable).parent
#: How often Argo CD looks at git by itself (default: three minutes). The tests tell it of commits, as a webhook does.
RECONCILIATION = "20s"


@contextmanager
def argo_cd(folder: Path, cluster: Cluster) -> Iterator[None]:
    """Starts it with logs and sockets in an empty folder. Its CRDs and settings are put into the cluster first."""
    redis_server = shutil.which("redis-server")
    assert redis_server, "redis-server is not in PATH: run scripts/system-packages gitops"
    _prepare(cluster)
    redis, repo, *others = free_ports(8)
    with ExitStack() as started:

        def start(name: str, command: Sequence[str], environment: Mapping[str, str], ready: int | Path) -> None:
            # An empty environment: what a machine happens to set must not steer it.
            command = ["env", "-i", *(f"{key}={value}" for key, value in environment.items()), *command]
            started.enter_context(server(command, log=folder / f"{name}.log", ready=lambda: _answers(ready)))

        base = {"PATH": _path(folder), "HOME": str(folder), "TMPDIR": str(_made(folder / "tmp"))}
        repo_environment, plugin_environment, controller = _environments(folder, cluster, base)
        common = (f"--redis=127.0.0.1:{redis}", "--loglevel=info", "--logformat=text")
        to_cluster = (f"--namespace={NAMESPACE}", f"--kubeconfig={cluster.kubeconfig}", "--repo-server-plaintext")

        arguments = ["--bind", "127.0.0.1", "--port", str(redis), "--save", "", "--appendonly", "no", "--dir", str(folder)]
        start("redis", [redis_server, *arguments], base, redis)
        arguments = [f"--config-dir-path={folder / 'plugin'}", "--loglevel=info"]
        start(
            "argocd-cmp-server", ["argocd-cmp-server", *arguments], plugin_environment, folder / "sockets" / "lamplighter.sock"
        )
        arguments = [
            "--address=127.0.0.1",
            f"--port={repo}",
            f"--metrics-port={others[0]}",
            "--disable-tls",
            "--client-ca-path=",
        ]
        start("argocd-repo-server", ["argocd-repo-server", *arguments, *common], repo_environment, repo)
        arguments = [f"--repo-server=127.0.0.1:{repo}", f"--metrics-port={others[1]}", *to_cluster]
        start("controller", ["argocd-application-controller", *arguments, *common], controller, others[1])
        arguments = [f"--argocd-repo-server=127.0.0.1:{repo}", f"--metrics-addr=127.0.0.1:{others[2]}"]
        arguments += [f"--probe-addr=127.0.0.1:{others[3]}", f"--webhook-addr=127.0.0.1:{others[4]}", *to_cluster]
        if VALUES["configs"]["params"]["applicationsetcontroller.enable.progressive.syncs"] == "true":
            arguments.append("--enable-progressive-syncs")
        start("sets", ["argocd-applicationset-controller", *arguments], controller, others[3])
        yield


def settings() -> dict[str, Any]:
    """The ConfigMap argocd-cm that the chart makes of `configs.cm`."""
    labels = {"app.kubernetes.io/part-of": "argocd", "app.kubernetes.io/name": "argocd-cm"}
    return _object("v1", "ConfigMap", "argocd-cm", labels=labels, data=VALUES["configs"]["cm"])


def cluster_secret(name: str, cluster: str) -> dict[str, Any]:
    """The Secret by which Argo CD knows the cluster it runs in, with this cluster's name on it."""
    declared = VALUES["configs"]["clusterCredentials"]["this"]
    data = {"name": name, "server": declared["server"], "config": json.dumps(declared["config"])}
    labels = {"argocd.argoproj.io/secret-type": "cluster", "lamplighter.dev/cluster": cluster}
    return _object("v1", "Secret", name, labels=labels, stringData=data)


def _prepare(cluster: Cluster) -> None:
    crds = sorted((CACHE / "argocd" / "crds").glob("*.yaml"))
    assert crds, "Argo CD's CRDs are missing: run scripts/cluster-tools argocd"
    cluster.apply_definitions(crds)
    cluster.must("create", "namespace", NAMESPACE)
    empty = [_object("v1", "Secret", "argocd-secret"), _object("v1", "ConfigMap", "argocd-rbac-cm")]
    cluster.must("apply", "--server-side", "--filename=-", stdin=yaml.safe_dump_all([settings(), *empty]))


def _object(version: str, kind: str, name: str, *, labels: Mapping[str, str] | None = None, **rest: Any) -> dict[str, Any]:
    labels = {"app.kubernetes.io/part-of": "argocd"} | dict(labels or {})
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
        **rest,
    }


def _environments(
    folder: Path, cluster: Cluster, base: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """What the repo server, the plugin's sidecar and the controllers are told, in this order."""
    shutil.copy(ROOT / "argocd" / "cmp" / "plugin.yaml", _made(folder / "plugin"))
    sockets = {"ARGOCD_PLUGINSOCKFILEPATH": str(_made(folder / "sockets"))}
    repo = {
        **base,
        **sockets,
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_SSH_DATA_PATH": str(_made(folder / "ssh")),
        "ARGOCD_TLS_DATA_PATH": str(_made(folder / "tls")),
        "ARGOCD_ASK_PASS_SOCK": str(folder / "ask-pass.sock"),
        "ARGOCD_RECONCILIATION_TIMEOUT": RECONCILIATION,
        "ARGOCD_PAUSE_GEN_AFTER_FAILED_ATTEMPTS": "0",
        "KUBECONFIG": str(cluster.kubeconfig),
        "ARGOCD_FAKE_IN_CLUSTER": "true",
    }
    plugin = {**base, **sockets, "ARGOCD_CMP_WORKDIR": str(_made(folder / "work")), "PATH": f"{PROGRAMS}:{base['PATH']}"}
    controller = {
        **base,
        "KUBECONFIG": str(cluster.kubeconfig),
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "ARGOCD_RECONCILIATION_TIMEOUT": RECONCILIATION,
        # Else up to a minute of chance comes on top.
        "ARGOCD_RECONCILIATION_JITTER": "0s",
        # A sync sleeps this long after each of its phases, two seconds if nobody says; that is not what is tested.
        "ARGOCD_SYNC_WAVE_DELAY": "0",
        "NO_PROXY": "127.0.0.1",
    }
    return repo, plugin, controller


def _path(folder: Path) -> str:
    """A folder where the one program stands under each of its names, with Helm beside it."""
    programs = _made(folder / "bin")
    for name in ("application-controller", "applicationset-controller", "cmp-server", "git-ask-pass", "repo-server"):
        (programs / f"argocd-{name}").symlink_to(program("argocd"))
    (programs / "helm").symlink_to(HELM)
    return os.pathsep.join([str(programs), str(CACHE / "argocd" / "bin"), os.defpath])


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _answers(where: int | Path) -> bool:
    if isinstance(where, Path):
        return where.exists()
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", where)) == 0
