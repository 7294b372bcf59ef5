"""From a started process to an engine that serves, every stage timed (the stages of `metrics.WAKE_STAGES`).

The stages follow each other without gaps, so their sum is the wake: `activation` from the commit of the oldest waiting job to
the decision to start a worker, `weights` until the model's file is in the page cache, `engine` until it serves, `first_result`
until one job is done. The weights are read while Ray and the engine's libraries start. `node`, `gpu` and `image` happen before
this process exists.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from .. import logs, serve_app
from ..catalog import WorkerClass
from ..engines.base import Engine
from ..engines.registry import build_engine, find_model_file, runs_behind_serve
from ..errors import LeaseLost, SettingsError, StoreUnavailable
from ..queue.job import Lease
from ..queue.store import JobStore
from ..settings import WorkerSettings
from .presence import LIT, WAKING, PresenceBeat
from .tallies import Tallies

#: Piece in which a model's file is read ahead; large enough that the disk reads in sequence.
READ_BYTES = 8 * 1024 * 1024
#: Another worker of the class that beat within this time is alive: then this start is not a wake from dark.
NEIGHBOUR_BEAT = timedelta(seconds=15)


#: Brings up the engine of a class; the folder is for what it writes.
StartEngine = Callable[[WorkerClass, WorkerSettings, Path], Coroutine[Any, Any, Engine]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Beginning:
    """When this wake began, in Unix seconds: the decision to start a worker if it is known, else the process's own start."""

    at: float
    decided: bool


class Wake:
    """The wake of one worker process."""

    def __init__(self, *, store: JobStore, presence: PresenceBeat, tallies: Tallies, worker: str, beginning: Beginning) -> None:
        self._store = store
        self._presence = presence
        self._tallies = tallies
        self._worker = worker
        self._beginning = beginning
        self._stage_began = beginning.at
        self._over = False
        self._telling: list[asyncio.Task[None]] = []

    async def run(self, worker_class: WorkerClass, settings: WorkerSettings, folder: Path, start_engine: StartEngine) -> Engine:
        """Brings up the engine. Raises `EngineError` or `SettingsError` when it cannot."""
        await self._presence.enter(WAKING, stage="weights")
        engine = asyncio.create_task(start_engine(worker_class, settings, folder))
        try:
            await self._note_activation()
            file = find_model_file(worker_class, settings.model_path)
            if file is not None:
                await asyncio.to_thread(read_ahead, file)
            self._finish("weights")
            await self._presence.enter(WAKING, stage="engine")
            await engine
        finally:
            engine.cancel()
        self._finish("engine")
        await self._presence.enter(LIT)
        return engine.result()

    def tell(self, leases: Sequence[Lease]) -> None:
        """Tells the jobs that waited for this wake about it. Their events come late: before a lease they are not ours."""
        if not leases:
            self._over = True  # nobody waited, so the first result will say nothing about the wake
        self._telling = [asyncio.create_task(self._tell_job(lease)) for lease in leases]

    async def first_result(self) -> None:
        """A job is done. The first one ends the wake."""
        if not self._over:
            self._over = True
            self._finish("first_result")
            await self._presence.beat()

    async def _tell_job(self, lease: Lease) -> None:
        try:
            stages = self._presence.stages
            await self._store.record(lease, "waking", {"expected": None, "seconds": sum(stages.values())})
            for stage, seconds in stages.items():
                await self._store.record(lease, "stage", {"stage": stage, "seconds": seconds})
        except (LeaseLost, StoreUnavailable):
            logs.event("wake-not-told", job=lease.job.id)

    async def _note_activation(self) -> None:
        """From the commit of the oldest waiting job to the decision; unknown where a neighbour was lit already."""
        if not self._beginning.decided:
            return
        try:
            neighbours = [each for each in await self._store.presences(within=NEIGHBOUR_BEAT) if each.state == LIT]
            (depth,) = await self._store.depths([self._worker])
        except StoreUnavailable:
            return
        waited = depth.oldest_age_seconds - (time.time() - self._beginning.at)
        if depth.queued and not any(each.worker == self._worker for each in neighbours):
            self._note("activation", max(0.0, waited))

    def _finish(self, stage: str) -> None:
        now = time.time()
        self._note(stage, now - self._stage_began)
        self._stage_began = now

    def _note(self, stage: str, seconds: float) -> None:
        self._presence.finish_stage(stage, seconds)
        self._tallies.stage(stage, seconds)
        logs.event("wake-stage", stage=stage, seconds=round(seconds, 3))


async def start_engine(worker_class: WorkerClass, settings: WorkerSettings, folder: Path) -> Engine:
    """The engine in a Ray of this worker, or in this process where its kind wants none. Raises as `Wake.run` does."""
    if not runs_behind_serve(worker_class):
        if settings.group is not None:
            raise SettingsError(
                f"LAMPLIGHTER_RAY_NODES is {settings.group.nodes}, but the engine {worker_class.engine!r} runs in one process.",
                hint="Unset it: only an engine behind Ray Serve spreads over nodes.",
            )
        return await asyncio.to_thread(build_engine, worker_class, settings.model_path, cpus=settings.cpus)

    def note(step: str, seconds: float) -> None:
        logs.event("engine-step", step=step, seconds=round(seconds, 3))

    return await serve_app.start(
        worker_class,
        model_path=settings.model_path,
        cpus=settings.cpus,
        folder=folder,
        on_stage=note,
        group=settings.group,
    )


def read_ahead(path: Path) -> int:
    """Reads a file, or every file of a folder, so that it stands in the page cache. Returns the bytes."""
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    piece = memoryview(bytearray(READ_BYTES))
    total = 0
    for file in files:
        with file.open("rb", buffering=0) as stream:
            while read := stream.readinto(piece):
                total += read
    return total
