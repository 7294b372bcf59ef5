"""LL4xx: what a wake takes, against what is said about cooldown and what others wait for."""

from collections.abc import Callable, Iterator, Mapping

from ..domain.deployment import Worker
from ..domain.pool import GpuPool, Lifecycle
from ..domain.wake import Wake, wake
from ..findings import Finding
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL401": "a cooldown is shorter than the cold start it leads to",
    "LL402": "a cooldown costs far more than the boots it saves",
    "LL403": "a worker starts later than Kubernetes waits for it",
}

#: A tail that costs as much as n wakes saves money only where it saves n of them. People's waiting is worth more than a GPU's
#: idling, but by how much is a matter of taste, so only an order of magnitude is said.
MOST_WAKES_IN_A_TAIL = 10
#: progressDeadlineSeconds of a Deployment that does not set it (Kubernetes API reference, apps/v1); Argo CD then says Degraded.
PROGRESS_DEADLINE_SECONDS = 600
SECONDS_AN_HOUR = 3600


def check_cooldown(subject: Subject) -> Iterator[Finding]:
    """LL401: the worker sleeps before the time it takes to wake has passed, so it wakes again and again."""
    for worker, pool, waking in _sleepers(subject):
        cooldown = worker.scale.cooldown_seconds
        if cooldown < waking.seconds:
            sentence = (
                f"worker {worker.name} sleeps after {cooldown} s without work, but a wake on pool {pool.name} takes at least "
                f"{waking.seconds:.0f} s ({_stages(waking)})"
            )
            change = f"Set cooldownSeconds to {_rounded_up(waking.seconds)}, or make the wake shorter."
            yield subject.places.error("LL401", ("workers", worker.name, "scale", "cooldownSeconds"), sentence, change)


def check_tail(subject: Subject) -> Iterator[Finding]:
    """LL402: after the last job a node stays lit for longer than many wakes take."""
    idle = subject.deployment.cluster.idle_node_seconds
    for worker, pool, waking in _sleepers(subject):
        tail = worker.scale.cooldown_seconds + idle
        paid = pool.lifecycle is not Lifecycle.STATIC and pool.most_nodes > pool.least_nodes
        if paid and waking.until_started and tail > MOST_WAKES_IN_A_TAIL * waking.seconds:
            autoscaler = f" and {idle} s of the node autoscaler" if idle else ""
            sentence = (
                f"worker {worker.name} stays lit {tail} s after its last job (cooldownSeconds {worker.scale.cooldown_seconds}"
                f"{autoscaler}){_cost(pool, tail)}, to save wakes of {waking.seconds:.0f} s{_cost(pool, waking.seconds)}"
            )
            most = int(MOST_WAKES_IN_A_TAIL * waking.seconds) - idle
            change = (
                f"Set cooldownSeconds to {most} or less." if most > 0 else "Shorten the autoscaler's scale-down-unneeded-time."
            )
            yield subject.places.warning("LL402", ("workers", worker.name, "scale", "cooldownSeconds"), sentence, change)


def check_progress(subject: Subject) -> Iterator[Finding]:
    """LL403: node and image take longer than a Deployment may go without progress."""
    for worker, pool, waking in _sleepers(subject):
        if waking.until_started > PROGRESS_DEADLINE_SECONDS:
            sentence = (
                f"a pod of worker {worker.name} starts on pool {pool.name} after {waking.until_started:.0f} s at least "
                f"({_stages(waking)}), but Kubernetes gives up on a Deployment after {PROGRESS_DEADLINE_SECONDS} s, "
                "and Argo CD then shows it as degraded"
            )
            yield subject.places.warning("LL403", ("workers", worker.name, "pools"), sentence, "Use a pool that boots sooner.")


def _sleepers(subject: Subject) -> Iterator[tuple[Worker, GpuPool, Wake]]:
    """Workers that may go dark, each with the slowest of its pools. A pool of which nothing was measured is left out."""
    deployment = subject.deployment
    for worker in deployment.workers.values():
        pools = [deployment.pools[name] for name in worker.pools if name in deployment.pools]
        known = [pool for pool in pools if pool.boot.node_seconds is not None or pool.lifecycle is Lifecycle.STATIC]
        wakes = [(wake(worker, pool, deployment.models, deployment.cluster), pool) for pool in known]
        if wakes and worker.scale.least == 0:
            waking, pool = max(wakes, key=lambda one: one[0].seconds)
            yield worker, pool, waking


def _stages(waking: Wake) -> str:
    return ", ".join(f"{stage} {seconds:.0f}" for stage, seconds in waking.stages.items())


def _cost(pool: GpuPool, seconds: float) -> str:
    if pool.price is None:
        return ""
    return f" ({pool.price.amount * seconds / SECONDS_AN_HOUR:.2f} {pool.price.currency})"


def _rounded_up(seconds: float) -> int:
    """To the next ten: nothing here is known to the second."""
    return -int(-seconds // 10) * 10


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_cooldown,
    check_tail,
    check_progress,
)
