"""Answers that are read while they are written: by the official client, from the worker's own scribe, through PostgreSQL."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import openai
import pytest

from lamplighter_serving.completion import Delta, task_of
from lamplighter_serving.engines.scripted import ScriptedEngine
from lamplighter_serving.queue.job import JobState, Lease, Mark, NewJob, Piece, Problem
from lamplighter_serving.worker.result import PhaseSeconds, result_json
from lamplighter_serving.worker.scribe import Scribe
from lamplighter_serving.worker.writing import write
from serving.engines.worker_classes import worker_class
from serving.gateway.running import TENANT, WORKER, RunningGateway, wait_until
from serving.worker.worker_harness import new_store

ASK: list[Any] = [{"role": "user", "content": "Co je na faktuře?"}]
ANSWER = "Faktura č. 2024001, celkem 1 210,00 Kč. " * 5
PROBLEM = Problem(code="engine-unavailable", sentence="The engine is gone.")
TOOL: Any = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


class Reader:
    """A client that reads a stream on a thread of its own."""

    def __init__(self, gateway: RunningGateway, pool: ThreadPoolExecutor, body: dict[str, Any]) -> None:
        self.client = openai.OpenAI(base_url=f"{gateway.address}/v1", api_key=gateway.key(), max_retries=0, timeout=20)
        self.chunks: list[Any] = []
        create: Any = self.client.completions.create if "prompt" in body else self.client.chat.completions.create
        model = gateway.parts.catalog.workers[WORKER].model
        self.done: Future[None] = pool.submit(lambda: self._read(create(model=model, stream=True, **body)))

    def _read(self, stream: Any) -> None:
        for chunk in stream:
            self.chunks.append(chunk)

    @property
    def text(self) -> str:
        choices = [choice for chunk in list(self.chunks) for choice in chunk.choices]
        return "".join((choice.delta.content if hasattr(choice, "delta") else choice.text) or "" for choice in choices)


Read = Callable[..., Reader]


@pytest.fixture
def read(gateway: RunningGateway) -> Iterator[Read]:
    readers: list[Reader] = []
    with ThreadPoolExecutor() as pool:

        def start(**body: Any) -> Reader:
            readers.append(Reader(gateway, pool, body or {"messages": ASK}))
            return readers[-1]

        yield start
        for reader in readers:
            reader.client.close()


def leased(gateway: RunningGateway) -> Lease:
    """The job of the stream that waits."""
    wait_until(lambda: bool(gateway.run(gateway.store.list_jobs(TENANT, limit=1, state=JobState.QUEUED)).jobs))
    return gateway.lease()


def say(gateway: RunningGateway, lease: Lease, ordinal: int, text: str) -> None:
    """One piece, as a worker writes it."""
    piece = Piece(job_id=lease.job.id, fence=lease.fence, ordinal=ordinal, content={"text": text})
    gateway.run(gateway.store.write([piece]))


def answer(gateway: RunningGateway, lease: Lease, **options: Any) -> None:
    """Does what a worker does with the job, with a scripted engine."""
    model = gateway.parts.catalog.workers[WORKER].model
    engine = ScriptedEngine(worker_class("scripted", options, model=model))
    task = task_of(lease.job.request)
    assert task is not None

    async def work() -> None:
        with Scribe(gateway.store).writing(lease) as tell:
            outcome = await write(task, await gateway.store.leased_document(lease), engine, lease.job.id, tell)
        result = result_json(outcome, engine.facts, PhaseSeconds(wait=0, read=0, extract=0))
        await gateway.store.complete(lease, result)

    gateway.run(work())


def test_pieces_arrive_while_the_answer_is_written(gateway: RunningGateway, read: Read) -> None:
    reader = read(messages=ASK, stream_options={"include_usage": True}, temperature=0)
    answer(gateway, leased(gateway), answers=[ANSWER], tokenSeconds=0.01)
    reader.done.result(10)
    *pieces, last = reader.chunks
    assert reader.text == ANSWER
    assert len(pieces) > 5
    assert (pieces[0].choices[0].delta.role, pieces[-1].choices[0].finish_reason) == ("assistant", "stop")
    assert (last.choices, last.usage.total_tokens > 0) == ([], True)
    assert len({chunk.id for chunk in reader.chunks}) == 1


def test_a_plain_text_is_streamed_too(gateway: RunningGateway, read: Read) -> None:
    reader = read(prompt="Once upon a time", max_tokens=100)
    answer(gateway, leased(gateway), answers=[ANSWER], tokenSeconds=0.001)
    reader.done.result(10)
    assert (reader.text, reader.chunks[0].object) == (ANSWER, "text_completion")


def test_a_call_of_a_tool_is_streamed(gateway: RunningGateway, read: Read) -> None:
    reader = read(messages=ASK, tools=[TOOL], tool_choice="required")
    answer(gateway, leased(gateway))
    reader.done.result(10)
    calls = [call for chunk in reader.chunks for call in chunk.choices[0].delta.tool_calls or ()]
    assert [(call.index, call.function.name, call.function.arguments) for call in calls] == [(0, "look", "{}")]
    assert reader.chunks[-1].choices[0].finish_reason == "tool_calls"


def test_the_first_piece_is_read_before_the_second_is_written(gateway: RunningGateway, read: Read) -> None:
    reader = read()
    lease = leased(gateway)
    say(gateway, lease, 1, "First. ")
    wait_until(lambda: reader.text == "First. ")
    say(gateway, lease, 2, "Second.")
    wait_until(lambda: reader.text == "First. Second.")
    gateway.run(gateway.store.cancel(TENANT, lease.job.id))


def test_what_the_pieces_lost_the_answer_brings(gateway: RunningGateway, read: Read) -> None:
    reader = read()
    lease = leased(gateway)
    say(gateway, lease, 1, ANSWER[:10])
    say(gateway, lease, 3, "of a gap")
    wait_until(lambda: reader.text == ANSWER[:10])
    gateway.run(complete(gateway, lease))
    reader.done.result(10)
    assert reader.text == ANSWER


async def complete(gateway: RunningGateway, lease: Lease) -> None:
    message = {"role": "assistant", "content": ANSWER}
    data = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": {}}
    await gateway.store.complete(lease, {"data": data})


def test_a_worker_lost_before_the_first_piece_is_not_noticed(gateway: RunningGateway, read: Read) -> None:
    reader = read()
    gateway.run(gateway.store.retry(leased(gateway), PROBLEM, delay=timedelta(0)))
    answer(gateway, leased(gateway), answers=[ANSWER])
    reader.done.result(10)
    assert reader.text == ANSWER


@pytest.mark.parametrize("seen", ["the end of the lease", "the pieces of the next"])
def test_a_worker_lost_after_the_first_piece_ends_the_stream_with_an_error(
    gateway: RunningGateway, read: Read, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = read()
    lease = leased(gateway)
    say(gateway, lease, 1, "First. ")
    wait_until(lambda: reader.text == "First. ")
    gateway.run(gateway.store.retry(lease, PROBLEM, delay=timedelta(0)))
    if seen == "the pieces of the next":
        again = gateway.run(gateway.store.lease(WORKER, holder="other", limit=1, duration=timedelta(minutes=1)))
        for each in again:
            say(gateway, each, 1, "Something else.")
    with pytest.raises(openai.APIError, match="ended before it did") as error:
        reader.done.result(10)
    assert (error.value.code, reader.text) == ("answer-broken-off", "First. ")
    wait_until(lambda: gateway.run(gateway.store.get(TENANT, lease.job.id)).state is JobState.CANCELLED)


def test_a_client_that_goes_in_the_middle_cancels_its_question(gateway: RunningGateway, read: Read) -> None:
    reader = read()
    lease = leased(gateway)
    say(gateway, lease, 1, "First. ")
    wait_until(lambda: reader.text == "First. ")
    reader.client.close()
    wait_until(lambda: gateway.run(gateway.store.get(TENANT, lease.job.id)).state is JobState.CANCELLED)
    wait_until(lambda: gateway.held() == 0)


def test_pieces_are_forgotten_once_the_lease_has_ended(gateway: RunningGateway, read: Read) -> None:
    reader = read()
    lease = leased(gateway)
    say(gateway, lease, 1, "First. ")
    gateway.run(complete(gateway, lease))
    reader.done.result(10)
    gateway.run(gateway.store.reap())
    assert gateway.run(gateway.store.pieces({lease.job.id: Mark()})) == []


def test_pieces_said_at_once_travel_together() -> None:
    async def main() -> None:
        store = new_store()
        new = NewJob(tenant=TENANT, worker=WORKER, request={})
        await store.submit(new, b"")
        (lease,) = await store.lease(WORKER, holder="h", limit=1, duration=timedelta(minutes=1))
        with Scribe(store).writing(lease) as tell:
            for text in ("a", "b", "c"):
                tell(Delta(text=text))
            await asyncio.sleep(0)
            tell(Delta(text="d"))
            await asyncio.sleep(0.1)
            pieces = await store.pieces({lease.job.id: Mark()})
        assert [piece.content for piece in pieces] == [{"text": "abc"}, {"text": "d"}]

    asyncio.run(main())
