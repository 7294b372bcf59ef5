"""The gateway as a child: started on this machine's loopback, known by the ports it says."""

import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ..errors import SettingsError
from .child import Child, Children

#: The gateway gives requests in flight 15 s to end.
STOP = ((signal.SIGTERM, 20.0),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gateway:
    """A gateway that listens. `first_key` is the key it made because the database had none."""

    child: Child
    address: str  # http://host:port
    scaler: str  # host:port, gRPC
    first_key: str | None


def ensure_free(host: str, port: int) -> None:
    """Raises `SettingsError` when somebody listens there already. Port 0 is always free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise SettingsError(
            f"Port {port} of {host} cannot be used: {os.strerror(error.errno or 0)}.",
            hint="Choose another with --port N (make demo PORT=N); --port 0 takes any that is free.",
        ) from error


@asynccontextmanager
async def running_gateway(children: Children, *, database_url: str, host: str, port: int) -> AsyncIterator[Gateway]:
    """Runs a gateway for the length of the block. Raises `ChildFailed` when it does not come up."""
    child = await children.start(
        "gateway",
        "gateway",
        *("serve", "--migrate", "--format", "json"),
        environment={
            "DATABASE_URL": database_url,
            "LAMPLIGHTER_PORT": str(port),
            "LAMPLIGHTER_SCALER_HOST": "127.0.0.1",
            "LAMPLIGHTER_SCALER_PORT": "0",
            "LAMPLIGHTER_HOLDER": "",  # each process makes its own
        },
        listen=True,
    )
    try:
        yield await _listening(child, host)
    finally:
        await child.stop(*STOP)


async def _listening(child: Child, host: str) -> Gateway:
    """Reads what it prints until it has said its ports."""
    first_key = None
    while line := await child.line():
        said = json.loads(line)
        first_key = said.get("key", first_key)
        if "http_port" in said:
            return Gateway(
                child=child,
                address=f"http://{_reachable(host)}:{said['http_port']}",
                scaler=f"127.0.0.1:{said['scaler_port']}",
                first_key=first_key,
            )
    await child.gone()
    raise child.failure()


def _reachable(host: str) -> str:
    """The host as a client on this machine writes it: a gateway on all interfaces is on loopback too."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 (a comparison; nothing is bound)
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
