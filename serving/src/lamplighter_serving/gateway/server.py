"""One gateway process: HTTP and the scaler's gRPC on one event loop, from start to a graceful stop."""

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from .. import logs
from ..errors import SettingsError
from .app import build_app
from .parts import GatewayParts
from .protocol import BoundedProtocol
from .scaler.server import ScalerServer
from .scaler.service import ScalerService

#: From SIGTERM to cutting off what is still in flight. Uploads may need it; waiting requests are let go at once.
STOP_SECONDS = 15
#: A client's connection stays open this long between two requests.
KEEP_ALIVE_SECONDS = 30
#: New objects between two looks for cycles; CPython's default of 700 is a look every third request.
GARBAGE_OBJECTS = 20_000
#: Connections that wait to be accepted.
BACKLOG = 2048


async def serve(parts: GatewayParts, prepare: Callable[[], Awaitable[None]], on_listening: Callable[[int, int], None]) -> None:
    """Serves the scaler at once and HTTP when `prepare` is done, until SIGTERM or SIGINT.

    `on_listening` gets both ports, HTTP's first. Raises `SettingsError`: one is taken.
    """
    settings = parts.settings
    scaler = ScalerServer(ScalerService(catalog=parts.catalog, store=parts.store, watcher=parts.watcher))
    # First: KEDA asks a gateway that is not there ever more rarely.
    scaler_port = await scaler.start(settings.scaler_host, settings.scaler_port)
    try:
        await prepare()
        await _serve_http(parts, scaler_port, on_listening)
    finally:
        await scaler.stop()
        await parts.renderer.close()
    logs.event("stopped")


async def _serve_http(parts: GatewayParts, scaler_port: int, on_listening: Callable[[int, int], None]) -> None:
    http_socket = _listen(parts.settings.host, parts.settings.port)
    http = http_server(build_app(parts))

    def stop(name: str) -> None:
        logs.event("stopping", signal=name)
        parts.watcher.close()  # first: requests that wait are what a stop would wait for
        http.should_exit = True

    # What is there now stays: the collector need not look at it again, and requests leave it little to find.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number.name)
    http_port = http_socket.getsockname()[1]
    logs.event("listening", http_port=http_port, scaler_port=scaler_port)
    on_listening(http_port, scaler_port)
    await http.serve(sockets=[http_socket])


class HttpServer(uvicorn.Server):
    """uvicorn without its own signal handlers: they would end the process by the signal, not with exit code 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals alone."""
        yield


def http_server(app: ASGIApp) -> HttpServer:
    """The HTTP server; `serve` of it takes the listening sockets."""
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return HttpServer(config)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise SettingsError(
            f"The gateway cannot listen on {host} port {port}: {os.strerror(error.errno) if error.errno else error}.",
            hint="Set LAMPLIGHTER_HOST and LAMPLIGHTER_PORT.",
        ) from error
