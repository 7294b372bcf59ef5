"""Declared against observed: pure. Chips, memory and drivers of nodes, what is parked, whether each worker can be scaled."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from ..domain.deployment import Deployment, Worker
from ..domain.gpu import GpuChip
from ..domain.observed import HPAS, NODES, SCALERS, VRAM, Compared, Observed, ObservedNode, ObservedScaler, Verdict
from ..domain.pool import GpuPool, Lifecycle, SharingMode
from ..rules.nodes import POOL_LABEL
from ..units import MIB

#: GFD's words for how GPUs are shared (k8s-device-plugin, docs/gpu-feature-discovery): nvidia.com/gpu.sharing-strategy.
SHARING_WORDS = {SharingMode.NONE: "none", SharingMode.TIME_SLICING: "time-slicing", SharingMode.MPS: "mps"}
#: What GFD adds to a product whose GPUs are shared or cut.
PRODUCT_SUFFIXES = ("-SHARED", "-MIG-")
#: How far a measured engine may be above its prediction before somebody should know: the error that `check` says of its sum.
VRAM_TOLERANCE = 0.05


def compare(
    declared: Deployment, chips: Mapping[str, GpuChip], predicted: Mapping[str, int], observed: Observed
) -> list[Compared]:
    """Every pool and every worker, in the order of git. `predicted`: bytes of each worker's engine on one GPU."""
    rows = [row for pool in declared.pools.values() for row in _pool(pool, chips.get(pool.chip), observed)]
    rows += list(_unknown_pools(declared, observed))
    for worker in declared.workers.values():
        rows += list(_worker(worker, observed))
        if worker.name in predicted:
            rows.append(_memory(worker.name, predicted[worker.name], observed))
    return rows


def _pool(pool: GpuPool, chip: GpuChip | None, observed: Observed) -> Iterator[Compared]:
    subject = f"pool {pool.name}"
    if NODES in observed.unseen:
        yield _row((subject, "nodes"), _bounds(pool), observed.unseen[NODES], None)
        return
    nodes = [node for node in observed.nodes if node.pool == pool.name]
    lit = [node for node in nodes if node.ready]
    yield _node_count(pool, nodes, lit)
    # An empty pool has no labels, and a parked node keeps those of when it was lit.
    if not nodes:
        return
    if chip is not None:
        yield _row((subject, "chip"), f"{pool.chip} ({', '.join(chip.products)})", *_products(chip, nodes))
        yield _card_memory(subject, chip, nodes)
    change = "Correct gpusPerNode in the cluster's file: placement counts on it."
    count = pool.gpus_per_node
    yield _row((subject, "GPUs a node"), str(count), *_each(nodes, lambda node: node.gpus or None, count), change)
    if pool.sharing.mode in SHARING_WORDS:
        word = SHARING_WORDS[pool.sharing.mode]
        change = "Look at gpu-operator's device-plugin config, and at the label nvidia.com/device-plugin.config of the nodes."
        yield _row((subject, "sharing"), word, *_each(nodes, lambda node: node.sharing, word), change)
    if pool.sharing.mode is SharingMode.MIG:
        change = "mig-manager's log says why; a GPU in use cannot be cut."
        yield _row((subject, "MIG"), "success", *_each(nodes, lambda node: node.mig_state, "success"), change)
    yield _driver(subject, pool, nodes)
    yield _offered(subject, lit)


def _node_count(pool: GpuPool, nodes: Sequence[ObservedNode], lit: Sequence[ObservedNode]) -> Compared:
    parked = len(nodes) - len(lit)
    shown = f"{len(lit)} lit, {parked} not ready"
    if len(nodes) > pool.most_nodes:
        change = f"Raise nodes.max in git, or find who makes nodes with the label {POOL_LABEL}={pool.name}."
        return _row((f"pool {pool.name}", "nodes"), _bounds(pool), shown, False, change)
    if len(lit) < pool.least_nodes:
        return _row(
            (f"pool {pool.name}", "nodes"), _bounds(pool), shown, False, "Look at the node autoscaler, and at the quota."
        )
    if parked and pool.lifecycle is not Lifecycle.DEALLOCATE:
        change = "Nodes of this pool are not meant to be parked: kubectl describe node says what is wrong."
        return _row((f"pool {pool.name}", "nodes"), _bounds(pool), shown, False, change)
    return _row((f"pool {pool.name}", "nodes"), _bounds(pool), shown, True)


def _bounds(pool: GpuPool) -> str:
    parked = ", parked when idle" if pool.lifecycle is Lifecycle.DEALLOCATE else ""
    return f"{pool.least_nodes} to {pool.most_nodes}{parked}"


def _products(chip: GpuChip, nodes: Sequence[ObservedNode]) -> tuple[str, bool | None, str]:
    shown = sorted({node.product for node in nodes if node.product})
    wrong = [product for product in shown if _plain(product) not in chip.products]
    change = "Correct gpuPools.<pool>.chip in the cluster's file; every sum of memory stands on it." if wrong else ""
    return ", ".join(shown) or _no_label("nvidia.com/gpu.product"), not wrong if shown else None, change


def _plain(product: str) -> str:
    for suffix in PRODUCT_SUFFIXES:
        product = product.partition(suffix)[0]
    return product


def _card_memory(subject: str, chip: GpuChip, nodes: Sequence[ObservedNode]) -> Compared:
    # A slice reports its own memory, which the table of chips does not say.
    shown = [node.memory_bytes for node in nodes if node.memory_bytes is not None and "-MIG-" not in (node.product or "")]
    declared = f"at least {chip.memory_bytes // MIB} MiB"
    if not shown:
        return _row((subject, "memory"), declared, _no_label("nvidia.com/gpu.memory"), None)
    change = (
        "" if min(shown) >= chip.memory_bytes else "Budgets count on more than there is: correct the chip, or its table entry."
    )
    return _row((subject, "memory"), declared, f"{min(shown) // MIB} MiB", min(shown) >= chip.memory_bytes, change)


def _driver(subject: str, pool: GpuPool, nodes: Sequence[ObservedNode]) -> Compared:
    shown = sorted({node.driver for node in nodes if node.driver})
    declared = f"branch {pool.driver_branch}" if pool.driver_branch else "one branch"
    if not shown:
        return _row((subject, "driver"), declared, _no_label("nvidia.com/cuda.driver-version.full"), None)
    branches = {version.partition(".")[0] for version in shown}
    right = branches == {str(pool.driver_branch)} if pool.driver_branch else len(branches) == 1
    change = (
        "" if right else "Nodes of one pool should start alike: renew the old ones, or say the branch in the cluster's file."
    )
    return _row((subject, "driver"), declared, ", ".join(shown), right, change)


def _offered(subject: str, lit: Sequence[ObservedNode]) -> Compared:
    dry = [node.name for node in lit if not node.offered]
    if not lit:
        return _row((subject, "device plugin"), "offers GPUs", "no node is lit", None)
    shown = f"nothing on {', '.join(dry)}" if dry else f"{sum(node.offered for node in lit)} for pods"
    change = "The device plugin does not run there, or has no tolerations for the pool's taints." if dry else ""
    return _row((subject, "device plugin"), "offers GPUs", shown, not dry, change)


def _unknown_pools(declared: Deployment, observed: Observed) -> Iterator[Compared]:
    for name in sorted({node.pool for node in observed.nodes} - set(declared.pools)):
        count = sum(node.pool == name for node in observed.nodes)
        change = "Write it into the cluster's file, or take the label away: no worker is sent there."
        yield _row((f"pool {name}", "nodes"), "no such pool", f"{count} with its label", False, change)


def _worker(worker: Worker, observed: Observed) -> Iterator[Compared]:
    subject = f"worker {worker.name}"
    bounds = f"{worker.scale.least} to {worker.scale.most}"
    if SCALERS in observed.unseen:
        yield _row((subject, "scaling"), bounds, observed.unseen[SCALERS], None)
        return
    scaler = next((found for found in observed.scalers if found.worker == worker.name), None)
    if scaler is None:
        yield _row((subject, "scaling"), bounds, "no ScaledObject", False, "Is this version synced? Nothing wakes this worker.")
        return
    shown = f"{scaler.least} to {scaler.most}"
    yield _row(
        (subject, "scaling"), bounds, shown, shown == bounds, "" if shown == bounds else "Something else writes it: sync."
    )
    yield _keda(subject, scaler)
    if HPAS in observed.unseen:
        yield _row((subject, "HPA"), "able to scale", observed.unseen[HPAS], None)
    elif not scaler.paused:
        yield _hpa(subject, scaler)


def _keda(subject: str, scaler: ObservedScaler) -> Compared:
    if scaler.paused:
        return _row((subject, "KEDA"), "ready", "paused", False, "Remove the annotation autoscaling.keda.sh/paused.")
    if scaler.fallback:
        return _row((subject, "KEDA"), "ready", "falls back: its source is down", False, "Runbook: LamplighterScalerFailing.")
    change = "Runbook: LamplighterScalerFailing." if scaler.ready is False else ""
    shown = "ready" if scaler.ready else scaler.message or "has not looked at it yet"
    return _row((subject, "KEDA"), "ready", shown, scaler.ready, change)


def _hpa(subject: str, scaler: ObservedScaler) -> Compared:
    if scaler.hpa is None:
        return _row((subject, "HPA"), "able to scale", "KEDA made none", False, "KEDA's log says why.")
    change = "kubectl describe hpa says more; the metrics API is KEDA's." if scaler.hpa_complaint else ""
    return _row((subject, "HPA"), "able to scale", scaler.hpa_complaint or "able to scale", not scaler.hpa_complaint, change)


def _memory(worker: str, predicted: int, observed: Observed) -> Compared:
    measured = observed.vram_bytes.get(worker)
    declared = f"{predicted // MIB} MiB predicted"
    if measured is None:
        return _row((f"worker {worker}", "GPU memory"), declared, observed.unseen.get(VRAM, "nothing measured"), None)
    right = measured <= predicted * (1 + VRAM_TOLERANCE)
    change = "" if right else "Runbook: LamplighterVramAbovePlan."
    return _row((f"worker {worker}", "GPU memory"), declared, f"{measured // MIB} MiB measured", right, change)


def _each(nodes: Sequence[ObservedNode], of: Callable[[ObservedNode], object], wanted: object) -> tuple[str, bool | None]:
    shown = {value for node in nodes if (value := of(node)) is not None}
    return ", ".join(sorted(map(str, shown))) or "no label of GPU feature discovery", shown == {wanted} if shown else None


def _no_label(name: str) -> str:
    return f"no label {name}: does GPU feature discovery run there?"


def _row(of: tuple[str, str], declared: str, observed: str, right: bool | None, change: str = "") -> Compared:
    """A row of a subject and its thing. `right` is None where it cannot be said."""
    verdict = Verdict.UNSEEN if right is None else Verdict.SAME if right else Verdict.DIFFERS
    change = change if verdict is Verdict.DIFFERS else ""
    return Compared(subject=of[0], thing=of[1], declared=declared, observed=observed, verdict=verdict, change=change)
