"""Workers on GPUs go where the chart's values say, by a real scheduler: to a pool they name, through its taint, one to a GPU.

The nodes are fake (kwok), and the GPUs numbers; the node that is real has no GPU and gets no worker.
"""

import json
from collections import Counter
from collections.abc import Iterator

import pytest
import yaml

from charts.render import SERVING, render
from cluster.cluster import Cluster
from cluster.fake_nodes import fake_nodes, gpu_node
from cluster.real_node import RealNode

TAINT = {"key": "sku", "value": "gpu", "effect": "NoSchedule"}
#: Two of the cloud's machines with one T4 each, and one in a rack with two L4.
NODES = (
    gpu_node("t4-1", pool="t4", gpus=1, taints=[TAINT]),
    gpu_node("t4-2", pool="t4", gpus=1, taints=[TAINT]),
    gpu_node("rack-1", pool="rack", gpus=2),
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture
def gpu_cluster(lit: RealNode) -> Iterator[Cluster]:
    """The cluster with those nodes."""
    with fake_nodes(lit.machine, lit.cluster, NODES):
        yield lit.cluster


def workers(namespace: str) -> str:
    """The workers of ci/gpu-values.yaml and what their pods need: `extract` may run on t4, `night` on t4 and in the rack."""
    # No volume is there, and the scheduler would wait for it.
    baked = {"workers": {"night": {"modelCache": {"mode": "baked"}}}}
    objects = render(SERVING, SERVING / "ci" / "gpu-values.yaml", over=baked, namespace=namespace).objects
    kinds = ("Deployment", "ServiceAccount", "ConfigMap")
    chosen = [thing for thing in objects if thing["kind"] in kinds and not thing["metadata"]["name"].endswith("-gateway")]
    return yaml.safe_dump_all(chosen)


def places(cluster: Cluster, namespace: str) -> Counter[tuple[str, str]]:
    """How many pods of each worker class are on each node; without a node they are pending."""
    pods = json.loads(cluster.must("get", "pods", "--namespace", namespace, "--output=json"))["items"]
    return Counter((pod["metadata"]["labels"]["lamplighter.dev/worker"], pod["spec"].get("nodeName", "")) for pod in pods)


def test_workers_get_the_gpus_of_their_pools_and_the_others_wait(gpu_cluster: Cluster) -> None:
    def scale(worker: str, count: int, ready: int) -> None:
        """KEDA's part; waits for as many as there is room for."""
        name = f"deployment/lamplighter-worker-{worker}"
        gpu_cluster.must("scale", name, f"--replicas={count}", "--namespace", namespace)
        enough = f"--for=jsonpath={{.status.readyReplicas}}={ready}"
        gpu_cluster.must("wait", name, enough, "--timeout=60s", "--namespace", namespace)

    with gpu_cluster.namespace() as namespace:
        assert gpu_cluster.apply(workers(namespace), namespace, dry_run=False) == ""
        scale("extract", 3, ready=2)
        # The rack has room, but extract does not name it.
        assert places(gpu_cluster, namespace) == {("extract", "t4-1"): 1, ("extract", "t4-2"): 1, ("extract", ""): 1}
        scale("night", 2, ready=2)
        assert places(gpu_cluster, namespace)[("night", "rack-1")] == 2
