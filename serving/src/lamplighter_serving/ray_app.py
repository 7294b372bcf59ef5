"""A worker inside someone else's Ray: the Serve application of `topology: rayservice`, for models that are always lit.

KubeRay starts the Ray and keeps the number of replicas. Each replica is a whole worker (it leases jobs like any other), whose
engine also answers `/v1/models` and questions to its model through Ray's HTTP proxy. Its settings are those of a worker, in the
environment of the Ray pods.
"""

import asyncio
import uuid
from collections.abc import Mapping
from pathlib import Path

from ray import serve
from ray.serve import Application
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from . import logs
from .catalog import WorkerClass
from .completion.errors import error_of
from .completion.tasks import TASKS, Task
from .engines.base import Engine
from .engines.options import GPUS
from .engines.registry import build_engine
from .errors import EngineError, EngineRefused, EngineUnavailable, LamplighterError, SettingsError
from .settings import WorkerSettings, read_worker_settings
from .worker.drain import Stop
from .worker.main import work, worker_class
from .worker.writing import write

#: Requests beyond the engine's concurrency that a replica keeps waiting; the proxy holds the others.
WAITING_REQUESTS = 8
REPLICAS = "replicas"
_TASKS: Mapping[str, Task] = {task.path: task for task in TASKS.values()}


class AlwaysLit:
    """One replica."""

    # Coroutine on purpose: Serve calls a replica ready when it returns, and that is when the engine serves.
    async def __init__(self) -> None:  # type: ignore[misc]
        logs.configure()
        settings = read_worker_settings()
        self._stop = Stop()
        lit: asyncio.Future[Engine] = asyncio.get_running_loop().create_future()

        async def start(chosen: WorkerClass, having: WorkerSettings, _: Path) -> Engine:
            # This process is the engine's own already: it needs no Ray inside Ray.
            engine = await asyncio.to_thread(build_engine, chosen, having.model_path, cpus=having.cpus)
            lit.set_result(engine)
            return engine

        self._working = asyncio.create_task(work(settings, worker_class(settings), self._stop, start))
        either: set[asyncio.Future[Engine] | asyncio.Future[None]] = {lit, self._working}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self._working.done():
            self._working.result()
        self._engine = lit.result()

    async def check_health(self) -> None:
        """Called by Serve, which exchanges a replica whose worker has ended."""
        if self._working.done():
            self._working.result()
            raise EngineUnavailable("The worker has ended.")

    async def __call__(self, request: Request) -> Response:
        """The routes."""
        facts = self._engine.facts
        match request.method, request.url.path.rstrip("/"):
            case "GET", "/v1/models":
                model = {"id": facts.model, "object": "model", "created": 0, "owned_by": "lamplighter"}
                return JSONResponse({"object": "list", "data": [model]})
            case "POST", path if task := _TASKS.get(path):
                return await self._answer(task, request)
        return _refusal(404, LamplighterError(f"There is no {request.method} {request.url.path}."))

    async def _answer(self, task: Task, request: Request) -> Response:
        try:
            outcome = await write(task, await request.body(), self._engine, uuid.uuid4())
        except EngineError as error:
            return _refusal(400 if isinstance(error, EngineRefused) else 503, error)
        return JSONResponse(outcome.data)

    async def __del__(self) -> None:
        """Called by Serve once, when no request is under way: jobs are finished or handed back."""
        self._stop.ask()
        await asyncio.wait({self._working})


def build(arguments: Mapping[str, object]) -> Application:
    """The application that `serveConfigV2` imports; `arguments` is `{replicas: N}`. Raises `SettingsError`."""
    unknown = sorted(set(arguments) - {REPLICAS})
    replicas = arguments.get(REPLICAS, 1)
    if unknown or isinstance(replicas, bool) or not isinstance(replicas, int) or replicas < 1:
        raise SettingsError(
            f"args has {', '.join(unknown)} and {REPLICAS}: {replicas!r}." if unknown else f"args.{REPLICAS} is {replicas!r}.",
            hint=f"It holds {REPLICAS} alone, a whole number from 1: a model that may go dark is a worker of topology pod.",
        )
    settings = read_worker_settings()
    chosen = worker_class(settings)
    gpus = chosen.engine_options.get(GPUS, 1) if chosen.memory_fraction is not None else 0
    deployment = serve.deployment(
        name=chosen.name,
        num_replicas=replicas,
        max_ongoing_requests=chosen.concurrency + WAITING_REQUESTS,
        ray_actor_options={"num_cpus": settings.cpus, "num_gpus": gpus},
        graceful_shutdown_timeout_s=settings.grace.total_seconds(),
    )(AlwaysLit)
    return deployment.bind()


def _refusal(status: int, error: LamplighterError) -> Response:
    """An error in the form of the OpenAI API."""
    headers = {"Retry-After": "5"} if status == 503 else {}
    content = {"error": error_of(status, error.code, f"{error.sentence} {error.hint}".strip())}
    return JSONResponse(content, status_code=status, headers=headers)
