"""Builds the images once a session, as a user does, and gives each test a database that is empty."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo, sql

from images.container import Image, mounted

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / ".cache" / "images"
OWN_BASE = "localhost/lamplighter-base:bookworm-slim"
#: Where the pods find the server's socket.
SOCKET_FOLDER = "/run/postgresql"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here builds images: minutes the first time, seconds afterwards."""
    missing = [tool for tool in ("buildah", "runc") if shutil.which(tool) is None]
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(1800))
            if missing or os.geteuid() != 0:
                item.add_marker(pytest.mark.skip(f"needs root, buildah and runc; lacks {', '.join(missing) or 'root'}"))


def scripts_images(*arguments: str, **environment: str) -> str:
    """Runs scripts/images; what it printed."""
    command = (ROOT / "scripts" / "images", *arguments)
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def base() -> None:
    """A base to build on: BASE names one, else one is made."""
    known = subprocess.run(("buildah", "inspect", "--type", "image", OWN_BASE), capture_output=True, check=False)
    if "BASE" not in os.environ and known.returncode != 0:
        scripts_images("base")


@pytest.fixture(scope="session")
def gateway(base: None) -> Iterator[Image]:
    """The gateway's image."""
    scripts_images("gateway", VERSION="test")
    with mounted("localhost/lamplighter-gateway:test") as image:
        yield image


@pytest.fixture(scope="session")
def worker(base: None) -> Iterator[Image]:
    """The CPU worker's image."""
    scripts_images("worker", VERSION="test")
    with mounted("localhost/lamplighter-worker:test") as image:
        yield image


@pytest.fixture(scope="session")
def cmp(base: None) -> Iterator[Image]:
    """The image of Argo CD's sidecar."""
    scripts_images("cmp", VERSION="test")
    with mounted("localhost/lamplighter-cmp:test") as image:
        yield image


@dataclass(frozen=True, kw_only=True)
class PodDatabase:
    """An empty database as a pod sees it: its address, and the socket to mount."""

    url: str
    mounts: dict[str, Path]


@pytest.fixture
def database(postgres_url: str) -> Iterator[PodDatabase]:
    """A fresh database without tables, reached through the server's Unix socket: the pods' network is loopback alone."""
    server = conninfo.conninfo_to_dict(postgres_url)
    host = str(server.get("host", ""))
    if not host.startswith("/"):
        pytest.skip(f"DATABASE_URL names {host or 'no host'}; the containers here reach a server by its Unix socket alone")
    socket = Path(host) / f".s.PGSQL.{server.get('port', 5432)}"
    name = f"lamplighter_test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield PodDatabase(
            url=f"postgresql://{server.get('user', 'postgres')}@:5432/{name}?host={SOCKET_FOLDER}",
            mounts={f"{SOCKET_FOLDER}/.s.PGSQL.5432": socket},
        )
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
