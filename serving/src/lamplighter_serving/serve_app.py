"""The one door to Ray: a local Ray with Ray Serve, and in it the engine of this worker as a deployment.

Knows how Ray is started so that it stays private: one machine, a folder of its own, a token of its own (Ray listens on every
interface and one of its agents runs commands for whoever may talk to it), no dashboard, no HTTP proxy, no usage reports.
Knows no jobs and no documents. Errors that leave here name a class of failure, never a prompt.
"""

import asyncio
import logging
import os
import secrets
import time
import warnings
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from .catalog import WorkerClass
from .engines.base import Choice, Choose, Engine, EngineFacts, Generate, Generation
from .engines.registry import build_engine
from .errors import EngineError, EngineRefused, EngineUnavailable

T = TypeVar("T")

#: Called with a step of the start (import, ray, serve, load) and the seconds it took.
OnStage = Callable[[str, float], None]

APPLICATION = "engine"
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """An engine's error as it travels: Ray would wrap an exception together with its frames and their values."""

    refused: bool
    sentence: str
    hint: str


class EngineReplica:
    """The deployment: the engine in its own process."""

    # Coroutine on purpose: Serve awaits it on the loop that later runs the calls, so an engine may bind to that loop.
    async def __init__(self, worker_class: WorkerClass, model_path: Path | None) -> None:  # type: ignore[misc]
        begin = time.monotonic()
        self._engine = build_engine(worker_class, model_path)
        self._load_seconds = time.monotonic() - begin

    async def describe(self) -> tuple[EngineFacts, float]:
        """The engine's facts and the seconds its constructor took."""
        return self._engine.facts, self._load_seconds

    async def generate(self, request: Generate) -> Generation | Failure:
        """See `Engine.generate`."""
        return await _answer(self._engine.generate(request))

    async def choose(self, request: Choose) -> Choice | Failure:
        """See `Engine.choose`."""
        return await _answer(self._engine.choose(request))

    async def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...] | Failure:
        """See `Engine.count_tokens`."""
        return await _answer(self._engine.count_tokens(texts))

    async def close(self) -> None:
        """Frees the model."""
        await self._engine.close()


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
            try:
                answer = await getattr(self._handle, method).remote(argument)
            except self._ray_error as error:
                raise EngineUnavailable(
                    f"The engine's replica did not answer ({type(error).__name__}).", hint="Ray Serve starts a new one."
                ) from None
        if isinstance(answer, Failure):
            kind = EngineRefused if answer.refused else EngineUnavailable
            raise kind(answer.sentence, hint=answer.hint)
        return answer


async def start(worker_class: WorkerClass, *, model_path: Path | None, cpus: int, folder: Path, on_stage: OnStage) -> Engine:
    """Starts Ray, Serve and the engine; `folder` gets Ray's files and must be empty and short (it holds Unix sockets).

    Raises `EngineUnavailable` when the engine's process does not come up.
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
    await step("ray", lambda: _start_ray(cpus, folder, gpus=1 if worker_class.memory_fraction is not None else 0))
    await step("serve", _start_serve)
    begin = time.monotonic()
    handle = await loop.run_in_executor(thread, lambda: _deploy(worker_class, model_path, cpus))
    facts, _ = await handle.describe.remote()
    on_stage("load", time.monotonic() - begin)
    return ServedEngine(handle, facts, thread)


async def _answer(call: Awaitable[T]) -> T | Failure:
    try:
        return await call
    except EngineError as error:
        return Failure(refused=isinstance(error, EngineRefused), sentence=error.sentence, hint=error.hint)
    except Exception as error:  # noqa: BLE001 (the top of the replica: an error's text may quote the prompt, so it stays here)
        return Failure(refused=False, sentence=f"The engine failed with {type(error).__name__}.", hint="See the worker's log.")


def _import_ray() -> None:
    os.environ.update(
        RAY_USAGE_STATS_ENABLED="0",
        RAY_AUTH_MODE="token",
        # In the environment, because Ray would otherwise write it under HOME.
        RAY_AUTH_TOKEN=secrets.token_hex(32),
        RAY_ENABLE_UV_RUN_RUNTIME_ENV="0",
        RAY_SERVE_LOG_TO_STDERR="0",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray 2.60 uses what pydantic calls deprecated
        import ray.serve  # noqa: F401, PLC0415 (takes a second; timed as a stage)


def _start_ray(cpus: int, folder: Path, *, gpus: int) -> None:
    import ray  # noqa: PLC0415

    ray.init(
        num_cpus=cpus,
        num_gpus=gpus,
        object_store_memory=OBJECT_STORE_BYTES,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        _temp_dir=str(folder),
        _node_ip_address="127.0.0.1",
    )


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
        ray_actor_options={"num_cpus": cpus, "num_gpus": 1 if worker_class.memory_fraction is not None else 0},
        health_check_period_s=HEALTH_CHECK_SECONDS,
        health_check_timeout_s=HEALTH_CHECK_TIMEOUT_SECONDS,
        graceful_shutdown_wait_loop_s=STOP_WAIT_SECONDS,
    )(EngineReplica)
    try:
        return serve.run(deployment.bind(worker_class, model_path), name=APPLICATION, route_prefix=None)
    except RuntimeError as error:
        raise EngineUnavailable(
            f"The engine {worker_class.engine!r} did not start in Ray Serve.", hint="Its log stands in the worker's Ray folder."
        ) from error


def _stop() -> None:
    import ray  # noqa: PLC0415
    from ray import serve  # noqa: PLC0415

    serve.shutdown()  # type: ignore[no-untyped-call]
    ray.shutdown()
