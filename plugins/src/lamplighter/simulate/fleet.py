"""Nodes: who places pods on them, and how they come and go under cluster-autoscaler, Karpenter or nobody.

cluster-autoscaler (FAQ.md, static_autoscaler.go): looks every scan, at pods with a GPU only once they are 30 s old; takes nodes
that are coming for granted as long as it knows that they will have a GPU; stands still while too many nodes are unready;
removes a node that was empty for scale-down-unneeded-time, and none within scale-down-delay-after-add. Of several pools the
worker's first with room is taken, as its lock orders them. A stopped node is started before a new one is made.
"""

import random

from ..domain.pool import Lifecycle
from ..domain.wake import RAY_SECONDS
from .arrivals import SECONDS_AN_HOUR
from .clock import EPSILON_SECONDS, Clock, Event, Ticks
from .pods import Node, NodeState, Phase, Pod
from .record import Record
from .scenario import Scenario, SimulatedPool, Start

#: A worker without a GPU runs on nodes that are there anyway, with its image.
ON_CPU = Start(image=0.0, ray=RAY_SECONDS, weights=0.0, engine=0.0)


class Fleet:
    """All nodes, and the pods that wait for one."""

    def __init__(self, scenario: Scenario, clock: Clock, record: Record, draw: random.Random) -> None:
        self._scenario, self._clock, self._record = scenario, clock, record
        self._losses = random.Random(draw.random())  # noqa: S311 (a simulation, no secret)
        self._scans = Ticks(period=scenario.control.scan_seconds, phase=draw.uniform(0, scenario.control.scan_seconds))
        self._pending: list[Pod] = []
        self._nodes: dict[str, list[Node]] = {}
        self._look: Event | None = None
        self._last_scale_up = float("-inf")
        self._halted_since: float | None = None
        for name, pool in scenario.pools.items():
            self._nodes[name] = []
            for _number in range(pool.always_lit):
                node = self._new_node(pool)
                # There since long: it has pulled what it needs.
                node.images = {worker.image for worker in scenario.workers.values() if name in worker.starts}
                node.state = NodeState.LIT
                node.see()

    def close(self) -> None:
        """Writes down the last spans."""
        self._resume()
        for nodes in self._nodes.values():
            for node in nodes:
                node.close()

    def submit(self, pod: Pod) -> None:
        """A new pod: onto a node with room, or it waits for one."""
        if not pod.worker.devices:
            self._start(pod, ON_CPU, 0.0)
        elif not self._place(pod):
            self._pending.append(pod)
            self._look_at(self._first_look(pod))

    def release(self, pod: Pod) -> None:
        """A pod has ended: its devices are free, for the next one that waits."""
        pod.phase = Phase.GONE
        if pod.next:
            pod.next.cancel()
        if pod in self._pending:
            self._pending.remove(pod)
            if not self._pending:
                self._resume()
        node = pod.node
        if node is None:
            return
        node.pods.remove(pod)
        node.free += pod.worker.devices
        node.see()
        self._place_pending()
        if not node.pods:
            self._empty(node)

    # Placing

    def _place(self, pod: Pod) -> bool:
        for name in pod.worker.starts:
            for node in self._nodes[name]:
                if node.state is NodeState.LIT and node.free >= pod.worker.devices:
                    self._bind(pod, node)
                    return True
        return False

    def _place_pending(self) -> None:
        self._pending = [pod for pod in self._pending if not self._place(pod)]

    def _bind(self, pod: Pod, node: Node) -> None:
        node.free -= pod.worker.devices
        node.pods.append(pod)
        pod.node = node
        pod.marks |= {"autoscaler": node.requested, "node": node.ready, "gpu": node.registered}
        start = pod.worker.starts[node.pool.pool.name]
        pulled = self._clock.now
        if pod.worker.image not in node.images:
            # One image at a time (serializeImagePulls, the kubelet's default).
            pulled = max(pulled, node.pulling_until) + start.image
            node.pulling_until = pulled
            node.images.add(pod.worker.image)
        else:
            pulled = max(pulled, node.pulling_until)
        self._start(pod, start, pulled - self._clock.now)
        node.see()

    def _start(self, pod: Pod, start: Start, image_seconds: float) -> None:
        pod.phase = Phase.STARTING
        at = pod.marks["place"] = self._clock.now
        for stage, seconds in (
            ("image", image_seconds),
            ("ray", start.ray),
            ("weights", start.weights),
            ("engine", start.engine),
        ):
            at += seconds
            pod.marks[stage] = at
        pod.next = self._clock.at(at, lambda: pod.ready(pod))

    # Making nodes

    def _first_look(self, pod: Pod) -> float:
        control = self._scenario.control
        if self._scenario.scans:
            return self._scans.next(max(self._clock.now, pod.created + control.gpu_buffer_seconds))
        return max(self._clock.now, pod.created + control.batch_idle_seconds)

    def _look_at(self, when: float) -> None:
        """The autoscaler's next look, unless an earlier one is planned."""
        if self._scenario.cluster.autoscaler in (None, "none"):
            return
        if self._look and self._look.action and self._look.at <= when:
            return
        if self._look:
            self._look.cancel()
        self._look = self._clock.at(when, self._scale_up)

    def _scale_up(self) -> None:
        """One look at the pods that wait: nodes for those that no node on its way will hold."""
        self._look = None
        now = self._clock.now
        if self._scenario.scans and self._pending and self._halted():
            # It stands until something else changes: nothing but itself would start a stopped node.
            self._halted_since = now if self._halted_since is None else self._halted_since
            return
        self._resume()
        seen = [pod for pod in self._pending if self._first_look(pod) <= now + EPSILON_SECONDS]
        coming = {
            node: node.free
            for nodes in self._nodes.values()
            for node in nodes
            if node.state is NodeState.BOOTING or (node.state is NodeState.READY and self._knows(node))
        }
        for pod in seen:
            helper = next((node for node, free in coming.items() if _fits(pod, node, free)), None) or self._ask_for_node(pod)
            if helper is not None:
                coming[helper] = coming.get(helper, helper.free) - pod.worker.devices
        if later := [self._first_look(pod) for pod in self._pending if pod not in seen]:
            self._look_at(min(later))

    def _knows(self, node: Node) -> bool:
        """Whether the autoscaler waits for the GPU of a node that is ready. Karpenter does: it made the node for it."""
        return node.pool.announces or not self._scenario.scans

    def _ask_for_node(self, pod: Pod) -> Node | None:
        """A node of the first of its pools that has one to give."""
        for name in pod.worker.starts:
            pool = self._scenario.pools[name]
            nodes = self._nodes[name]
            if pool.pool.lifecycle is Lifecycle.STATIC or pod.worker.devices > pool.devices_per_node:
                continue
            parked = next((node for node in nodes if node.state is NodeState.PARKED), None)
            if parked is not None or len(nodes) < pool.pool.usable_nodes:
                node = parked or self._new_node(pool)
                self._boot(node)
                return node
        return None

    def _new_node(self, pool: SimulatedPool) -> Node:
        nodes = self._nodes[pool.pool.name]
        taken = {node.number for node in nodes}
        number = next(number for number in range(len(nodes) + 1) if number not in taken)
        node = Node(pool, number, self._clock, self._record)
        nodes.append(node)
        self._count_disks(pool)
        return node

    def _boot(self, node: Node) -> None:
        pool = node.pool.pool
        node.state, node.requested = NodeState.BOOTING, self._clock.now
        self._record.scale_ups += 1
        self._last_scale_up = self._clock.now
        node.next = self._clock.after(pool.boot.node_seconds or 0.0, lambda: self._is_ready(node))
        if pool.lifecycle is Lifecycle.SPOT and self._scenario.control.spot_losses_an_hour:
            lived = self._losses.expovariate(self._scenario.control.spot_losses_an_hour / SECONDS_AN_HOUR)
            node.loss = self._clock.after(lived, lambda: self._lose(node))
        node.see()

    def _is_ready(self, node: Node) -> None:
        node.state, node.ready = NodeState.READY, self._clock.now
        node.next = self._clock.after(node.pool.pool.boot.gpu_ready_seconds or 0.0, lambda: self._registers(node))
        if self._pending and not self._knows(node):
            self._look_at(self._scans.next(self._clock.now))

    def _registers(self, node: Node) -> None:
        node.state, node.registered, node.next = NodeState.LIT, self._clock.now, None
        node.see()
        self._place_pending()
        if not node.pods:
            self._empty(node)

    # Taking nodes away

    def _empty(self, node: Node) -> None:
        """A node without pods: it goes when it was so long enough."""
        if node.state is not NodeState.LIT:
            return
        if node.next:
            node.next.cancel()
        since = self._scans.next(self._clock.now) if self._scenario.scans else self._clock.now
        node.next = self._clock.at(since + self._scenario.cluster.idle_node_seconds, lambda: self._may_go(node))

    def _may_go(self, node: Node) -> None:
        lit = sum(other.state is not NodeState.PARKED for other in self._nodes[node.pool.pool.name])
        if node.pods or node.state is not NodeState.LIT or lit <= node.pool.always_lit or not self._removes():
            return
        now = self._clock.now
        if self._scenario.scans:
            allowed = self._scans.next(max(now, self._last_scale_up + self._scenario.control.delay_after_add_seconds))
            if allowed > now + EPSILON_SECONDS:
                node.next = self._clock.at(allowed, lambda: self._may_go(node))
                return
        node.next = None
        self._stop(node)

    def _removes(self) -> bool:
        return self._scenario.cluster.autoscaler not in (None, "none")

    def _stop(self, node: Node) -> None:
        if node.loss:
            node.loss.cancel()
        node.state = NodeState.PARKED
        node.see()
        if not node.pool.keeps_images:
            node.images.clear()
        if node.pool.pool.lifecycle is not Lifecycle.DEALLOCATE:
            self._nodes[node.pool.pool.name].remove(node)
            self._count_disks(node.pool)
        for pod in self._pending:
            self._look_at(self._first_look(pod))

    def _lose(self, node: Node) -> None:
        """The cloud takes a spot node back."""
        self._record.spot_losses += 1
        pods, node.pods = list(node.pods), []
        if node.next:
            node.next.cancel()
        self._stop(node)
        for pod in pods:
            pod.phase, pod.node = Phase.GONE, None
            if pod.next:
                pod.next.cancel()
            pod.lost(pod)

    # Standing still, and disks

    def _halted(self) -> bool:
        """IsClusterHealthy of clusterstate.go: more unready nodes than allowed by number and by share."""
        nodes = [node for nodes in self._nodes.values() for node in nodes]
        unready = sum(node.state is NodeState.PARKED for node in nodes)
        share = 100.0 * unready / (len(nodes) + self._scenario.control.other_nodes)
        return unready > self._scenario.most_unready and share > self._scenario.control.unready_percent

    def _resume(self) -> None:
        if self._halted_since is not None:
            self._record.halted_seconds += self._clock.now - self._halted_since
            self._halted_since = None

    def _count_disks(self, pool: SimulatedPool) -> None:
        self._record.disks.setdefault(pool.pool.name, []).append((self._clock.now, len(self._nodes[pool.pool.name])))


def _fits(pod: Pod, node: Node, free: int) -> bool:
    return node.pool.pool.name in pod.worker.starts and free >= pod.worker.devices
