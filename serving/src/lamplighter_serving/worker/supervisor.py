"""The life of one worker process: wake the engine, work, drain. Knows when each part begins and ends, not how it works."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .. import logs
from ..catalog import WorkerClass
from ..documents.page import Document
from ..engines.base import Engine
from ..extract.outcome import Outcome
from ..queue.job import JsonObject
from ..queue.store import JobStore
from ..settings import WorkerSettings
from .attempt import Attempts, Pipeline
from .drain import StopSignals, drain
from .holding import Holding
from .loop import WorkLoop
from .presence import DRAINING, PresenceBeat
from .pulse import Pulse
from .tallies import Tallies
from .wake import Beginning, Wake

#: Kept from the grace for stopping Serve and Ray (measured: 2.3 s idle, 4.3 s on a busy machine with two cores).
STOP_SECONDS = 8.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Doors:
    """What the worker reaches outside of itself. `folder` is its own, empty, and removed by whoever made it."""

    store: JobStore
    read: Callable[[bytes], Awaitable[Document]]
    extract: Callable[[Document, JsonObject, Engine], Awaitable[Outcome]]
    folder: Path


async def supervise(settings: WorkerSettings, worker_class: WorkerClass, doors: Doors, signals: StopSignals) -> None:
    """Runs until a stop signal and a drain. Raises `EngineError` when the engine does not come up.

    Told to stop while waking it returns at once: nothing is leased then, and what Ray has started ends with this process.
    """
    began_at = time.time()
    store = doors.store
    tallies = Tallies(worker_class.name)
    holding = Holding(store, holder=settings.holder, duration=settings.lease)
    presence = PresenceBeat(
        store, holder=settings.holder, worker=worker_class.name, started_at=datetime.fromtimestamp(began_at, UTC)
    )
    wake = Wake(
        store=store,
        presence=presence,
        tallies=tallies,
        worker=worker_class.name,
        beginning=Beginning(at=settings.started_at or began_at, decided=settings.started_at is not None),
    )
    pulse = Pulse(store=store, holder=settings.holder, holding=holding, presence=presence, tallies=tallies)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(presence.leave)
        stack.push_async_callback(pulse.write_tallies)
        stack.callback(asyncio.create_task(pulse.run(settings.heartbeat)).cancel)
        waking = asyncio.create_task(
            wake.run(worker_class, model_path=settings.model_path, cpus=settings.cpus, folder=doors.folder)
        )
        if not await _first(waking, signals.stop):
            return
        engine = waking.result()
        pipeline = Pipeline(read=doors.read, extract=doors.extract, engine=engine, max_job_seconds=worker_class.max_job_seconds)
        loop = WorkLoop(
            store=store,
            holding=holding,
            attempts=Attempts(store=store, holding=holding, pipeline=pipeline, tallies=tallies, lease=settings.lease),
            wake=wake,
            worker=worker_class.name,
            holder=settings.holder,
            concurrency=engine.facts.concurrency,
            lease=settings.lease,
        )
        working = asyncio.create_task(loop.run())
        await _first(working, signals.stop)
        deadline = time.monotonic() + settings.grace.total_seconds()
        await presence.enter(DRAINING)
        loop.stop()
        await working
        stop_seconds = min(STOP_SECONDS, settings.grace.total_seconds() / 2)
        await drain(store, holding, seconds=settings.grace.total_seconds() - stop_seconds, hurry=signals.hurry)
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + deadline - time.monotonic()):
                await engine.close()
        except TimeoutError:
            logs.event("engine-close-cut-short")


async def _first(task: "asyncio.Task[object]", stop: asyncio.Event) -> bool:
    """Waits for the task's end or the stop, whichever comes first; True when the task ended. Raises what the task raised."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if task.done():
        task.result()
    return task.done()
