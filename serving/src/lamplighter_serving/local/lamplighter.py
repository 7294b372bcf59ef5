"""Starts and stops workers on one machine, as KEDA does in a cluster: follows the gateway's push, one process a worker class.

Follows `StreamIsActive` of each class and does what `decision` says. A stream that breaks is opened again; until it is back the
last word holds, as with KEDA. Knows no jobs and no database of its own. More replicas than one are a cluster's business.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import grpc.aio

from ..catalog import WorkerClass
from ..gateway.scaler.externalscaler_pb2 import ScaledObjectRef
from ..gateway.scaler.externalscaler_pb2_grpc import ExternalScalerStub
from .child import Child
from .decision import Act, Rules, Seen, State, decide

#: Starts a worker of a class; gets the Unix time at which that was decided.
StartWorker = Callable[[WorkerClass, float], Awaitable[Child]]
#: Told in one sentence what happens, for a person who watches.
Say = Callable[[str], None]
#: Told of a worker that ended without being asked.
OnDeath = Callable[[WorkerClass, Child], None]

#: Pauses before a broken stream is opened again.
RECONNECT_FIRST_SECONDS = 0.1
RECONNECT_MOST_SECONDS = 5.0
CHANNEL_OPTIONS = (
    # The gateway is on this machine: a proxy of the environment has no say in how it is reached.
    ("grpc.enable_http_proxy", 0),
    # gRPC has pauses of its own, which grow to two minutes; ours are the ones that count.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
)


class Lamplighter:
    """Keeps a worker running for each class that has work. `run` is its task; cancelling it stops the workers first."""

    def __init__(
        self,
        *,
        scaler: str,
        workers: Iterable[WorkerClass],
        grace_seconds: float,
        start: StartWorker,
        say: Say,
        on_death: OnDeath,
    ) -> None:
        self._scaler = scaler
        self._posts = [
            Post(
                worker,
                Rules(cooldown_seconds=worker.cooldown_seconds, grace_seconds=grace_seconds),
                start=start,
                say=say,
                on_death=on_death,
            )
            for worker in workers
        ]

    async def run(self) -> None:
        """Follows all classes until it is cancelled."""
        async with grpc.aio.insecure_channel(self._scaler, options=CHANNEL_OPTIONS) as channel, asyncio.TaskGroup() as tasks:
            stub = ExternalScalerStub(channel)  # type: ignore[no-untyped-call]
            for post in self._posts:
                tasks.create_task(follow(stub, post.worker.name, post.hear))
                tasks.create_task(post.keep())


class Post:
    """One worker class and its process."""

    def __init__(self, worker: WorkerClass, rules: Rules, *, start: StartWorker, say: Say, on_death: OnDeath) -> None:
        self.worker = worker
        self._rules = rules
        self._start = start
        self._say = say
        self._on_death = on_death
        self._active = False
        self._changed = asyncio.Event()
        self._state = State()
        self._child: Child | None = None
        self._burial: asyncio.Task[None] | None = None

    def hear(self, active: bool) -> None:
        """The gateway says whether the class has work."""
        self._active = active
        self._changed.set()

    async def keep(self) -> None:
        """Does what is decided, at every change and when a decision's time has come. Stops the process when cancelled."""
        try:
            while True:
                self._changed.clear()
                again_at = await self._step()
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(again_at):
                        await self._changed.wait()
        finally:
            await self._end()

    async def _step(self) -> float | None:
        seen = Seen(
            active=self._active,
            alive=self._child is not None and self._child.alive,
            now=asyncio.get_running_loop().time(),
        )
        decision = decide(self._state, seen, self._rules)
        self._state = decision.state
        name = self.worker.name
        match decision.act:
            case Act.START:
                self._say(f"{name}: work is there, starting a worker")
                self._child = await self._start(self.worker, time.time())
                self._burial = asyncio.create_task(self._attend(self._child))
            case Act.STOP if self._child is not None:
                self._say(f"{name}: no work for {self._rules.cooldown_seconds:g} s, stopping the worker")
                self._child.tell(signal.SIGTERM)
            case Act.KILL if self._child is not None:
                self._say(f"{name}: the worker did not stop within {self._rules.grace_seconds:g} s, killing it")
                self._child.tell(signal.SIGKILL)
        return decision.again_at

    async def _attend(self, child: Child) -> None:
        """Waits for the end of a process and says so."""
        await child.gone()
        if self._state.stop_asked_at is None:
            self._say(child.failure().sentence)
            self._on_death(self.worker, child)
        else:
            self._say(f"{self.worker.name}: dark")
        self._changed.set()

    async def _end(self) -> None:
        if self._burial is not None:
            self._burial.cancel()
        if self._child is not None:
            await self._child.stop((signal.SIGTERM, self._rules.grace_seconds))


async def follow(stub: ExternalScalerStub, worker: str, hear: Callable[[bool], None]) -> None:
    """Passes on every word of the class's stream until cancelled; a stream that breaks is opened again."""
    reference = ScaledObjectRef(name=worker, namespace="local", scalerMetadata={"worker": worker})
    pause_seconds = RECONNECT_FIRST_SECONDS
    while True:
        with suppress(grpc.aio.AioRpcError):
            async for answer in stub.StreamIsActive(reference):
                hear(answer.result)
                pause_seconds = RECONNECT_FIRST_SECONDS
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(RECONNECT_MOST_SECONDS, pause_seconds * 2)
