"""A steady stream of submissions at one address, each over a connection of its own, as clients of a busy Service bring them."""

import threading
from collections import Counter
from types import TracebackType
from typing import Self

import httpx

from reliability import invoices

#: Between two submissions.
PAUSE_SECONDS = 0.25
REQUEST_SECONDS = 30.0


class Load:
    """Submits numbered invoices for the length of its block. A refusal or a lost connection is counted, and not repeated."""

    def __init__(self, address: str, key: str) -> None:
        self.submitted: dict[str, int] = {}
        self.statuses: Counter[int] = Counter()
        self.lost: list[str] = []
        self._address = address
        # A new connection each time: through the Service to any gateway, the one that stops included.
        self._headers = {"authorization": f"Bearer {key}", "connection": "close"}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join(REQUEST_SECONDS)

    def _run(self) -> None:
        number = 0
        with httpx.Client(base_url=self._address, headers=self._headers, timeout=REQUEST_SECONDS, trust_env=False) as client:
            while not self._over.wait(PAUSE_SECONDS):
                document = {"document": (f"{number}.txt", invoices.document(number), "text/plain")}
                try:
                    answer = client.post("/v1/jobs", files=document, data={"extractor": invoices.EXTRACTOR})
                except httpx.TransportError as error:
                    self.lost.append(type(error).__name__)
                    continue
                self.statuses[answer.status_code] += 1
                if answer.status_code == 202:
                    self.submitted[answer.json()["id"]] = number
                number += 1
