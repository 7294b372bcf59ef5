"""The client that is awaited."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from . import calls
from .answers import Job, Result
from .sync import PAGE

T = TypeVar("T")

#: Documents under way to the gateway, or waited for, at the same time.
CONNECTIONS = 100


class AsyncClient:
    """As `Client`, for an event loop; its methods may be awaited at once, up to `CONNECTIONS`."""

    def __init__(
        self,
        address: str,
        key: str,
        *,
        patience_seconds: float = calls.PATIENCE_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._patience_seconds = patience_seconds
        self._http = httpx.AsyncClient(
            base_url=address,
            headers={"authorization": f"Bearer {key}"},
            # Who waits for one of our own connections has not lost the gateway.
            timeout=httpx.Timeout(calls.WAIT_SECONDS + calls.TIMEOUT_SECONDS, pool=None),
            limits=httpx.Limits(max_connections=CONNECTIONS),
            transport=transport,
            trust_env=False,  # the key goes to the address that was named, past no proxy
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def submit(self, document: Path | bytes, *, name: str | None = None, **task: Any) -> Job:
        """See `Client.submit`."""
        read = await asyncio.to_thread(calls.Document.of, document, name)
        return await self._run(calls.submit(read, **task))

    async def extract(self, document: Path | bytes, *, name: str | None = None, **task: Any) -> Result:
        """See `Client.extract`."""
        return await self.outcome((await self.submit(document, name=name, **task)).id)

    async def job(self, job_id: str, *, wait_seconds: float = 0.0) -> Job:
        """See `calls.job`."""
        return await self._run(calls.job(job_id, wait_seconds=wait_seconds))

    async def wait(self, job_id: str) -> Job:
        """See `calls.wait`."""
        return await self._run(calls.wait(job_id))

    async def result(self, job_id: str) -> Result:
        """See `calls.result`."""
        return await self._run(calls.result(job_id))

    async def outcome(self, job_id: str) -> Result:
        """See `calls.outcome`."""
        return await self._run(calls.outcome(job_id))

    async def cancel(self, job_id: str) -> Job:
        """See `calls.cancel`."""
        return await self._run(calls.cancel(job_id))

    async def jobs(self, *, state: str | None = None, search: str = "") -> AsyncIterator[Job]:
        """See `Client.jobs`."""
        cursor = None
        while True:
            found, cursor = await self._run(calls.page(state=state, search=search, cursor=cursor, limit=PAGE))
            for each in found:
                yield each
            if cursor is None:
                return

    async def extractors(self) -> list[Mapping[str, Any]]:
        """See `calls.extractors`."""
        return await self._run(calls.extractors())

    async def lamps(self) -> list[Mapping[str, Any]]:
        """See `calls.lamps`."""
        return await self._run(calls.lamps())

    async def _run(self, operation: calls.Operation[T]) -> T:
        try:
            call = next(operation)
            while True:
                call = operation.send(await self._send(call))
        except StopIteration as end:
            value: T = end.value
            return value

    async def _send(self, call: calls.Call) -> httpx.Response:
        loop = asyncio.get_running_loop()
        until, tries = loop.time() + self._patience_seconds, 0
        while True:
            tries += 1
            try:
                response = await self._http.request(call.method, call.path, **call.what)
            except httpx.TransportError:
                response = None
            pause = calls.pause_seconds(response, tries)
            if response is not None and pause is None:
                return response
            if loop.time() + (pause or 0.0) > until:
                raise calls.gave_up(self._http.base_url, response, self._patience_seconds)
            await asyncio.sleep(pause or 0.0)
