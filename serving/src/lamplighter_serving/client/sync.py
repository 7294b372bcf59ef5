"""The client that waits."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from . import calls
from .answers import Job, Result

T = TypeVar("T")

#: Jobs a page of a listing.
PAGE = 200


class Client:
    """A client with a key. Methods raise `ApiError` for what the gateway refuses, and `GatewayAway` when patience is over."""

    def __init__(
        self,
        address: str,
        key: str,
        *,
        patience_seconds: float = calls.PATIENCE_SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._patience_seconds = patience_seconds
        self._http = httpx.Client(
            base_url=address,
            headers={"authorization": f"Bearer {key}"},
            timeout=calls.WAIT_SECONDS + calls.TIMEOUT_SECONDS,
            transport=transport,
            trust_env=False,  # the key goes to the address that was named, past no proxy
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def submit(self, document: Path | bytes, *, name: str | None = None, **task: Any) -> Job:
        """Submits a file or bytes. `task`: extractor or schema, instructions, priority, idempotency_key; see `calls.submit`."""
        return self._run(calls.submit(calls.Document.of(document, name), **task))

    def extract(self, document: Path | bytes, *, name: str | None = None, **task: Any) -> Result:
        """Submits, and waits for the result. Raises `JobEnded` when there will be none."""
        return self.outcome(self.submit(document, name=name, **task).id)

    def job(self, job_id: str, *, wait_seconds: float = 0.0) -> Job:
        """See `calls.job`."""
        return self._run(calls.job(job_id, wait_seconds=wait_seconds))

    def wait(self, job_id: str) -> Job:
        """See `calls.wait`."""
        return self._run(calls.wait(job_id))

    def result(self, job_id: str) -> Result:
        """See `calls.result`."""
        return self._run(calls.result(job_id))

    def outcome(self, job_id: str) -> Result:
        """See `calls.outcome`."""
        return self._run(calls.outcome(job_id))

    def cancel(self, job_id: str) -> Job:
        """See `calls.cancel`."""
        return self._run(calls.cancel(job_id))

    def jobs(self, *, state: str | None = None, search: str = "") -> Iterator[Job]:
        """All jobs of the key's tenant, newest first, fetched page by page."""
        cursor = None
        while True:
            found, cursor = self._run(calls.page(state=state, search=search, cursor=cursor, limit=PAGE))
            yield from found
            if cursor is None:
                return

    def extractors(self) -> list[Mapping[str, Any]]:
        """See `calls.extractors`."""
        return self._run(calls.extractors())

    def lamps(self) -> list[Mapping[str, Any]]:
        """See `calls.lamps`."""
        return self._run(calls.lamps())

    def _run(self, operation: calls.Operation[T]) -> T:
        try:
            call = next(operation)
            while True:
                call = operation.send(self._send(call))
        except StopIteration as end:
            value: T = end.value
            return value

    def _send(self, call: calls.Call) -> httpx.Response:
        until, tries = time.monotonic() + self._patience_seconds, 0
        while True:
            tries += 1
            try:
                response = self._http.request(call.method, call.path, **call.what)
            except httpx.TransportError:
                response = None
            pause = calls.pause_seconds(response, tries)
            if response is not None and pause is None:
                return response
            if time.monotonic() + (pause or 0.0) > until:
                raise calls.gave_up(self._http.base_url, response, self._patience_seconds)
            time.sleep(pause or 0.0)
