"""A real node in a machine of its own: containerd, kubelet, a bridge for pods, kube-proxy for Services and CoreDNS for names.

Unlike a node of a cloud: it is the only one, no network plugin enforces NetworkPolicies, and its volumes are folders made by
hand. It has no GPU; `offer_gpus` says it had some, for the scheduler.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml

from cluster.cluster import Cluster
from cluster.machine import Machine
from cluster.programs import program
from cluster.server import Server, server

NAME = "lamplighter-node"
PODS = "10.244.0.0/24"
#: By convention the tenth address of the services' range.
NAMES_ADDRESS = "10.96.0.10"
PAUSE_IMAGE = "localhost/lamplighter-pause:test"
CNI_PLUGINS = "/usr/lib/cni"


@contextmanager
def node(machine: Machine, cluster: Cluster) -> Iterator[Mapping[str, Server]]:
    """Joins the machine to the cluster as its node, and returns when it is ready; its servers by their programs' names."""
    folder = machine.folder
    socket = folder / "containerd.sock"
    proxy = _proxy_configuration(folder, cluster)

    def runtime_answers() -> bool:
        return socket.exists()

    def node_is_ready() -> bool:
        found = cluster.kubectl("wait", f"node/{NAME}", "--for=condition=Ready", "--timeout=1s")
        return found.returncode == 0

    servers = {}
    with ExitStack() as running:
        for command, ready in (
            (["containerd", f"--config={_runtime_configuration(folder, socket)}"], runtime_answers),
            (_kubelet(machine, cluster, socket), node_is_ready),
            ([program("kube-proxy"), f"--config={proxy}"], lambda: True),
            ([program("coredns"), f"-conf={_names_configuration(machine, cluster)}"], lambda: True),
        ):
            name = Path(command[0]).name
            log = folder / f"{name}.log"
            servers[name] = running.enter_context(server(command, log=log, ready=ready, inside=machine.inside))
        _serve_names(machine, cluster)
        yield servers


def load_image(machine: Machine, archive: Path) -> None:
    """Brings an archive of scripts/images to the node, as a pull would."""
    socket = machine.folder / "containerd.sock"
    machine.run("ctr", f"--address={socket}", "--namespace=k8s.io", "images", "import", "--no-unpack", str(archive))


def name_image(machine: Machine, known: str, also: str) -> None:
    """Gives an image on the node a second name, as if it had been pulled from there."""
    socket = machine.folder / "containerd.sock"
    machine.run("ctr", f"--address={socket}", "--namespace=k8s.io", "images", "tag", "--force", known, also)


def offer_volume(machine: Machine, cluster: Cluster) -> None:
    """A folder of the node as a volume that the next claim of the default storage class gets."""
    # A word before the digits: a name such as 12e45678 is a number where YAML is read.
    folder = machine.folder / "volumes" / f"volume-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [NAME]}
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "folders", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": folder.name},
        "spec": {
            "storageClassName": "folders",
            "capacity": {"storage": "20Gi"},
            "accessModes": ["ReadWriteOnce"],
            "local": {"path": str(folder)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }
    cluster.must("apply", "--server-side", "--filename=-", stdin=yaml.safe_dump_all([storage_class, volume]))


def offer_gpus(cluster: Cluster, count: int) -> None:
    """Says that the node had GPUs, as a device plugin would. The scheduler believes it; a container that got one finds none."""
    resources = {"nvidia.com/gpu": str(count)}
    patch = json.dumps({"status": {"capacity": resources, "allocatable": resources}})
    cluster.must("patch", "node", NAME, "--subresource=status", "--type=merge", f"--patch={patch}")


def _runtime_configuration(folder: Path, socket: Path) -> Path:
    (folder / "cni").mkdir()
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "ipMasq": True,
        # A pod that calls its own Service gets the call back.
        "hairpinMode": True,
        "ipam": {"type": "host-local", "ranges": [[{"subnet": PODS}]], "routes": [{"dst": "0.0.0.0/0"}]},
    }
    plugins = [bridge, {"type": "portmap", "capabilities": {"portMappings": True}}]
    (folder / "cni" / "pods.conflist").write_text(json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": plugins}))
    configuration = folder / "containerd.toml"
    configuration.write_text(
        f"""version = 2
root = "{folder / "containerd"}"
state = "/run/containerd"
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  # Without CAP_SYS_RESOURCE (a container, a small virtual machine) nobody may lower a score, and pods would not start.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{CNI_PLUGINS}"
    conf_dir = "{folder / "cni"}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
"""
    )
    return configuration


def _kubelet(machine: Machine, cluster: Cluster, socket: Path) -> list[str]:
    folder = machine.folder
    (folder / "upstream-resolv.conf").touch()
    authority = cluster.kubeconfig.parent / "cluster-ca.crt"
    configuration = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": machine.address,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(authority)},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        # Pods are below a group of our own, which is removed afterwards.
        "cgroupRoot": machine.cgroup,
        "failCgroupV1": False,
        "clusterDNS": [NAMES_ADDRESS],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{socket}",
        # The disk is shared with whoever runs the tests: they, not the pods, fill it.
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "enforceNodeAllocatable": [],
        "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        # Names outside the cluster are not asked for.
        "resolvConf": str(folder / "upstream-resolv.conf"),
        # Pods start one after the other otherwise, and a status is a second late.
        "serializeImagePulls": False,
        "nodeStatusUpdateFrequency": "5s",
    }
    path = folder / "kubelet.yaml"
    path.write_text(yaml.safe_dump(configuration))
    return [
        program("kubelet"),
        f"--config={path}",
        f"--kubeconfig={cluster.kubeconfig}",
        f"--hostname-override={NAME}",
        f"--node-ip={machine.address}",
    ]


def _proxy_configuration(folder: Path, cluster: Cluster) -> Path:
    configuration = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": PODS,
        "hostnameOverride": NAME,
        "clientConnection": {"kubeconfig": str(cluster.kubeconfig)},
        # Limits of the whole machine's kernel, which are not ours to change.
        "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }
    path = folder / "kube-proxy.yaml"
    path.write_text(yaml.safe_dump(configuration))
    return path


def _names_configuration(machine: Machine, cluster: Cluster) -> Path:
    path = machine.folder / "Corefile"
    path.write_text(
        f"""cluster.local in-addr.arpa {{
    bind {machine.address}
    kubernetes {{
        kubeconfig {cluster.kubeconfig} test
    }}
}}
. {{
    bind {machine.address}
    template ANY ANY {{
        rcode NXDOMAIN
    }}
}}
"""
    )
    return path


def _serve_names(machine: Machine, cluster: Cluster) -> None:
    """CoreDNS is no pod, so its Service says by hand where it is."""
    metadata = {"name": "kube-dns", "namespace": "kube-system"}
    ports = [{"name": name, "port": 53, "protocol": name.upper()} for name in ("udp", "tcp")]
    spec = {"clusterIP": NAMES_ADDRESS, "ports": ports}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    slice_ = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**metadata, "labels": {"kubernetes.io/service-name": "kube-dns"}},
        "addressType": "IPv4",
        "ports": ports,
        "endpoints": [{"addresses": [machine.address], "conditions": {"ready": True}}],
    }
    cluster.must("apply", "--server-side", "--filename=-", stdin=yaml.safe_dump_all([service, slice_]))
