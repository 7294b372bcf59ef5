"""A job that asks for a written answer: the engine is asked, nothing is read or extracted."""

import asyncio
import json

import pytest

from lamplighter_serving.completion.tasks import CHAT
from lamplighter_serving.queue.job import Job, JobState, NewJob
from lamplighter_serving.queue.memory import MemoryStore
from serving.worker.worker_harness import TENANT, WORKER, Desk, lit, new_store, until_state, worker_class

BODY = {"model": "model-of-the-test", "messages": [{"role": "user", "content": "Read this."}]}


async def ended(body: bytes, state: JobState) -> tuple[MemoryStore, Job, Desk]:
    """The job of a body, brought to a state by a worker whose engine says Hello."""
    store, desk = new_store(), Desk()
    new = NewJob(tenant=TENANT, worker=WORKER, request=CHAT.request(), document_name="chat completion")
    job = (await store.submit(new, body)).job
    async with lit(store, desk, of=worker_class({"answers": ["Hello."]})):
        job = await until_state(store, job, state)
    return store, job, desk


def test_the_data_of_its_result_is_the_body_that_answers() -> None:
    async def main() -> None:
        store, job, desk = await ended(json.dumps(BODY).encode(), JobState.DONE)
        result = await store.result(TENANT, job.id)
        assert result is not None
        answer = result["data"]
        assert isinstance(answer, dict)
        assert answer["choices"][0]["message"] == {"role": "assistant", "content": "Hello."}
        assert answer["id"] == f"chatcmpl-{job.id.hex}"
        assert (desk.reading, desk.extracting) == ([], [])

    asyncio.run(main())


@pytest.mark.parametrize("body", [b"{", b"[]", json.dumps(BODY | {"model": "another"}).encode()])
def test_a_body_that_it_cannot_serve_fails_and_is_not_tried_again(body: bytes) -> None:
    async def main() -> None:
        _, job, _ = await ended(body, JobState.FAILED)
        assert job.problem is not None
        assert (job.problem.code, job.attempt) == ("engine-refused", 1)

    asyncio.run(main())
