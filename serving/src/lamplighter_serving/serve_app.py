"""The one door to Ray: a local Ray with Ray Serve, and in it the engine of this worker as a deployment.

Knows how Ray is started so that it stays private and small: one machine, loopback, a folder of its own, a token of its own
(Serve's replicas listen on every interface all the same, and one of Ray's agents runs commands for whoever may talk to it), no
dashboard, no autoscaler, no HTTP proxy, no usage reports. What it does with Ray's insides holds for the pinned version alone.
Knows no jobs and no documents. Errors that leave here name a class of failure, never a prompt.
"""

import asyncio
import logging
import os
import secrets
import signal
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar, cast

from .catalog import WorkerClass
from .engines.base import Choice, Choose, Engine, EngineFacts, Generate, Generation
from .engines.options import GPUS
from .engines.replica import EngineReplica, Failure
from .errors import EngineUnavailable

T = TypeVar("T")

#: Called with a step of the start (import, ray, serve, load) and the seconds it took.
OnStage = Callable[[str, float], None]

APPLICATION = "engine"
#: Whoever talks to our Ray must know it. One a process: Ray's own code reads it once and never again.
TOKEN = secrets.token_hex(32)
#: Servers that Ray starts on every head node and has no switch for: autoscaler, dashboard, and who copies logs to the driver.
#: Nobody asks them here. Without them Ray was up after 17 s instead of 29 on a busy machine, with 300 MiB less.
UNUSED_SERVERS = ("start_monitor", "start_api_server", "start_log_monitor")
#: Ray refuses less than 75 MiB. Requests and answers are small and travel inline, so nothing needs more.
OBJECT_STORE_BYTES = 78 * 1024 * 1024
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


class ServedEngine:
    """An `Engine` whose calls go to the deployment. Made by `start`."""

    def __init__(self, handle: Any, facts: EngineFacts, thread: ThreadPoolExecutor) -> None:
        from ray.exceptions import RayError  # noqa: PLC0415 (Ray takes a second to import; `start` has done so)

        self._handle = handle
        self._facts = facts
        self._thread = thread
        self._ray_error: type[Exception] = RayError
        self._slots = asyncio.Semaphore(facts.concurrency + WAITING_CALLS)

    @property
    def facts(self) -> EngineFacts:
        """Facts of the engine inside the deployment."""
        return self._facts

    async def generate(self, request: Generate) -> Generation:
        """See `Engine.generate`."""
        return cast(Generation, await self._call("generate", request))

    async def choose(self, request: Choose) -> Choice:
        """See `Engine.choose`."""
        return cast(Choice, await self._call("choose", request))

    async def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """See `Engine.count_tokens`."""
        return cast(tuple[int, ...], await self._call("count_tokens", tuple(texts)))

    async def close(self) -> None:
        """Frees the model, then stops Serve and Ray."""
        try:
            await self._handle.close.remote()
        except self._ray_error:
            pass  # the replica is gone, and its model with it
        finally:
            await asyncio.get_running_loop().run_in_executor(self._thread, _stop)
            self._thread.shutdown(wait=False)

    async def _call(self, method: str, argument: object) -> object:
        async with self._slots:
            response = getattr(self._handle, method).remote(argument)
            try:
                answer = await response
            except asyncio.CancelledError:
                response.cancel()  # else the replica would go on with it, in a slot that we think is free
                raise
            except self._ray_error as error:
                raise EngineUnavailable(
                    f"The engine's replica did not answer ({type(error).__name__}).", hint="Ray Serve starts a new one."
                ) from None
        if isinstance(answer, Failure):
            raise answer.error()
        return answer


async def start(worker_class: WorkerClass, *, model_path: Path | None, cpus: int, folder: Path, on_stage: OnStage) -> Engine:
    """Starts Ray, Serve and the engine; `folder` gets Ray's files and must be empty and short (it holds Unix sockets).

    Once a process, for Serve keeps what it knew of the first Ray. Raises `EngineUnavailable` when Ray or the engine's process
    does not come up, and what the engine's constructor raises; nothing of Ray is left then.
    """
    # Ray's children end with the thread that started them (PR_SET_PDEATHSIG), so it is one thread that lives as long as Ray.
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ray")
    loop = asyncio.get_running_loop()

    async def step(name: str, work: Callable[[], T]) -> T:
        begin = time.monotonic()
        result = await loop.run_in_executor(thread, work)
        on_stage(name, time.monotonic() - begin)
        return result

    await step("import", _import_ray)
    try:
        await step("ray", lambda: _start_ray(cpus, folder, gpus=_gpus(worker_class)))
        _take_back_sigterm()
        await step("serve", _start_serve)
        begin = time.monotonic()
        handle = await loop.run_in_executor(thread, lambda: _deploy(worker_class, model_path, cpus))
        facts = await handle.describe.remote()
        if isinstance(facts, Failure):
            raise facts.error()
    except Exception:  # whatever it was, nothing of Ray may be left behind
        await loop.run_in_executor(thread, _stop)
        thread.shutdown(wait=False)
        raise
    on_stage("load", time.monotonic() - begin)
    return ServedEngine(handle, facts, thread)


def _import_ray() -> None:
    os.environ.update(
        RAY_USAGE_STATS_ENABLED="0",
        RAY_AUTH_MODE="token",
        # In the environment, because Ray would otherwise write it under HOME.
        RAY_AUTH_TOKEN=TOKEN,
        # What Ray calls so is its refusal to form a cluster: it listens on loopback alone then, on any system.
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",
        RAY_ENABLE_UV_RUN_RUNTIME_ENV="0",
        RAY_SERVE_LOG_TO_STDERR="0",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray 2.60 uses what pydantic calls deprecated
        import ray.serve  # noqa: F401, PLC0415 (takes a second; timed as a stage)


def _start_ray(cpus: int, folder: Path, *, gpus: int) -> None:
    import ray  # noqa: PLC0415
    from ray._private.node import Node  # noqa: PLC0415

    for server in UNUSED_SERVERS:
        setattr(Node, server, _start_nothing)
    try:
        ray.init(
            address="local",  # whatever RAY_ADDRESS says: never someone else's Ray
            num_cpus=cpus,
            num_gpus=gpus,
            object_store_memory=OBJECT_STORE_BYTES,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            _temp_dir=str(folder),
            _node_ip_address="127.0.0.1",
        )
    except Exception as error:  # a bare one is what Ray raises when its servers take longer than 30 s
        raise EngineUnavailable(
            f"Ray did not start: {type(error).__name__}.", hint="Has the machine CPU to spare? Ray's servers have 30 s."
        ) from error


def _take_back_sigterm() -> None:
    """Ray's core prints its stack on SIGTERM before anyone else hears of it; whoever had the signal gets it back."""
    handler = signal.getsignal(signal.SIGTERM)
    if handler is not None and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)
        signal.siginterrupt(signal.SIGTERM, False)


def _start_nothing(*_: object, **__: object) -> None:
    """In the place of a method that starts a server."""


def _gpus(worker_class: WorkerClass) -> int:
    """GPUs of the pod that the engine gets. Ray counts them only; what limits memory is the engine's own fraction."""
    wanted = worker_class.engine_options.get(GPUS, 1)
    return 0 if worker_class.memory_fraction is None or not isinstance(wanted, int) else wanted


def _start_serve() -> None:
    from ray import serve  # noqa: PLC0415

    logging.getLogger("ray.serve").setLevel(logging.ERROR)
    serve.start(proxy_location="Disabled", logging_config={"log_level": "ERROR", "enable_access_log": False})


def _deploy(worker_class: WorkerClass, model_path: Path | None, cpus: int) -> Any:
    from ray import serve  # noqa: PLC0415

    deployment = serve.deployment(
        name=worker_class.engine,
        num_replicas=1,
        max_ongoing_requests=worker_class.concurrency + WAITING_CALLS + ONGOING_SLACK,
        ray_actor_options={"num_cpus": cpus, "num_gpus": _gpus(worker_class)},
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


def _stop() -> None:
    import ray  # noqa: PLC0415
    from ray import serve  # noqa: PLC0415

    if ray.is_initialized():  # else Serve would start a Ray of its own to shut it down
        serve.shutdown()  # type: ignore[no-untyped-call]
    ray.shutdown()
