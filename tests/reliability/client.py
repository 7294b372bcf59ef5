"""A client as a sensible one is: each submission has an Idempotency-Key and is repeated until it is answered.

A lost connection is tried again at the next gateway, a 503 after the time it asks for. It counts what it saw on the way.
"""

import json
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from reliability.member import wait_until

#: A request that is not answered within this has failed the test.
PATIENCE_SECONDS = 90.0
#: Between two tries while no gateway listens.
PAUSE_SECONDS = 0.1
FINAL = frozenset({"done", "failed", "dead", "cancelled"})


@dataclass(kw_only=True, slots=True)
class Trouble:
    """What a client met: statuses of all answers, connections that were lost, and refusals without a time to come back."""

    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    without_retry_after: int = 0
    answers_lost: int = 0  # submissions whose job was there already when they were repeated

    def add(self, other: "Trouble") -> None:
        """Adds another client's."""
        self.statuses += other.statuses
        self.lost += other.lost
        self.without_retry_after += other.without_retry_after
        self.answers_lost += other.answers_lost


class PatientClient:
    """One client of several gateways, for one thread."""

    def __init__(self, addresses: Sequence[str], key: str, *, first: int = 0) -> None:
        """`first`: the gateway it begins with."""
        self.trouble = Trouble()
        self._addresses = addresses
        self._turn = first
        self._http = httpx.Client(headers={"authorization": f"Bearer {key}"}, timeout=30.0, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.close()

    def submit(self, document: bytes, name: str, extractor: str, key: str = "") -> str:
        """Submits until there is an answer; the job's id. `key`: of an earlier try that had none."""
        response = self.request(
            "POST",
            "/v1/jobs",
            headers={"idempotency-key": key or str(uuid.uuid4())},
            files={"document": (name, document, "text/plain")},
            data={"extractor": extractor},
        )
        assert response.status_code in (200, 202), response.text
        self.trouble.answers_lost += response.status_code == 200
        return str(response.json()["id"])

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        response = self.request("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    def wait(self, job_id: str) -> Mapping[str, Any]:
        """Waits until the job is final, by long polls."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (job := self.get(f"/v1/jobs/{job_id}?wait=10s"))["state"] not in FINAL:
            assert time.monotonic() < until, f"job {job_id} is still {job['state']}"
        return dict(job)

    def wait_for_state(self, job_id: str, state: str) -> None:
        """Waits until the job has that state."""
        wait_until(f"job {job_id} is {state}", lambda: self.get(f"/v1/jobs/{job_id}")["state"] == state)

    def result(self, job_id: str) -> Mapping[str, Any]:
        """The result of a job that is done."""
        return dict(self.get(f"/v1/jobs/{job_id}/result"))

    def jobs(self) -> list[Mapping[str, Any]]:
        """All jobs of the tenant."""
        page = self.get("/v1/jobs?limit=200")
        found = list(page["jobs"])
        while cursor := page["next_cursor"]:
            page = self.get(f"/v1/jobs?limit=200&cursor={cursor}")
            found += page["jobs"]
        return found

    def follow(self, job_id: str) -> list[Mapping[str, Any]]:
        """The job's events to its end, from its stream, taken up again where it broke."""
        until = time.monotonic() + PATIENCE_SECONDS
        events: list[Mapping[str, Any]] = []
        while not (events and events[-1]["kind"] in FINAL):
            assert time.monotonic() < until, f"the stream of job {job_id} does not end: {events[-1:]}"
            last = str(events[-1]["sequence"]) if events else ""
            try:
                self._read_stream(f"/v1/jobs/{job_id}/events", last, events, until)
            except httpx.TransportError:
                self._lost()
        return events

    def request(self, method: str, path: str, **content: Any) -> httpx.Response:
        """One answer, however often it takes to get it."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert time.monotonic() < until, f"{method} {path} was never answered: {self.trouble}"
            try:
                response = self._http.request(method, self._address + path, **content)
            except httpx.TransportError:
                self._lost()
                continue
            self._count(response)
            if response.status_code != 503:
                return response
            time.sleep(float(response.headers.get("retry-after", "1")))

    @property
    def _address(self) -> str:
        return self._addresses[self._turn % len(self._addresses)]

    def _read_stream(self, path: str, last: str, events: list[Mapping[str, Any]], until: float) -> None:
        headers = {"last-event-id": last} if last else {}
        with self._http.stream("GET", self._address + path, headers=headers) as response:
            self._count(response)
            if response.status_code == 503:
                response.read()
                time.sleep(float(response.headers.get("retry-after", "1")))
                return
            assert response.status_code == 200, response.read()
            for line in response.iter_lines():
                if time.monotonic() > until:
                    return  # it is kept open by comments
                if line.startswith("data: "):
                    events.append(json.loads(line.removeprefix("data: ")))

    def _count(self, response: httpx.Response) -> None:
        self.trouble.statuses[response.status_code] += 1
        self.trouble.without_retry_after += response.status_code == 503 and "retry-after" not in response.headers

    def _lost(self) -> None:
        self.trouble.lost += 1
        self._turn += 1
        time.sleep(PAUSE_SECONDS)
