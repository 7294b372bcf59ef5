"""A real control plane on the loopback address: etcd, kube-apiserver and kube-controller-manager. No node, no scheduler."""

import json
import secrets
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster.certificates import Authority, new_key
from cluster.programs import program
from cluster.server import free_ports, server

#: The first address of the services' range is the API server's own.
SERVICE_RANGE = "10.96.0.0/24"
NAMES = (
    *("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"),
    *("localhost", "127.0.0.1", "10.96.0.1"),
)


@contextmanager
def control_plane(folder: Path) -> Iterator[Path]:
    """Starts it with data and logs in an empty folder, and gives the kubeconfig of its administrator."""
    store, peers, api = free_ports(3)
    token = secrets.token_hex(16)
    authority = Authority(folder, "cluster-ca")
    kubeconfig = _kubeconfig(folder, f"https://127.0.0.1:{api}", authority.certificate, token)
    etcd = _etcd(folder, store, peers)
    api_server = _api_server(folder, authority, store=store, port=api, token=token)
    controllers = _controllers(folder, authority, kubeconfig)

    def store_answers() -> bool:
        return _answers(f"http://127.0.0.1:{store}/health")

    def api_answers() -> bool:
        return _answers(f"https://127.0.0.1:{api}/readyz", authority.certificate)

    try:
        with (
            server(etcd, log=folder / "etcd.log", ready=store_answers),
            server(api_server, log=folder / "kube-apiserver.log", ready=api_answers),
            # It serves no port here: that it works is seen by the first service account (Cluster.namespace waits for it).
            server(controllers, log=folder / "kube-controller-manager.log", ready=lambda: True),
        ):
            yield kubeconfig
    finally:
        # The logs stay for whoever asks why; the data is of no use and takes a hundred megabytes.
        shutil.rmtree(folder / "etcd", ignore_errors=True)


def _etcd(folder: Path, port: int, peers: int) -> list[str]:
    client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peers}"
    return [
        program("etcd"),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        # The data does not outlive the test.
        "--unsafe-no-fsync",
    ]


def _api_server(folder: Path, authority: Authority, *, store: int, port: int, token: str) -> list[str]:
    (folder / "tokens.csv").write_text(f'{token},administrator,administrator,"system:masters"\n')
    serving = authority.issue("kube-apiserver", hosts=NAMES)
    # Aggregated API servers know their caller by a certificate of this other authority; without it they answer 401.
    front_proxy = Authority(folder, "front-proxy-ca")
    proxy = front_proxy.issue("front-proxy-client")
    new_key(folder / "service-accounts.key")
    return [
        program("kube-apiserver"),
        f"--etcd-servers=http://127.0.0.1:{store}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        # The address is a loopback one, which no Endpoints may have.
        "--endpoint-reconciler-type=none",
        f"--secure-port={port}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        f"--tls-cert-file={serving.certificate}",
        f"--tls-private-key-file={serving.key}",
        f"--client-ca-file={authority.certificate}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=Node,RBAC",
        # As real clusters have it: Pod Security is what forbids it.
        "--allow-privileged=true",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'service-accounts.key'}",
        f"--service-account-signing-key-file={folder / 'service-accounts.key'}",
        f"--requestheader-client-ca-file={front_proxy.certificate}",
        f"--proxy-client-cert-file={proxy.certificate}",
        f"--proxy-client-key-file={proxy.key}",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    ]


def _controllers(folder: Path, authority: Authority, kubeconfig: Path) -> list[str]:
    return [
        program("kube-controller-manager"),
        f"--kubeconfig={kubeconfig}",
        "--secure-port=0",
        "--leader-elect=false",
        "--use-service-account-credentials",
        f"--root-ca-file={authority.certificate}",
        f"--service-account-private-key-file={folder / 'service-accounts.key'}",
    ]


def _kubeconfig(folder: Path, url: str, authority: Path, token: str) -> Path:
    path = folder / "kubeconfig"
    named = {"name": "test", "context": {"cluster": "test", "user": "administrator"}}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": url, "certificate-authority": str(authority)}}],
        "users": [{"name": "administrator", "user": {"token": token}}],
        "contexts": [named],
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(content))
    return path


def _answers(url: str, authority: Path | None = None) -> bool:
    context = ssl.create_default_context(cafile=authority) if authority else None
    # Past any proxy of the environment: the address is our own.
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if context:
        handlers.append(urllib.request.HTTPSHandler(context=context))
    try:
        with urllib.request.build_opener(*handlers).open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
