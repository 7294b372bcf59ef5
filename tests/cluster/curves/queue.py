"""The queue of each run, as KEDA asks for it: by the push of the gateway's contract, and by Prometheus' text.

It stands in for the gateway, whose own answers are held to KEDA elsewhere (tests/serving/gateway).
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

import grpc.aio

from cluster.curves.scenarios import CONCURRENCY, Load
from lamplighter_serving.gateway.scaler import externalscaler_pb2 as pb
from lamplighter_serving.gateway.scaler.externalscaler_pb2_grpc import add_ExternalScalerServicer_to_server


class Queue:
    """Jobs of one run. A ready replica takes as many as it does at a time, the oldest first."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.queued = 0
        self.running = 0
        self.done = 0
        self._pods: dict[str, int] = {}  # ready ones, and how many jobs each does
        self._background: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Condition()

    @property
    def jobs(self) -> int:
        """What the metric counts."""
        return self.queued + self.running

    @property
    def finished(self) -> bool:
        """Whether all that comes has come and is done."""
        return self.done == len(self.load.arrivals)

    async def arrive(self) -> None:
        """Puts the jobs in, each at its time."""
        begun = asyncio.get_running_loop().time()
        for at in self.load.arrivals:
            await asyncio.sleep(begun + at - asyncio.get_running_loop().time())
            self.queued += 1
            await self._lease()

    async def pods_are(self, ready: set[str]) -> None:
        """Replicas that came take work. One that goes has none here: a load's replicas go when all is done."""
        self._pods = {name: self._pods.get(name, 0) for name in sorted(ready)}
        await self._lease()

    async def _lease(self) -> None:
        for name in sorted(self._pods, key=lambda pod: self._pods[pod]):
            while self.queued and self._pods[name] < CONCURRENCY:
                self.queued, self.running, self._pods[name] = self.queued - 1, self.running + 1, self._pods[name] + 1
                task = asyncio.create_task(self._work(name))
                self._background.add(task)
                task.add_done_callback(self._background.discard)
        async with self._changed:
            self._changed.notify_all()

    async def _work(self, pod: str) -> None:
        await asyncio.sleep(self.load.work_seconds)
        self.running, self.done = self.running - 1, self.done + 1
        if pod in self._pods:
            self._pods[pod] -= 1
        await self._lease()

    async def activity(self) -> AsyncIterator[bool]:
        """Whether there is work: now, and whenever that changes."""
        said: bool | None = None
        while True:
            if (active := self.jobs > 0) is not said:
                said = active
                yield active
            async with self._changed:
                if (self.jobs > 0) is said:
                    await self._changed.wait()


class Scaler:
    """KEDA's ExternalScaler over these queues."""

    def __init__(self, queues: Mapping[str, Queue]) -> None:
        self._queues = queues

    def _of(self, reference: pb.ScaledObjectRef) -> Queue:
        return self._queues[reference.scalerMetadata["worker"]]

    async def IsActive(self, request: pb.ScaledObjectRef, context: object) -> pb.IsActiveResponse:
        return pb.IsActiveResponse(result=self._of(request).jobs > 0)

    async def StreamIsActive(self, request: pb.ScaledObjectRef, context: object) -> AsyncIterator[pb.IsActiveResponse]:
        async for active in self._of(request).activity():
            yield pb.IsActiveResponse(result=active)

    async def GetMetricSpec(self, request: pb.ScaledObjectRef, context: object) -> pb.GetMetricSpecResponse:
        queue = self._of(request)
        target = queue.load.jobs_per_replica
        return pb.GetMetricSpecResponse(metricSpecs=[pb.MetricSpec(metricName="jobs", targetSize=target)])

    async def GetMetrics(self, request: pb.GetMetricsRequest, context: object) -> pb.GetMetricsResponse:
        jobs = self._of(request.scaledObjectRef).jobs
        return pb.GetMetricsResponse(metricValues=[pb.MetricValue(metricName="jobs", metricValue=jobs)])


async def serve_scaler(queues: Mapping[str, Queue], address: str) -> grpc.aio.Server:
    """Listens at the address for KEDA."""
    server = grpc.aio.server()
    add_ExternalScalerServicer_to_server(Scaler(queues), server)  # type: ignore[no-untyped-call]
    server.add_insecure_port(address)
    await server.start()
    return server


async def serve_metrics(queues: Mapping[str, Queue], host: str, port: int) -> asyncio.Server:
    """Answers Prometheus, whatever it asks for."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = "".join(
            f'lamplighter_jobs{{worker="{name}",state="{state}"}} {number}\n'
            for name, queue in queues.items()
            for state, number in (("queued", queue.queued), ("running", queue.running))
        ).encode()
        headers = f"content-type: text/plain; version=0.0.4\r\ncontent-length: {len(body)}\r\nconnection: close"
        writer.write(f"HTTP/1.1 200 OK\r\n{headers}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, host, port)
