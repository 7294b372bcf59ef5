"""What a gateway answers, for clients whose gateway is a list of answers."""

from typing import Any

import httpx

JOB: dict[str, Any] = {
    "id": "7",
    "state": "done",
    "worker": "extract",
    "extractor": "invoice",
    "name": "a.txt",
    "attempt": 1,
    "created_at": "2026-03-01T08:00:00.5Z",
    "finished_at": "2026-03-01T08:00:02Z",
    "problem": None,
}
FIELD = {"path": "/total", "value": 1, "page": 1, "box": [1, 2, 3, 4], "text": "1", "score": 0.9, "prior": None, "model": None}
RESULT: dict[str, Any] = {
    "data": {"total": 1},
    "fields": [FIELD],
    "seconds": {"wait": 0.1, "read": 0.2, "extract": 0.3},
}


def result_or(request: httpx.Request, job: dict[str, Any]) -> httpx.Response:
    """The result where it is asked for, else the job."""
    return httpx.Response(200, json=RESULT if request.url.path.endswith("/result") else job)
