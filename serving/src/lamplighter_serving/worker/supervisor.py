"""The life of one worker process: wake the engine, work, drain. Knows when each part begins and ends, not how it works."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import logs
from ..catalog import WorkerClass
from ..documents.page import Document
from ..engines.base import Engine, Mortal
from ..errors import EngineUnavailable
from ..extract.outcome import Outcome
from ..queue.job import JsonObject
from ..queue.store import JobStore
from ..settings import WorkerSettings
from .attempt import Attempts, Pipeline
from .deletion_cost import Annotate, DeletionCost
from .drain import Stop, drain
from .holding import Holding
from .loop import WorkLoop
from .presence import DRAINING, PresenceBeat
from .pulse import Pulse
from .tallies import Tallies
from .wake import Beginning, StartEngine, Wake

#: Kept from the grace for stopping Serve and Ray (measured: 2.3 s idle, 4.3 s on a busy machine with two cores).
STOP_SECONDS = 8.0
#: How often an engine that can end for good is asked whether it has.
HEALTH_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Doors:
    """What the worker reaches outside of itself.

    `folder` is its own, empty, and removed by whoever made it. `annotate` is its pod's, None where it is in none.
    """

    start_engine: StartEngine
    store: JobStore
    read: Callable[[bytes], Awaitable[Document]]
    extract: Callable[[Document, JsonObject, Engine], Awaitable[Outcome]]
    folder: Path
    annotate: Annotate | None = None


async def supervise(settings: WorkerSettings, worker_class: WorkerClass, doors: Doors, stop: Stop) -> None:
    """Runs until a stop signal and a drain. Raises `EngineError` when the engine does not come up, or has ended for good.

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
    pulse = Pulse(
        store=store,
        holder=settings.holder,
        holding=holding,
        presence=presence,
        tallies=tallies,
        deletion_cost=DeletionCost(doors.annotate),
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(presence.leave)
        stack.push_async_callback(pulse.write_tallies)
        stack.callback(asyncio.create_task(pulse.run(settings.heartbeat)).cancel)
        waking = asyncio.create_task(wake.run(worker_class, settings, doors.folder, doors.start_engine))
        if not await _first(stop.stop, waking):
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
        living = asyncio.create_task(_until_it_ends(engine))
        stack.callback(living.cancel)
        await _first(stop.stop, working, living)
        ended = living.result() if living.done() else None
        # Without its engine nothing can be finished: the jobs go back at once.
        grace_seconds = STOP_SECONDS if ended else settings.grace.total_seconds()
        stop_seconds = grace_seconds if ended else min(STOP_SECONDS, grace_seconds / 2)
        deadline = time.monotonic() + grace_seconds
        await presence.enter(DRAINING)
        loop.stop()
        await working
        await drain(store, holding, seconds=grace_seconds - stop_seconds, hurry=stop.hurry)
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + deadline - time.monotonic()):
                await engine.close()
        except TimeoutError:
            logs.event("engine-close-cut-short")
        if ended is not None:
            raise ended


async def _until_it_ends(engine: Engine) -> EngineUnavailable:
    """Why an engine that can end for good has ended; waits for ever for one that cannot."""
    while isinstance(engine, Mortal):
        await asyncio.sleep(HEALTH_SECONDS)
        try:
            await engine.check_health()
        except EngineUnavailable as error:
            logs.event("engine-ended")
            return error
    never: asyncio.Future[EngineUnavailable] = asyncio.get_running_loop().create_future()
    return await never


async def _first(stop: asyncio.Event, *tasks: "asyncio.Task[Any]") -> bool:
    """Waits for the end of a task or the stop, whichever comes first; True when a task ended. Raises what the task raised."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for task in tasks:
        if task.done():
            task.result()
    return any(task.done() for task in tasks)
