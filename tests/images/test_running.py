"""The images run as the chart runs them: its arguments, its environment, its restrictions, over a real PostgreSQL."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from images.conftest import ROOT, PodDatabase, scripts_images
from images.container import Container, Image, container, mounted
from images.pods import catalog, container_of
from lamplighter_serving.engines.llamacpp import find_model

SAMPLES = ROOT / "serving" / "samples"
TRUTH = json.loads((SAMPLES / "truth.json").read_text())
GATEWAY = "http://127.0.0.1:8080"


@contextmanager
def pod(image: Image, kind: str, name: str, database: PodDatabase, folder: Path) -> Iterator[Container]:
    """The container of the chart's object, from that image."""
    wanted = container_of(kind, name, database_url=database.url)
    file = folder / "catalog.json"
    file.write_text(catalog())
    mounts = {**database.mounts, "/etc/lamplighter/catalog.json": file}
    with container(image, wanted.arguments, environment=wanted.environment, mounts=mounts) as started:
        yield started


def migrate(image: Image, database: PodDatabase, folder: Path) -> None:
    """What the chart's hooks do around an install."""
    for phase in ("pre", "post"):
        with pod(image, "Job", f"lamplighter-migrate-{phase}", database, folder) as job:
            assert job.wait(60) == 0, job.output


def wait_ready(gateway: Container) -> None:
    """Waits until the readiness probe would pass."""
    deadline = time.monotonic() + 60
    while True:
        try:
            answer = gateway.request("GET", f"{GATEWAY}/readyz")
            if answer.status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert gateway.alive, gateway.output
        assert time.monotonic() < deadline, gateway.output
        time.sleep(0.2)


def new_key(image: Image, database: PodDatabase) -> dict[str, str]:
    """The header with a key made by the image's own command."""
    arguments = ("lamplighter-gateway", "keys", "create", "--tenant", "test", "--format", "json")
    with container(image, arguments, environment={"DATABASE_URL": database.url}, mounts=database.mounts) as command:
        assert command.wait(60) == 0, command.output
        return {"authorization": f"Bearer {json.loads(command.output)['key']}"}


def submit(gateway: Container, key: dict[str, str], sample: str) -> str:
    """Puts a sample invoice into the queue; the job's path."""
    document = (SAMPLES / sample).read_bytes()
    answer = gateway.request(
        "POST", f"{GATEWAY}/v1/jobs", headers=key, files={"document": (sample, document)}, data={"extractor": "invoice"}
    )
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


def test_gateway_migrates_listens_and_takes_a_job(gateway: Image, database: PodDatabase, tmp_path: Path) -> None:
    migrate(gateway, database, tmp_path)
    with pod(gateway, "Deployment", "lamplighter-gateway", database, tmp_path) as running:
        wait_ready(running)
        assert running.request("GET", f"{GATEWAY}/healthz").status_code == 200
        key = new_key(gateway, database)
        job = submit(running, key, "invoice-01.pdf")
        answer = running.request("GET", f"{GATEWAY}{job}", headers=key)
        assert answer.json()["state"] == "queued"
        assert running.stop() == 0


def test_gateway_draws_a_page_of_a_document_without_a_writable_root(
    gateway: Image, database: PodDatabase, tmp_path: Path
) -> None:
    migrate(gateway, database, tmp_path)
    with pod(gateway, "Deployment", "lamplighter-gateway", database, tmp_path) as running:
        wait_ready(running)
        key = new_key(gateway, database)
        job = submit(running, key, "invoice-01.pdf")
        answer = running.request("GET", f"{GATEWAY}{job}/pages/1.png", headers=key)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("image/")


def test_worker_with_baked_weights_turns_a_scan_into_json(
    gateway: Image, base: None, database: PodDatabase, tmp_path: Path
) -> None:
    path = Path(container_of("Deployment", "lamplighter-worker-extract", database_url="").environment["LAMPLIGHTER_MODEL_PATH"])
    weights = tmp_path / "weights" / path.relative_to("/models")
    weights.parent.mkdir(parents=True)
    weights.write_bytes(find_model(None).read_bytes())
    scripts_images("worker", VERSION="test", WEIGHTS=str(tmp_path / "weights"))

    migrate(gateway, database, tmp_path)
    with (
        mounted("localhost/lamplighter-worker:test-baked") as image,
        pod(gateway, "Deployment", "lamplighter-gateway", database, tmp_path) as door,
    ):
        wait_ready(door)
        key = new_key(gateway, database)
        # A text PDF, and a scan for Tesseract.
        jobs = {sample: submit(door, key, sample) for sample in ("invoice-01.pdf", "invoice-07.png")}
        with pod(image, "Deployment", "lamplighter-worker-extract", database, tmp_path) as running:
            for sample, job in jobs.items():
                state = _finished(door, running, f"{GATEWAY}{job}", key)
                assert state["state"] == "done", state
                result = door.request("GET", f"{GATEWAY}{job}/result", headers=key).json()
                assert result["data"] == TRUTH[sample]
            assert running.stop() == 0, running.output


def _finished(door: Container, running: Container, job: str, key: dict[str, str]) -> dict[str, object]:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        state = door.request("GET", job, params={"wait": "30s"}, headers=key).json()
        if state["state"] not in ("queued", "running"):
            return dict(state)
        assert running.alive, running.output
    pytest.fail(f"the job is still {state['state']}:\n{running.output}")
