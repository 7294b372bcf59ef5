"""KEDA's ExternalScaler over the queue: is a worker class needed, how much work has it, a push the moment work is committed.

Answers come from the store, so any gateway says the same; the push comes from the store's notices, so any gateway pushes,
whoever took the job. A store that does not answer, or has no tables yet, is an error for a question (KEDA then leaves the
replicas as they are) and silence on an open stream: a stream never says "not needed" for want of knowledge.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Never, Protocol

import grpc

from ... import logs
from ...catalog import Catalog, WorkerClass
from ...errors import StoreError
from ...queue.job import Depth
from ...queue.store import JobStore
from ..watch import Watcher
from . import externalscaler_pb2 as pb

#: Keys of the trigger's metadata that mean something to us; KEDA passes all of them on.
WORKER_KEY = "worker"
TARGET_KEY = "jobsPerReplica"
#: Work counts only once a job has waited so long: for replicas that step in where others cannot be had.
OLDER_KEY = "olderThanSeconds"

#: An open stream looks at the queue this often without any notice. The notices suffice; this is the net below them.
LOOK_SECONDS = 5.0
#: Pause after a store that did not answer.
RETRY_SECONDS = 0.5
#: While work is there, a stream reads the queue at most this often, however many hundred commits a second there are.
ACTIVE_PAUSE_SECONDS = 0.2
#: Commits while a class is active already are said again at most this often: it mends a lamp that went out by itself.
REPEAT_SECONDS = 1.0
#: A retry that waits is looked at this long after its time, so that one look suffices.
AFTER_SECONDS = 0.005
MOST_DIGITS = 9


class Context(Protocol):
    """What the service needs of gRPC's context."""

    async def abort(self, code: grpc.StatusCode, details: str) -> Never:
        """Ends the call with an error."""
        ...


class ScalerService:
    """The four calls. Registered with the generated `add_ExternalScalerServicer_to_server`."""

    def __init__(self, *, catalog: Catalog, store: JobStore, watcher: Watcher) -> None:
        self._catalog = catalog
        self._store = store
        self._watcher = watcher

    async def IsActive(self, request: pb.ScaledObjectRef, context: Context) -> pb.IsActiveResponse:  # noqa: N802 - KEDA's name
        """Whether the worker class has work, or with `olderThanSeconds` work that has waited so long."""
        worker = await self._worker(request, context)
        older_seconds = await self._number(request, OLDER_KEY, 0, context)
        return pb.IsActiveResponse(result=_needed(await self._depth(worker, context), older_seconds))

    async def GetMetricSpec(self, request: pb.ScaledObjectRef, context: Context) -> pb.GetMetricSpecResponse:  # noqa: N802
        """How much work one replica is meant to have."""
        worker = await self._worker(request, context)
        target = await self._number(request, TARGET_KEY, worker.jobs_per_replica, context)
        spec = pb.MetricSpec(metricName=metric_name(worker), targetSize=target, targetSizeFloat=float(target))
        return pb.GetMetricSpecResponse(metricSpecs=[spec])

    async def GetMetrics(self, request: pb.GetMetricsRequest, context: Context) -> pb.GetMetricsResponse:  # noqa: N802
        """Queued and running jobs of the worker class, added; with `olderThanSeconds` none before one has waited so long."""
        worker = await self._worker(request.scaledObjectRef, context)
        older_seconds = await self._number(request.scaledObjectRef, OLDER_KEY, 0, context)
        if request.metricName and request.metricName != metric_name(worker):
            await context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"The metric {request.metricName!r} is not known; worker {worker.name} has only {metric_name(worker)!r}.",
            )
        depth = await self._depth(worker, context)
        jobs = depth.queued + depth.running if _needed(depth, older_seconds) else 0
        value = pb.MetricValue(metricName=metric_name(worker), metricValue=jobs, metricValueFloat=float(jobs))
        return pb.GetMetricsResponse(metricValues=[value])

    async def StreamIsActive(  # noqa: N802
        self, request: pb.ScaledObjectRef, context: Context
    ) -> AsyncIterator[pb.IsActiveResponse]:
        """The state at once, then true when a job is committed or a retry's time has come, false when the work is done."""
        worker = await self._worker(request, context)
        older_seconds = await self._number(request, OLDER_KEY, 0, context)
        logs.event("stream-opened", worker=worker.name, scaled_object=f"{request.namespace}/{request.name}")
        said: bool | None = None
        said_at = 0.0
        committed = False
        with self._watcher.worker(worker.name) as notices:
            while not notices.ended:
                active, pause_seconds = await self._look(worker, older_seconds)
                if active is False:
                    committed = False  # what was committed is done already
                quiet_seconds = time.monotonic() - said_at
                if active is not None and (active != said or (active and committed and quiet_seconds >= REPEAT_SECONDS)):
                    said, said_at, committed = active, time.monotonic(), False
                    yield pb.IsActiveResponse(result=active)
                elif active and committed:
                    pause_seconds = min(pause_seconds, max(0.0, REPEAT_SECONDS - quiet_seconds))
                taken = await notices.next(pause_seconds)
                committed = committed or any(notice.kind == "committed" for notice in taken)
                if said and taken:
                    # Gathers what comes meanwhile. Only while active: the first job after a quiet time is never held up.
                    await asyncio.sleep(ACTIVE_PAUSE_SECONDS)

    async def _look(self, worker: WorkerClass, older_seconds: int) -> tuple[bool | None, float]:
        """Whether there is work, None when the store does not tell, and how long to wait for a notice before the next look."""
        try:
            (depth,) = await self._store.depths([worker.name])
            if _needed(depth, older_seconds):
                return True, LOOK_SECONDS
            if depth.queued:
                return False, min(LOOK_SECONDS, older_seconds - depth.oldest_age_seconds + AFTER_SECONDS)
            seconds = await self._store.next_available(worker.name)
        except StoreError:
            logs.event("scaler-without-store", level=logging.WARNING, worker=worker.name)
            return None, RETRY_SECONDS
        return False, LOOK_SECONDS if seconds is None else min(LOOK_SECONDS, seconds + AFTER_SECONDS)

    async def _depth(self, worker: WorkerClass, context: Context) -> Depth:
        try:
            (depth,) = await self._store.depths([worker.name])
        except StoreError as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, error.sentence)
        return depth

    async def _worker(self, request: pb.ScaledObjectRef, context: Context) -> WorkerClass:
        name = request.scalerMetadata.get(WORKER_KEY, "")
        if name not in self._catalog.workers:
            known = ", ".join(sorted(self._catalog.workers))
            await context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"The trigger's metadata says {WORKER_KEY}: {name!r}, but the catalog has only: {known}.",
            )
        return self._catalog.workers[name]

    async def _number(self, request: pb.ScaledObjectRef, key: str, otherwise: int, context: Context) -> int:
        text = request.scalerMetadata.get(key, "")
        if not text:
            return otherwise
        if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS and int(text) >= 1):
            await context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"The trigger's metadata says {key}: {text!r}; it must be a whole number of at least 1.",
            )
        return int(text)


def _needed(depth: Depth, older_seconds: int) -> bool:
    """Whether a replica is needed: for any work, or once a job has waited longer than that."""
    return depth.active if not older_seconds else depth.queued > 0 and depth.oldest_age_seconds >= older_seconds


def metric_name(worker: WorkerClass) -> str:
    """The name KEDA puts into the HPA, with a prefix of its own."""
    return f"lamplighter-{worker.name}"
