"""An engine in a process of its own, as the deployment of `serve_app`: it answers with data, errors included.

Knows nothing of Ray. What leaves here crosses to another process, where an exception would arrive together with its frames and
their values; so errors travel as sentences, and those of unknown kinds as their type alone.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..catalog import WorkerClass
from ..errors import EngineError, EngineRefused, EngineUnavailable, LamplighterError, SettingsError
from .base import Choice, Choose, Delta, Embed, Embeddings, Engine, EngineFacts, Generate, Generation, Mortal
from .registry import build_engine

T = TypeVar("T")

#: Pieces of an answer of so long travel together: each journey costs about a millisecond of CPU, on both sides.
GATHER_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """An engine's error as it travels: Ray would wrap an exception together with its frames and their values."""

    kind: type[LamplighterError]
    sentence: str
    hint: str

    @classmethod
    def of(cls, error: LamplighterError) -> "Failure":
        """What of an error may travel."""
        kinds = (EngineRefused, SettingsError, EngineUnavailable)
        kind = next((each for each in kinds if isinstance(error, each)), EngineUnavailable)
        return cls(kind=kind, sentence=error.sentence, hint=error.hint)

    def error(self) -> LamplighterError:
        """The error again, where it arrived."""
        return self.kind(self.sentence, hint=self.hint)


class EngineReplica:
    """The deployment: the engine in its own process."""

    # Coroutine on purpose: Serve awaits it on the loop that later runs the calls, so an engine may bind to that loop.
    async def __init__(self, worker_class: WorkerClass, model_path: Path | None, cpus: int) -> None:  # type: ignore[misc]
        self._engine: Engine | None = None
        self._failure = Failure(kind=EngineUnavailable, sentence="", hint="")
        self._missed = False
        try:
            self._engine = build_engine(worker_class, model_path, cpus=cpus)
        except LamplighterError as error:
            self._failure = Failure.of(error)  # raised, Serve would try the constructor again and hide the reason

    async def describe(self) -> EngineFacts | Failure:
        """The engine's facts, or why there is none."""
        return self._failure if self._engine is None else self._engine.facts

    async def check_health(self) -> None:
        """Called by Serve, which exchanges this replica when it raises a few times in a row."""
        if self._missed:
            raise self._failure.error()
        if isinstance(self._engine, Mortal):
            await self._engine.check_health()

    async def generate(self, request: Generate) -> Generation | Failure:
        """See `Engine.generate`."""
        return await self._use(lambda engine: engine.generate(request))

    async def write(self, request: Generate) -> AsyncIterator[Delta | Generation | Failure]:
        """See `Engine.generate`: the pieces as they come, and the answer or the failure last."""
        said: list[Delta] = []
        heard = asyncio.Event()

        def tell(delta: Delta) -> None:
            said.append(delta)
            heard.set()

        answering = asyncio.ensure_future(self._use(lambda engine: engine.generate(request, tell)))
        answering.add_done_callback(lambda _: heard.set())
        try:
            while not answering.done():
                await heard.wait()
                heard.clear()
                if said:
                    yield _together(said)
                    said.clear()
                    await asyncio.wait([answering], timeout=GATHER_SECONDS)
            yield answering.result()
        finally:
            answering.cancel()

    async def embed(self, request: Embed) -> Embeddings | Failure:
        """See `Engine.embed`."""
        return await self._use(lambda engine: engine.embed(request))

    async def choose(self, request: Choose) -> Choice | Failure:
        """See `Engine.choose`."""
        return await self._use(lambda engine: engine.choose(request))

    async def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...] | Failure:
        """See `Engine.count_tokens`."""
        return await self._use(lambda engine: engine.count_tokens(texts))

    async def close(self) -> None:
        """Frees the model."""
        if self._engine is not None:
            await self._engine.close()

    async def _use(self, call: Callable[[Engine], Awaitable[T]]) -> T | Failure:
        if self._engine is None:
            # This replica came in the place of one that had ended, and its engine did not come up. The next one's may.
            self._missed = True
            return self._failure
        try:
            return await call(self._engine)
        except EngineError as error:
            return Failure.of(error)
        except Exception as error:  # noqa: BLE001 (the top of the replica: an error's text may quote the prompt)
            return Failure(kind=EngineUnavailable, sentence=f"The engine failed with {type(error).__name__}.", hint="")


def _together(deltas: Sequence[Delta]) -> Delta:
    return Delta(
        text="".join(delta.text for delta in deltas), tool_calls=tuple(call for delta in deltas for call in delta.tool_calls)
    )
