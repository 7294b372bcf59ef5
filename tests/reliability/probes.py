"""Asks a gateway again and again, as probes and impatient clients do, and keeps every answer."""

import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from types import TracebackType
from typing import Self

import httpx

from reliability.member import wait_until

PAUSE_SECONDS = 0.05
HEALTH, READY, JOBS_PATH = "/healthz", "/readyz", "/v1/jobs"


class Probes:
    """One thread for each of some gateways, for the length of its block."""

    def __init__(self, addresses: list[str], key: str) -> None:
        self.seen: Counter[tuple[str, str, int]] = Counter()  # (address, path, status)
        self.without_retry_after = 0
        self.slowest_seconds = 0.0
        self._addresses = addresses
        self._headers = {"authorization": f"Bearer {key}"}
        self._over = Event()
        self._pool = ThreadPoolExecutor(len(addresses), thread_name_prefix="probe")
        self._tasks: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._tasks = [self._pool.submit(self._probe, address) for address in self._addresses]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._pool.shutdown()
        if error is None:
            for task in self._tasks:
                task.result()

    def counts(self) -> Counter[tuple[str, int]]:
        """How often each path had each status, over all gateways."""
        counts: Counter[tuple[str, int]] = Counter()
        for (_, path, status), count in self.seen.items():
            counts[path, status] += count
        return counts

    def wait_for(self, path: str, status: int) -> None:
        """Waits until every gateway gives that status once more."""
        before = self._least(path, status)
        wait_until(f"{path} of every gateway gives {status}", lambda: self._least(path, status) > before)

    def _least(self, path: str, status: int) -> int:
        return min(self.seen[address, path, status] for address in self._addresses)

    def _probe(self, address: str) -> None:
        with httpx.Client(headers=self._headers, timeout=30.0, trust_env=False) as client:
            while not self._over.wait(PAUSE_SECONDS):
                for path in (HEALTH, READY, JOBS_PATH):
                    began = time.monotonic()
                    response = client.get(address + path)
                    self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began)
                    self.seen[address, path, response.status_code] += 1
                    self.without_retry_after += response.status_code == 503 and "retry-after" not in response.headers
