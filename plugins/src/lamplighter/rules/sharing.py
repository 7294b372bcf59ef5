"""LL207 to LL212: how pods share the GPUs of a pool, and what sharing cannot give."""

from collections.abc import Callable, Iterator, Mapping

from ..domain.deployment import Worker
from ..domain.pool import GpuPool, Isolation, SharingMode
from ..findings import Finding, Path
from ..placement.mig import why_impossible
from ..units import MIB
from .subject import Subject, listed

TITLES: Mapping[str, str] = {
    "LL207": "a MIG layout is not possible on its chip",
    "LL208": "shares of a GPU are together more than the card",
    "LL209": "a worker asks for hard isolation, and its pool does not keep it",
    "LL210": "a GPU is shared by more MPS clients than it takes",
    "LL211": "a replica needs several GPUs, and its pool gives parts of one",
    "LL212": "two programs would offer the same GPUs",
}

#: Modes in which `replicas` pods see the same card and each may take an equal part of it.
EQUAL_SHARES = frozenset({SharingMode.TIME_SLICING, SharingMode.MPS})

#: Clients of one MPS server: 48 since compute capability 7.5, 16 before (k8s-device-plugin, cmd/mps-control-daemon/mps).
MPS_CLIENTS = 48
MPS_CLIENTS_BEFORE_TURING = 16
TURING = (7, 5)

#: Four quarters written as 0.25 are a whole card; sums of floats miss that by less than this.
ROUNDING = 1e-9

#: Who must offer the GPUs where the mode brings its own device plugin or driver (HAMi README; NVIDIA DRA driver README).
OWN_ADVERTISERS: Mapping[SharingMode, str] = {SharingMode.HAMI: "hami", SharingMode.DRA: "dra"}


def check_layouts(subject: Subject) -> Iterator[Finding]:
    """LL207: a layout that mig-parted could not apply."""
    for pool in subject.deployment.pools.values():
        chip = subject.chips.get(pool.chip)
        if pool.sharing.mode is not SharingMode.MIG or chip is None:
            continue
        if chip.mig is None:
            cut = (other.key for other in subject.chips.values() if other.mig)
            sentence = f"pool {pool.name} is cut by MIG, but no profile of chip {chip.key} is known"
            change = f"Set sharing.mode to another, or use one of: {listed(cut)}."
        elif why := why_impossible(chip.mig, pool.sharing.layout):
            sentence = f"the MIG layout of pool {pool.name} is not possible on chip {chip.key}: {why}"
            change = "Take instances away until it fits; nvidia-smi mig -lgipp says where each may start."
        else:
            continue
        yield subject.places.error("LL207", (*_sharing_path(pool), "layout"), sentence, change)


def check_shares(subject: Subject) -> Iterator[Finding]:
    """LL208: fractions that are written, and that pods on one card could not all have."""
    for pool in subject.deployment.pools.values():
        chip = subject.chips.get(pool.chip)
        if pool.sharing.mode not in EQUAL_SHARES or chip is None:
            continue
        fractions = {worker.name: _written_fraction(worker) for worker, _path in _workers_on(subject, pool)}
        together = _worst_together(subject, pool, fractions)
        total = sum(fractions[name] * count for name, count in together.items())
        if total <= 1 + ROUNDING:
            continue
        largest = max(together, key=lambda name: fractions[name])
        pods = " and ".join(f"{count} of {name} ({fractions[name]:g})" for name, count in together.items())
        sentence = (
            f"pods that may share a {chip.key} of pool {pool.name} reserve {int(total * chip.memory_bytes) // MIB} MiB, "
            f"but it has {chip.memory_bytes // MIB} MiB: {pods}"
        )
        engines = subject.deployment.workers[largest].engines
        written = [engine.model for engine in engines if engine.memory_fraction is not None]
        share = int(1000 / pool.sharing.replicas / len(written)) / 1000  # down: what is recommended must not be too much
        change = f"Lower memoryFraction to {share:g}, or leave it out: lamplighter plan computes it."
        path = ("workers", largest, "models", written[0], "memoryFraction")
        yield subject.places.error("LL208", path, sentence, change)


def check_isolation(subject: Subject) -> Iterator[Finding]:
    """LL209: an agreement where a limit is asked for."""
    for pool in subject.deployment.pools.values():
        for worker, path in _workers_on(subject, pool):
            if worker.isolation is Isolation.HARD and pool.sharing.isolation is Isolation.SOFT:
                sentence = (
                    f"worker {worker.name} asks for hard isolation, but on pool {pool.name} ({pool.sharing.mode}) nothing "
                    f"stops a pod from taking memory of the others"
                )
                hard = [name for name, other in subject.deployment.pools.items() if other.sharing.isolation is Isolation.HARD]
                change = f"Use a pool that isolates (here: {listed(hard)}), or set isolation to soft."
                yield subject.places.error("LL209", (*path, "isolation"), sentence, change)


def check_mps_clients(subject: Subject) -> Iterator[Finding]:
    """LL210: more replicas than one MPS server has clients."""
    for pool in subject.deployment.pools.values():
        chip = subject.chips.get(pool.chip)
        if pool.sharing.mode is not SharingMode.MPS or chip is None:
            continue
        most = MPS_CLIENTS if chip.capability >= TURING else MPS_CLIENTS_BEFORE_TURING
        if pool.sharing.replicas > most:
            capability = ".".join(str(part) for part in chip.capability)
            sentence = (
                f"pool {pool.name} shares a {chip.key} among {pool.sharing.replicas} MPS clients, "
                f"but one of compute capability {capability} takes {most}"
            )
            yield subject.places.error(
                "LL210", (*_sharing_path(pool), "replicas"), sentence, f"Lower sharing.replicas to {most}."
            )


def check_several_gpus(subject: Subject) -> Iterator[Finding]:
    """LL211: parts of a GPU do not add up to GPUs. The device plugin refuses it, and a process sees one MIG instance only."""
    for pool in subject.deployment.pools.values():
        if pool.sharing.mode in (SharingMode.NONE, SharingMode.DRA):
            continue
        for worker, path in _workers_on(subject, pool):
            if worker.gpus_per_replica > 1:
                sentence = (
                    f"worker {worker.name} needs {worker.gpus_per_replica} GPUs per replica, "
                    f"but pool {pool.name} ({pool.sharing.mode}) gives a pod a part of 1 GPU"
                )
                change = "Set gpusPerReplica to 1, or use a pool with sharing.mode none."
                yield subject.places.error("LL211", (*path, "gpusPerReplica"), sentence, change)


def check_advertisers(subject: Subject) -> Iterator[Finding]:
    """LL212: with two advertisers a node counts its GPUs twice, and pods of both get the same card."""
    for pool in subject.deployment.pools.values():
        own = OWN_ADVERTISERS.get(pool.sharing.mode)
        said = pool.device_plugin_by
        if said is None or (said == own if own else said not in OWN_ADVERTISERS.values()):
            continue
        sentence = f"pool {pool.name} has sharing.mode {pool.sharing.mode}, but devicePlugin.installedBy is {said}"
        if own:
            change = f"Set devicePlugin.installedBy to {own}, and switch the other off on these nodes."
        else:
            change = f"Set it to cloud or operator, or sharing.mode to {said}."
        yield subject.places.error("LL212", ("gpuPools", pool.name, "devicePlugin", "installedBy"), sentence, change)


def _written_fraction(worker: Worker) -> float:
    """What its engines reserve together, as far as it is written."""
    return sum(engine.memory_fraction or 0 for engine in worker.engines)


def _worst_together(subject: Subject, pool: GpuPool, fractions: Mapping[str, float]) -> dict[str, int]:
    """The pods that fill one card most, by worker: the device plugin counts pods, so any of them may meet there.

    Under MPS each is held to an equal part, so the worst are pods of one worker, as many as there are parts.
    """
    free, together = pool.sharing.replicas, {}
    for name in sorted(fractions, key=lambda name: (-fractions[name], name)):
        most = free if pool.sharing.mode is SharingMode.MPS else min(free, subject.deployment.workers[name].scale.most)
        if most and fractions[name]:
            together[name] = most
        free -= most
    return together


def _workers_on(subject: Subject, pool: GpuPool) -> Iterator[tuple[Worker, Path]]:
    for worker in subject.deployment.workers.values():
        if pool.name in worker.pools:
            yield worker, ("workers", worker.name)


def _sharing_path(pool: GpuPool) -> Path:
    return ("gpuPools", pool.name, "sharing")


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_layouts,
    check_shares,
    check_isolation,
    check_mps_clients,
    check_several_gpus,
    check_advertisers,
)
