"""A batch of 10,000 lines while gateways and workers are killed: each line is answered exactly once."""

import json
import time
from collections import Counter
from typing import Any

import httpx
import pytest

from reliability import invoices
from reliability.fleet import Fleet
from reliability.killer import Killer
from reliability.matrix import ATTEMPTS

pytestmark = pytest.mark.kill

LINES = 10_000
#: Of each member, while the lines go through.
KILLS_EACH = 6
PATIENCE_SECONDS = 600
CHAT = "/v1/chat/completions"


def catalog() -> dict[str, Any]:
    """An engine that answers at once, sixteen at a time: what is tried is the batch, not the model."""
    made: dict[str, Any] = json.loads(json.dumps(invoices.catalog(attempts=ATTEMPTS, extract={"answers": ["Yes."]})))
    made["workers"]["extract"]["concurrency"] = 16
    return made


class Asker:
    """Calls whichever gateway answers, until one does."""

    def __init__(self, fleet: Fleet, client: httpx.Client) -> None:
        self._fleet = fleet
        self._client = client
        self._headers = {"authorization": f"Bearer {fleet.key}"}

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            for address in self._fleet.addresses:
                try:
                    answer = self._client.request(method, address + path, headers=self._headers, **more)
                except httpx.HTTPError:
                    continue
                if answer.status_code < 500:
                    return answer.raise_for_status()
            assert time.monotonic() < until
            time.sleep(0.1)


def names(ask: Asker, file_id: str | None) -> Counter[str]:
    if file_id is None:
        return Counter()
    text = ask("GET", f"/v1/files/{file_id}/content").text
    return Counter(json.loads(line)["custom_id"] for line in text.splitlines())


def test_each_line_of_a_batch_is_answered_exactly_once_while_everything_is_killed(database_url: str, kill_seed: int) -> None:
    made = catalog()
    model = made["workers"]["extract"]["model"]
    body = {"model": model, "messages": [{"role": "user", "content": "Is it paid?"}]}
    lines = [json.dumps({"custom_id": f"q{number}", "method": "POST", "url": CHAT, "body": body}) for number in range(LINES)]
    with Fleet(database_url, made) as fleet, httpx.Client(timeout=30) as client:
        fleet.start(gateways=2, workers=2)
        ask = Asker(fleet, client)
        upload = {"files": {"file": ("q.jsonl", "\n".join(lines))}, "data": {"purpose": "batch"}}
        file_id = ask("POST", "/v1/files", **upload).json()["id"]
        batch = ask("POST", "/v1/batches", json={"input_file_id": file_id, "endpoint": CHAT}).json()
        until = time.monotonic() + PATIENCE_SECONDS
        with Killer(fleet.members, seed=kill_seed, kills=KILLS_EACH) as killer:
            killer.wait()
            while (batch := ask("GET", f"/v1/batches/{batch['id']}").json())["status"] != "completed":
                assert batch["status"] in ("validating", "in_progress", "finalizing"), batch
                assert time.monotonic() < until, batch
                time.sleep(0.2)
        answered, failed = names(ask, batch["output_file_id"]), names(ask, batch["error_file_id"])
        assert batch["request_counts"] == {"total": LINES, "completed": answered.total(), "failed": failed.total()}
        assert answered == Counter(f"q{number}" for number in range(LINES))
        assert {member.kills for member in fleet.members} == {KILLS_EACH}
        assert set(fleet.stop().values()) == {0}
        assert fleet.leftovers() == []
