"""What a real gateway exports after a real worker has done one job: the names and labels that queries may use."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lamplighter_serving.catalog import load_catalog
from lamplighter_serving.queue.job import JobState, NewJob
from serving.gateway.conftest import fresh_database
from serving.gateway.forms import submit
from serving.gateway.running import RunningGateway
from serving.worker.worker_process import INVOICE, SCHEMA, WORKER, worker_process, write_catalog

#: A worker with the scripted engine starts no Ray.
START_SECONDS = 30


@pytest.fixture(scope="session")
def exported(postgres_url: str, database_template: str) -> Iterator[Mapping[str, frozenset[str]]]:
    """Labels by the name of each series, as it stands in /metrics."""
    with (
        # Short, unlike pytest's own: Unix sockets stand in it.
        tempfile.TemporaryDirectory(prefix="lm-", ignore_cleanup_errors=True) as name,
        fresh_database(postgres_url, database_template) as url,
    ):
        folder = Path(name)
        catalog = write_catalog(folder, "scripted", {})
        with RunningGateway(url, catalog=load_catalog(catalog)) as gateway:
            new = NewJob(tenant="t", worker=WORKER, request={"schema": SCHEMA, "instructions": ""}, document_name="a.txt")
            job = gateway.run(gateway.store.submit(new, INVOICE.encode())).job
            submit(gateway.client())  # an answer to be counted, whatever it is
            with worker_process(url, catalog, folder) as worker:
                worker.wait_for(lambda: gateway.run(gateway.store.get("t", job.id)).state is JobState.DONE, START_SECONDS)
                worker.process.terminate()  # it writes its tallies before it goes
                assert worker.process.wait(START_SECONDS) == 0
            text = gateway.client(None).get("/metrics").text
        found: dict[str, set[str]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
        yield {name: frozenset(labels) for name, labels in found.items()}
