"""A real control plane: etcd, kube-apiserver and kube-controller-manager on the loopback address. In a machine of its own
(`cluster.machine`), where it can have nodes, kube-scheduler too."""

import json
import secrets
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.certificates import Authority, new_key
from cluster.machine import Machine
from cluster.programs import program
from cluster.server import Server, free_ports, server

LOOPBACK = "127.0.0.1"
#: The first address of the services' range is the API server's own.
SERVICE_RANGE = "10.96.0.0/24"
#: The default of 20 requests a second is for API servers with many to serve; a thousand pods would take a minute to be made.
QUICKLY = ("--kube-api-qps=200", "--kube-api-burst=400")
NAMES = (
    *("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"),
    *("localhost", "127.0.0.1", "10.96.0.1"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlPlane:
    """A running one: the kubeconfig of its administrator, and its servers by the names of their programs."""

    kubeconfig: Path
    servers: Mapping[str, Server]


@contextmanager
def control_plane(folder: Path) -> Iterator[Path]:
    """Starts it with data and logs in an empty folder, and gives the kubeconfig of its administrator."""
    with control_plane_of(folder, None) as plane:
        yield plane.kubeconfig


@contextmanager
def control_plane_of(folder: Path, machine: Machine | None) -> Iterator[ControlPlane]:
    """The same, in a machine where there is one."""
    store, peers, api = free_ports(3)
    address = machine.address if machine else LOOPBACK
    inside = machine.inside if machine else ()
    token = secrets.token_hex(16)
    authority = Authority(folder, "cluster-ca")
    kubeconfig = _kubeconfig(folder, f"https://{address}:{api}", authority.certificate, token)
    servers: dict[str, Server] = {}

    def store_answers() -> bool:
        return answers(f"http://{address}:{store}/health")

    def api_answers() -> bool:
        return answers(f"https://{address}:{api}/readyz", authority.certificate)

    def start(command: list[str], ready: Callable[[], bool] = lambda: True) -> None:
        name = Path(command[0]).name
        servers[name] = running.enter_context(server(command, log=folder / f"{name}.log", ready=ready, inside=inside))

    try:
        with ExitStack() as running:
            start(_etcd(folder, address, store, peers), store_answers)
            start(_api_server(folder, authority, address=address, store=store, port=api, token=token), api_answers)
            # These serve no port here: that they work is seen by the first service account (Cluster.namespace waits for it) and
            # the first pod.
            start(_controllers(folder, authority, kubeconfig))
            if machine:
                start(_scheduler(kubeconfig))
            yield ControlPlane(kubeconfig=kubeconfig, servers=servers)
    finally:
        # The logs stay for whoever asks why; the data is of no use and takes a hundred megabytes.
        shutil.rmtree(folder / "etcd", ignore_errors=True)


def _etcd(folder: Path, address: str, port: int, peers: int) -> list[str]:
    client, peer = f"http://{address}:{port}", f"http://{address}:{peers}"
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


def _api_server(folder: Path, authority: Authority, *, address: str, store: int, port: int, token: str) -> list[str]:
    (folder / "tokens.csv").write_text(f'{token},administrator,administrator,"system:masters"\n')
    serving = authority.issue("kube-apiserver", hosts={*NAMES, address})
    # Aggregated API servers know their caller by a certificate of this other authority; without it they answer 401.
    front_proxy = Authority(folder, "front-proxy-ca")
    proxy = front_proxy.issue("front-proxy-client")
    new_key(folder / "service-accounts.key")
    kubelets_client = authority.issue("kube-apiserver-kubelet-client", groups=["system:masters"])
    return [
        program("kube-apiserver"),
        f"--etcd-servers=http://{address}:{store}",
        f"--bind-address={address}",
        f"--advertise-address={address}",
        # A loopback address is one that no Endpoints may have.
        *(["--endpoint-reconciler-type=none"] if address == LOOPBACK else []),
        f"--secure-port={port}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        f"--tls-cert-file={serving.certificate}",
        f"--tls-private-key-file={serving.key}",
        f"--client-ca-file={authority.certificate}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=Node,RBAC",
        # Nodes have no name that anybody resolves. Logs, exec and port-forward go to them.
        "--kubelet-preferred-address-types=InternalIP",
        f"--kubelet-client-certificate={kubelets_client.certificate}",
        f"--kubelet-client-key={kubelets_client.key}",
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
        # KEDA scales above 1 through an autoscaler; 15 s, the default, is a long time in a test.
        "--horizontal-pod-autoscaler-sync-period=5s",
        *QUICKLY,
    ]


def _scheduler(kubeconfig: Path) -> list[str]:
    return [program("kube-scheduler"), f"--kubeconfig={kubeconfig}", "--secure-port=0", "--leader-elect=false", *QUICKLY]


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


def answers(url: str, authority: Path | None = None) -> bool:
    """Whether a server at our own address says 200."""
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
