"""Workers that die while a client reads an answer: before its first piece nobody notices, after it the stream says so."""

import threading
from typing import Any

import openai
import psycopg
import pytest

from reliability import invoices
from reliability.fleet import Fleet
from reliability.member import wait_until

pytestmark = pytest.mark.kill

ANSWER = "It is paid, as page 2 says. " * 4
#: Pieces of four characters; the process ends before the sixth.
DEADLY = {"answers": [ANSWER], "tokenSeconds": 0.05, "dieToken": 5}
SLOW = {"delaySeconds": 60}
WELL = {"answers": [ANSWER], "tokenSeconds": 0.01}


class Reader(threading.Thread):
    """Reads one streamed answer to its end, whatever that is."""

    def __init__(self, fleet: Fleet) -> None:
        super().__init__()
        self.text = ""
        self.error: openai.APIError | None = None
        self._client = openai.OpenAI(base_url=f"{fleet.addresses[0]}/v1", api_key=fleet.key, max_retries=0, timeout=60)

    def run(self) -> None:
        ask: list[Any] = [{"role": "user", "content": "Is it paid?"}]
        try:
            with self._client:
                for chunk in self._client.chat.completions.create(model="scripted", messages=ask, stream=True):
                    self.text += chunk.choices[0].delta.content or ""
        except openai.APIError as error:
            self.error = error


def test_a_worker_that_dies_in_the_middle_of_an_answer_ends_its_stream_with_an_error(database_url: str) -> None:
    with Fleet(database_url, invoices.catalog(extract=DEADLY)) as fleet:
        fleet.start(gateways=1, workers=1)
        reader = Reader(fleet)
        reader.start()
        reader.join(60)
        assert reader.error is not None
        assert (reader.error.code, reader.text) == ("answer-broken-off", ANSWER[: len(reader.text)])
        assert reader.text


def test_a_worker_that_dies_before_the_first_piece_is_not_noticed(database_url: str) -> None:
    with Fleet(database_url, invoices.catalog(extract=SLOW)) as fleet, psycopg.connect(database_url, autocommit=True) as queue:
        fleet.start(gateways=1, workers=1)
        reader = Reader(fleet)
        reader.start()
        wait_until("it is asked", lambda: bool(queue.execute("SELECT 1 FROM jobs WHERE state = 'running'").fetchone()))
        fleet.workers[0].kill()
        fleet.add_worker("well", catalog=invoices.catalog(extract=WELL))
        reader.join(60)
        assert (reader.text, reader.error) == (ANSWER, None)
