"""One worker class while it is simulated: its queue, its replicas, and the jobs they lease.

A replica takes jobs as soon as it is ready, as many at a time as its engine's concurrency, the oldest first. One that is told
to leave takes no more, and has its grace to finish; what it does not finish is begun again once its lease has run out.
"""

import random
from collections import deque
from collections.abc import Mapping

from .arrivals import Arrival
from .clock import Clock, Event
from .fleet import Fleet
from .keda import Scaler
from .pods import Phase, Pod
from .record import STAGES, Lamp, Record, Result, Step
from .scenario import Control, SimulatedWorker


class Job:
    """An arrival on its way."""

    __slots__ = ("arrival", "attempts")

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival
        self.attempts = 0


class WorkerClass:
    """Queue and replicas of one worker."""

    def __init__(
        self,
        *,
        worker: SimulatedWorker,
        control: Control,
        clock: Clock,
        fleet: Fleet,
        record: Record,
        draw: random.Random,
    ) -> None:
        self._worker, self._control, self._clock, self._fleet, self._record = worker, control, clock, fleet, record
        self._queue: deque[Job] = deque()
        self._running: dict[Job, tuple[Pod, Event]] = {}
        self._dying: list[Job] = []  # jobs whose worker is dead and whose lease is not over
        self._pods: list[Pod] = []
        self._made = 0
        self._dark_since: float | None = None  # when the first job came to a sleeping worker, until its first result
        self._activated = 0.0
        self._first_ready: Mapping[str, float] | None = None
        self._scaler = Scaler(worker, control, clock, draw, self._scale)
        self._scale(worker.scale.least)

    def undone(self) -> list[float]:
        """When the jobs came that have no result."""
        return [job.arrival.at for job in (*self._queue, *self._running, *self._dying)]

    def arrive(self, arrival: Arrival) -> None:
        """A job is committed."""
        self._record.arrived += 1
        if self._dark_since is None and not any(pod.phase is Phase.READY and not pod.leaving for pod in self._pods):
            self._dark_since = self._activated = self._clock.now
            self._first_ready = None
        self._queue.append(Job(arrival))
        self._lease()
        self._tell()

    def _tell(self) -> None:
        busy = len(self._running) + len(self._dying) if self._worker.metric_counts_running else 0
        self._scaler.jobs_are(len(self._queue) + busy)

    # Replicas

    def _scale(self, replicas: int) -> None:
        staying = [pod for pod in self._pods if not pod.leaving]
        if replicas and not staying:
            self._activated = self._clock.now
        for _number in range(replicas - len(staying)):
            self._new_pod()
        if replicas < len(staying):
            # The Deployment's order: not ready before ready, without a job before busy (pod-deletion-cost), the youngest first.
            staying.sort(key=lambda pod: (pod.phase, pod.running > 0, -pod.number))
            for pod in staying[: len(staying) - replicas]:
                self._send_away(pod)
            self._count_ready()

    def _new_pod(self) -> None:
        self._made += 1
        pod = Pod(worker=self._worker, number=self._made, created=self._clock.now, ready=self._ready, lost=self._lost)
        self._pods.append(pod)
        self._fleet.submit(pod)

    def _ready(self, pod: Pod) -> None:
        pod.phase, pod.next = Phase.READY, None
        if self._first_ready is None:
            self._first_ready = pod.marks
        if pod.node:
            pod.node.see()
        self._count_ready()
        self._lease()
        self._tell()

    def _send_away(self, pod: Pod) -> None:
        pod.leaving = True
        if pod.running:
            pod.next = self._clock.after(self._worker.grace_seconds, lambda: self._kill(pod))
        else:
            self._gone(pod)

    def _kill(self, pod: Pod) -> None:
        self._record.replicas_killed_busy += 1
        self._drop_jobs(pod)
        self._gone(pod)

    def _gone(self, pod: Pod) -> None:
        self._pods.remove(pod)
        self._fleet.release(pod)

    def _lost(self, pod: Pod) -> None:
        """Its node is gone; the Deployment makes another one."""
        self._pods.remove(pod)
        self._drop_jobs(pod)
        self._count_ready()
        if not pod.leaving:
            self._new_pod()

    def _count_ready(self) -> None:
        ready = sum(pod.phase is Phase.READY and not pod.leaving for pod in self._pods)
        self._record.ready.append(Step(at=self._clock.now, worker=self._worker.name, ready=ready))

    # Jobs

    def _lease(self) -> None:
        """Ready replicas take jobs, the one with the most room first."""
        while self._queue:
            able = [
                pod
                for pod in self._pods
                if pod.phase is Phase.READY and not pod.leaving and pod.running < self._worker.concurrency
            ]
            if not able:
                return
            self._begin(self._queue.popleft(), min(able, key=lambda pod: pod.running))

    def _begin(self, job: Job, pod: Pod) -> None:
        job.attempts += 1
        event = self._clock.after(job.arrival.work_seconds, lambda: self._finish(job))
        self._running[job] = (pod, event)
        self._count(pod, 1)

    def _finish(self, job: Job) -> None:
        pod, _event = self._running.pop(job)
        now = self._clock.now
        self._record.results.append(
            Result(worker=self._worker.name, arrived=job.arrival.at, finished=now, attempts=job.attempts)
        )
        self._note_wake(now)
        self._count(pod, -1)
        if pod.leaving and not pod.running:
            if pod.next:
                pod.next.cancel()
            self._gone(pod)
        self._lease()
        self._tell()

    def _drop_jobs(self, pod: Pod) -> None:
        """Its jobs are begun again when their leases are over, before those that came later."""
        for job in [job for job, (runner, _event) in self._running.items() if runner is pod]:
            _pod, event = self._running.pop(job)
            event.cancel()
            self._dying.append(job)
            self._clock.after(self._control.lease_seconds, lambda job=job: self._free(job))  # type: ignore[misc]
        if pod.node:
            pod.node.running -= pod.running
        pod.running = 0

    def _free(self, job: Job) -> None:
        self._dying.remove(job)
        self._queue.appendleft(job)
        self._lease()
        self._tell()

    def _count(self, pod: Pod, jobs: int) -> None:
        pod.running += jobs
        if pod.node:
            pod.node.running += jobs
            pod.node.see()

    def _note_wake(self, now: float) -> None:
        """The first result after the dark: each stage ends where the next begins, so their sum is the wait."""
        if self._dark_since is None or self._first_ready is None:
            return
        ends = {"activation": self._activated, **self._first_ready, "first_result": now}
        stages, at = {}, self._dark_since
        for stage in STAGES:
            end = max(at, min(now, ends.get(stage, at)))
            stages[stage] = end - at
            at = end
        self._record.lamps.append(Lamp(worker=self._worker.name, at=self._dark_since, stages=stages))
        self._dark_since = None
