"""The gateway's API as a client uses it: submit a document, wait for its job, fetch the answer. Knows HTTP, no queue.

A submission that may or may not have arrived is sent again under the same Idempotency-Key, so it makes one job at most.
"""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from ..errors import LamplighterError
from ..queue.job import FINAL_STATES, JobState

#: A request that found nobody is sent so often in all; a gateway that restarts is back within two seconds.
TRIES = 5
RETRY_SECONDS = 0.5
#: How long one question for a job is held; proxies would cut off one of more than a minute.
WAIT_SECONDS = 30
#: Beyond a held question's own length.
TIMEOUT_SECONDS = 30.0
#: Documents under way to the gateway or waited for at the same time.
CONNECTIONS = 100

#: The state of a document that the gateway did not take.
REFUSED = "refused"


class GatewayAway(LamplighterError):
    """The gateway did not answer, or not as it should."""

    code = "gateway-away"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What became of one document. Seconds are None where there was no result."""

    name: str
    state: str  # a final state of a job, or `refused`
    data: Mapping[str, Any] | None = None
    problem: str = ""
    created_at: datetime | None = None  # when the job was committed, by the database's clock
    finished_at: datetime | None = None
    wait_seconds: float | None = None
    read_seconds: float | None = None
    extract_seconds: float | None = None

    @property
    def seconds(self) -> float | None:
        """From the submission to the end."""
        if self.created_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.created_at).total_seconds()


class Client:
    """A client with a key. All methods raise `GatewayAway`."""

    def __init__(
        self,
        address: str,
        key: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._retry_seconds = retry_seconds
        self._http = httpx.AsyncClient(
            base_url=address,
            headers={"authorization": f"Bearer {key}"},
            timeout=WAIT_SECONDS + TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=CONNECTIONS),
            transport=transport,
            trust_env=False,  # no proxy between this machine and itself
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def accepted(self) -> bool:
        """Whether the gateway takes the key."""
        return (await self._send("GET", "/v1/extractors")).status_code != httpx.codes.UNAUTHORIZED

    async def lamps(self) -> list[Mapping[str, Any]]:
        """The lamps of all worker classes."""
        return list(_checked(await self._send("GET", "/v1/lamps")))

    async def answer(self, path: Path, extractor: str) -> Answer:
        """Submits a file and waits until its job has ended."""
        response = await self._send(
            "POST",
            "/v1/jobs",
            data={"extractor": extractor},
            files={"document": (path.name, await asyncio.to_thread(path.read_bytes))},
            headers={"idempotency-key": str(uuid.uuid4())},
        )
        if response.is_client_error:
            return Answer(name=path.name, state=REFUSED, problem=_problem(response.json()))
        job = _checked(response)
        while job["state"] not in FINAL_STATES:
            job = _checked(await self._send("GET", f"/v1/jobs/{job['id']}", params={"wait": f"{WAIT_SECONDS}s"}))
        return await self._with_result(path.name, job)

    async def _with_result(self, name: str, job: Mapping[str, Any]) -> Answer:
        times: dict[str, Any] = {key: datetime.fromisoformat(job[key]) for key in ("created_at", "finished_at")}
        if job["state"] != JobState.DONE:
            return Answer(name=name, state=job["state"], problem=_problem(job["problem"] or {}), **times)
        result = _checked(await self._send("GET", f"/v1/jobs/{job['id']}/result"))
        return Answer(
            name=name,
            state=job["state"],
            data=result["data"],
            **times,
            **{f"{phase}_seconds": seconds for phase, seconds in result["seconds"].items()},
        )

    async def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                response = await self._http.request(method, path, **what)
            except httpx.TransportError as error:
                if last:
                    raise GatewayAway(f"The gateway at {self._http.base_url} did not answer.") from error
            else:
                if last or response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return response
            await asyncio.sleep(self._retry_seconds)
        raise AssertionError("the last try returns or raises")


def _checked(response: httpx.Response) -> Any:
    if response.is_error:
        raise GatewayAway(f"The gateway answered {response.status_code} to {response.request.method} {response.url.path}.")
    return response.json()


def _problem(problem: Mapping[str, Any]) -> str:
    """A job's problem, or a problem document, as one sentence."""
    sentence = f"{problem.get('sentence') or problem.get('detail', '')} {problem.get('hint', '')}".strip()
    return f"{problem.get('code', 'unknown')}: {sentence}"
