"""A gateway killed while it takes in a document: the client sends it again, and there is one whole job or none."""

import hashlib
import random
import time
import uuid

import psycopg
import pytest

from reliability import invoices
from reliability.client import PatientClient
from reliability.fleet import Fleet
from reliability.member import wait_until
from reliability.upload import Upload, form

pytestmark = pytest.mark.kill

#: Three pieces in the database and a file in the spool.
DOCUMENT_BYTES = 2_500_000
#: Parts of the body that are sent when the gateway is killed.
CUT_OFF = (0.0, 0.5, 0.999)
#: How long after the last byte it is killed, while it writes the job or has just written it. None: once the job is there.
AFTER_SECONDS = (0.0, 0.02, None)
KILLS = (*((part, 0.0) for part in CUT_OFF), *((1.0, seconds) for seconds in AFTER_SECONDS))


def test_upload_that_a_killed_gateway_cut_off_leaves_one_whole_job_or_none(database_url: str) -> None:
    with Fleet(database_url, invoices.catalog()) as fleet, psycopg.connect(database_url, autocommit=True) as database:
        fleet.start(gateways=2, workers=0)
        job_ids = set()
        with PatientClient(fleet.addresses, fleet.key) as client:
            for turn, (part, after_seconds) in enumerate(KILLS):
                gateway = fleet.gateways[turn % 2]
                gateway.wait_ready()
                name, key = f"{turn}.bin", str(uuid.uuid4())
                document = random.Random(turn).randbytes(DOCUMENT_BYTES)
                body = form(document, name, invoices.EXTRACTOR)
                with Upload(gateway.address, fleet.key, body=body, idempotency_key=key) as upload:
                    upload.send_to(int(len(body) * part))
                    if after_seconds is None:
                        _wait_for_job(database, name)
                    else:
                        time.sleep(after_seconds)
                    gateway.kill()
                gateway.start()
                whole = [hashlib.sha256(document).hexdigest()]
                assert _documents(database, name) in ([], whole if part == 1.0 else [])
                job_ids.add(client.submit(document, name, invoices.EXTRACTOR, key))
                assert _documents(database, name) == whole
            assert {job["id"] for job in client.jobs()} == job_ids
        fleet.wait_ready()
        assert set(fleet.stop().values()) == {0}
        assert fleet.leftovers() == []


def _wait_for_job(database: "psycopg.Connection[tuple[int, list[bytes]]]", name: str) -> None:
    wait_until(f"{name} is committed", lambda: bool(_documents(database, name)))


def _documents(database: "psycopg.Connection[tuple[int, list[bytes]]]", name: str) -> list[str]:
    """The digests of the documents of that name; a job whose document is not whole fails the test."""
    query = """
        SELECT document_bytes, array_agg(bytes ORDER BY ordinal)
        FROM jobs LEFT JOIN document_chunks ON job_id = id WHERE document_name = %s GROUP BY id
    """
    found = []
    for size, pieces in database.execute(query, [name]):
        content = b"".join(piece for piece in pieces if piece is not None)
        assert len(content) == size
        found.append(hashlib.sha256(content).hexdigest())
    return found
