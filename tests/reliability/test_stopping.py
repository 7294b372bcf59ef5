"""A gateway told to stop under load: what it has begun to read it answers, what it has not is sent to the other one."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import httpx
import pytest

from reliability import invoices
from reliability.client import PatientClient
from reliability.fleet import Fleet, Gateway
from reliability.member import wait_until
from reliability.upload import Upload, form

pytestmark = pytest.mark.kill

UPLOADS = 8
CLIENTS = 8


def test_gateway_told_to_stop_answers_every_upload_it_has_begun_to_read(database_url: str) -> None:
    with Fleet(database_url, invoices.catalog()) as fleet, ExitStack() as stack:
        fleet.start(gateways=1, workers=0)
        (gateway,) = fleet.gateways
        bodies = [form(invoices.document(number), f"{number}.txt", invoices.EXTRACTOR) for number in range(UPLOADS)]
        uploads = [
            stack.enter_context(Upload(gateway.address, fleet.key, body=body, idempotency_key=str(uuid.uuid4())))
            for body in bodies
        ]
        for upload, body in zip(uploads, bodies, strict=True):
            upload.send_to(len(body) // 2)
        gateway.ask_to_stop()
        wait_until("the gateway is stopping", lambda: bool(gateway.events("stopping")))
        assert [upload.finish() for upload in uploads] == [httpx.codes.ACCEPTED] * UPLOADS
        assert gateway.wait_end() == 0
        gateway.start()
        gateway.wait_ready()
        with PatientClient(fleet.addresses, fleet.key) as client:
            assert {job["name"] for job in client.jobs()} == {f"{number}.txt" for number in range(UPLOADS)}
        assert set(fleet.stop().values()) == {0}
        assert fleet.leftovers() == []


def test_no_submission_is_lost_while_gateways_are_told_to_stop_in_turn(database_url: str) -> None:
    with Fleet(database_url, invoices.catalog()) as fleet:
        fleet.start(gateways=2, workers=0)
        over = Event()
        with ThreadPoolExecutor(CLIENTS) as pool:
            tasks = [pool.submit(_submit_until, over, fleet, place) for place in range(CLIENTS)]
            try:
                for gateway in fleet.gateways:
                    _wait_for_submissions(gateway)
                    assert gateway.stop() == 0
                    gateway.start()
                    gateway.wait_ready()
            finally:
                over.set()
            acknowledged = [job_id for task in tasks for job_id in task.result()]
        with PatientClient(fleet.addresses, fleet.key) as client:
            assert sorted(job["id"] for job in client.jobs()) == sorted(acknowledged)
        assert set(fleet.stop().values()) == {0}
        assert fleet.leftovers() == []


def _wait_for_submissions(gateway: Gateway) -> None:
    wait_until("clients are at work", lambda: len(gateway.events("job-submitted", this_life=True)) >= CLIENTS)


def _submit_until(over: Event, fleet: Fleet, place: int) -> list[str]:
    """Submits one document after the other; the jobs' ids. Only whole answers and lost connections are met on the way."""
    job_ids: list[str] = []
    with PatientClient(fleet.addresses, fleet.key, first=place) as client:
        while not over.is_set():
            number = len(job_ids)
            job_ids.append(client.submit(invoices.document(number), f"{place}-{number}.txt", invoices.EXTRACTOR))
        assert not client.trouble.statuses.keys() - {httpx.codes.OK, httpx.codes.ACCEPTED}
    return job_ids
