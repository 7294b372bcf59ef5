"""The engine of a worker as a Ray Serve deployment, and the `Engine` whose calls go there.

Errors that leave here name a class of failure, never a prompt.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar, cast

from ..catalog import WorkerClass
from ..engines.base import Choice, Choose, Delta, Embed, Embeddings, Engine, EngineFacts, Generate, Generation, Tell
from ..engines.options import GPUS
from ..engines.replica import EngineReplica, Failure
from ..errors import EngineUnavailable
from ..settings import RayGroup
from . import ray_head

T = TypeVar("T")

#: Called with a step of the start (import, ray, serve, nodes, load) and the seconds it took.
OnStage = Callable[[str, float], None]

APPLICATION = "engine"
#: Calls that wait inside the replica beyond the engine's concurrency, so that a free slot never waits for a message.
WAITING_CALLS = 2
#: Serve's own limit stands above ours: when it is reached Serve polls with growing pauses (200 calls took 8.8 s, not 0.5).
ONGOING_SLACK = 8
#: How often Serve asks whether the replica lives; a dead one is found at the next call anyway.
HEALTH_CHECK_SECONDS = 2.0
#: A replica that decodes long prompts may answer late.
HEALTH_CHECK_TIMEOUT_SECONDS = 60.0
#: No call is in flight when we stop, so the replica need not wait (Serve's default is 2 s).
STOP_WAIT_SECONDS = 0.1
#: Ray gives every head node this much of this resource; asking for a trifle of it pins a replica there.
ON_HEAD = {"node:__internal_head__": 0.001}


class ServedEngine:
    """An `Engine` whose calls go to the deployment. Made by `start`."""

    def __init__(self, handle: Any, facts: EngineFacts, thread: ThreadPoolExecutor, group: RayGroup | None) -> None:
        from ray.exceptions import RayError  # noqa: PLC0415 (Ray takes a second to import; `start` has done so)

        self._handle = handle
        self._facts = facts
        self._thread = thread
        self._group = group
        self._ray_error: type[Exception] = RayError
        self._slots = asyncio.Semaphore(facts.concurrency + WAITING_CALLS)

    @property
    def facts(self) -> EngineFacts:
        """Facts of the engine inside the deployment."""
        return self._facts

    async def generate(self, request: Generate, tell: Tell | None = None) -> Generation:
        """See `Engine.generate`."""
        if tell is None:
            return cast(Generation, await self._call("generate", request))
        return await self._written(request, tell)

    async def embed(self, request: Embed) -> Embeddings:
        """See `Engine.embed`."""
        return cast(Embeddings, await self._call("embed", request))

    async def choose(self, request: Choose) -> Choice:
        """See `Engine.choose`."""
        return cast(Choice, await self._call("choose", request))

    async def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """See `Engine.count_tokens`."""
        return cast(tuple[int, ...], await self._call("count_tokens", tuple(texts)))

    async def check_health(self) -> None:
        """Raises `EngineUnavailable` once a node of the group is gone: nothing brings it back but a new group.

        A replica that ends is not that: Serve starts a new one.
        """
        if self._group is None:
            return
        alive = await asyncio.get_running_loop().run_in_executor(self._thread, ray_head.nodes_alive)
        if alive < self._group.nodes:
            raise EngineUnavailable(
                f"The group has {alive} of its {self._group.nodes} nodes.", hint="A new group is started in its place."
            )

    async def close(self) -> None:
        """Frees the model, then stops Serve and Ray."""
        try:
            await self._handle.close.remote()
        except self._ray_error:
            pass  # the replica is gone, and its model with it
        finally:
            await asyncio.get_running_loop().run_in_executor(self._thread, ray_head.stop)
            self._thread.shutdown(wait=False)

    async def _written(self, request: Generate, tell: Tell) -> Generation:
        async with self._slots:
            response = self._handle.options(stream=True).write.remote(request)
            last: object = None
            try:
                async for last in response:
                    if isinstance(last, Delta):
                        tell(last)
            except asyncio.CancelledError:
                response.cancel()
                raise
            except self._ray_error as error:
                raise _gone(error) from None
        if isinstance(last, Failure):
            raise last.error()
        return cast(Generation, last)

    async def _call(self, method: str, argument: object) -> object:
        async with self._slots:
            response = getattr(self._handle, method).remote(argument)
            try:
                answer = await response
            except asyncio.CancelledError:
                response.cancel()  # else the replica would go on with it, in a slot that we think is free
                raise
            except self._ray_error as error:
                raise _gone(error) from None
        if isinstance(answer, Failure):
            raise answer.error()
        return answer


def _gone(error: Exception) -> EngineUnavailable:
    return EngineUnavailable(
        f"The engine's replica did not answer ({type(error).__name__}).", hint="Ray Serve starts a new one."
    )


async def start(
    worker_class: WorkerClass,
    *,
    model_path: Path | None,
    cpus: int,
    folder: Path,
    on_stage: OnStage,
    group: RayGroup | None = None,
) -> Engine:
    """Starts Ray, Serve and the engine; `folder` gets Ray's files and must be empty and short (it holds Unix sockets).

    With a `group` this process is its head: the engine is loaded once all nodes have joined. Once a process, for Serve keeps
    what it knew of the first Ray. Raises `EngineUnavailable` when Ray, the group or the engine's process does not come up, and
    what the engine's constructor raises; nothing of Ray is left then.
    """
    # Ray's children end with the thread that started them (PR_SET_PDEATHSIG), so it is one thread that lives as long as Ray.
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ray")
    loop = asyncio.get_running_loop()

    async def step(name: str, work: Callable[[], T]) -> T:
        begin = time.monotonic()
        result = await loop.run_in_executor(thread, work)
        on_stage(name, time.monotonic() - begin)
        return result

    await step("import", lambda: ray_head.import_ray(group))
    try:
        await step("ray", lambda: ray_head.start_ray(cpus, folder, gpus=_gpus(worker_class), group=group))
        ray_head.take_back_sigterm()
        await step("serve", ray_head.start_serve)
        if group is not None:
            await step("nodes", lambda: ray_head.gather(group))
        begin = time.monotonic()
        handle = await loop.run_in_executor(thread, lambda: _deploy(worker_class, model_path, cpus, group))
        facts = await handle.describe.remote()
        if isinstance(facts, Failure):
            raise facts.error()
    except Exception:  # whatever it was, nothing of Ray may be left behind
        await loop.run_in_executor(thread, ray_head.stop)
        thread.shutdown(wait=False)
        raise
    on_stage("load", time.monotonic() - begin)
    return ServedEngine(handle, facts, thread, group)


def _gpus(worker_class: WorkerClass) -> int:
    """GPUs of this pod that the engine gets. Ray counts them only; what limits memory is the engine's own fraction."""
    wanted = worker_class.engine_options.get(GPUS, 1)
    return 0 if worker_class.memory_fraction is None or not isinstance(wanted, int) else wanted


def _deploy(worker_class: WorkerClass, model_path: Path | None, cpus: int, group: RayGroup | None) -> Any:
    from ray import serve  # noqa: PLC0415

    # An engine that spreads over a group asks Ray for the GPUs of all its nodes, this one's too: they must be free.
    resources: dict[str, object] = {"num_gpus": _gpus(worker_class)} if group is None else {"num_gpus": 0, "resources": ON_HEAD}
    deployment = serve.deployment(
        name=worker_class.engine,
        num_replicas=1,
        max_ongoing_requests=worker_class.concurrency + WAITING_CALLS + ONGOING_SLACK,
        ray_actor_options={"num_cpus": cpus, **resources},
        health_check_period_s=HEALTH_CHECK_SECONDS,
        health_check_timeout_s=HEALTH_CHECK_TIMEOUT_SECONDS,
        graceful_shutdown_wait_loop_s=STOP_WAIT_SECONDS,
    )(EngineReplica)
    try:
        return serve.run(deployment.bind(worker_class, model_path, cpus), name=APPLICATION, route_prefix=None)
    except RuntimeError as error:
        raise EngineUnavailable(
            f"The engine {worker_class.engine!r} did not start in Ray Serve.", hint="Its log stands in the worker's Ray folder."
        ) from error
