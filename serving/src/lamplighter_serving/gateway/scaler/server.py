"""The gRPC server of the scaler, in the event loop of the gateway."""

import grpc.aio

from ...errors import SettingsError
from .externalscaler_pb2_grpc import add_ExternalScalerServicer_to_server
from .service import ScalerService

#: Open streams end by themselves when the process stops; a question in flight may take this long to be answered.
STOP_SECONDS = 2.0

#: KEDA keeps its streams open for days, through connections that say nothing: a dead one is found within half a minute.
OPTIONS = (
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.so_reuseport", 0),
)


class ScalerServer:
    """Serves the scaler on an address."""

    def __init__(self, service: ScalerService) -> None:
        self._server = grpc.aio.server(options=OPTIONS)
        add_ExternalScalerServicer_to_server(service, self._server)  # type: ignore[no-untyped-call]

    async def start(self, host: str, port: int) -> int:
        """Listens; returns the port, chosen by the system when `port` is 0. Raises `SettingsError` when it is taken."""
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            bound = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise SettingsError(
                f"The scaler cannot listen on {address}; it is taken or not this machine's.",
                hint="Set LAMPLIGHTER_SCALER_HOST and LAMPLIGHTER_SCALER_PORT.",
            ) from error
        await self._server.start()
        return int(bound)

    async def stop(self) -> None:
        """Stops listening and waits for the calls in flight."""
        await self._server.stop(STOP_SECONDS)
