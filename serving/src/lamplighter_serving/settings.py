"""Every setting of every process, and the only place that reads the environment.

A setting is `LAMPLIGHTER_<NAME>` (and `DATABASE_URL`, which every platform already sets). A value that cannot work stops the
process at once with the variable's name, what it said, and what it may say. What is served (workers, extractors) is not here:
that is the catalog file, see `catalog`.
"""

import os
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeVar

from .errors import SettingsError

T = TypeVar("T")

MIB = 1024 * 1024
#: Where Kubernetes mounts the credentials of a pod's service account.
CREDENTIALS = Path("/var/run/secrets/kubernetes.io/serviceaccount")
#: Where the head of a group listens unless told otherwise; Ray's own default.
RAY_PORT = 6379


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewaySettings:
    """Settings of the gateway process."""

    database_url: str
    catalog_path: Path | None  # None: the catalog that comes with the package
    host: str
    port: int
    scaler_host: str
    scaler_port: int  # gRPC, KEDA's ExternalScaler
    authentication: bool
    max_document_bytes: int
    max_file_bytes: int  # of a file for a batch
    max_uploads_bytes: int  # over all uploads in flight; they wait on disk, not in memory
    max_held: int  # requests that may wait for an answer at once
    hold: timedelta  # for which such a request waits at most
    spool_dir: Path | None  # where uploads wait; None: the system's temporary folder
    documents_kept: timedelta
    jobs_kept: timedelta
    webhook_networks: tuple[IPv4Network | IPv6Network, ...]  # webhooks may go there, beside public addresses
    database_connections: int
    holder: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerSettings:
    """Settings of the worker process."""

    database_url: str
    catalog_path: Path | None
    worker: str  # the worker class this process belongs to, a key of the catalog
    holder: str  # unique a process: the lease's owner
    model_path: Path | None  # a file or folder; None: where the engine finds the model by itself
    lease: timedelta
    heartbeat: timedelta
    grace: timedelta  # from SIGTERM to the end; less than the pod's terminationGracePeriodSeconds
    cpus: int
    started_at: float | None  # Unix seconds at which whoever starts workers decided to; None when unknown
    group: "RayGroup | None"  # the nodes that the engine spreads over, of which this process is the head; None: this one alone
    pod: "PodPlace | None"  # None: this process is in no pod, or its pod may say nothing of itself


@dataclass(frozen=True, kw_only=True, slots=True)
class PodPlace:
    """Where this process's pod stands in Kubernetes' API, and what that is asked with."""

    name: str
    api: str  # https://host:port
    credentials: Path  # folder with token, namespace and ca.crt


@dataclass(frozen=True, kw_only=True, slots=True)
class RayGroup:
    """One Ray over the pods of one replica, as its head sees it."""

    nodes: int  # the head included
    host: str  # the head's own address, which the others reach
    port: int
    token_path: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowerSettings:
    """Settings of a process that joins the Ray of another pod."""

    head: str  # host:port
    host: str  # its own address, which the head reaches
    token_path: Path
    cpus: int
    gpus: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientSettings:
    """Settings of a program that talks to a gateway."""

    address: str
    key: str  # empty: the gateway asks for none


def read_gateway_settings(environment: Mapping[str, str] = os.environ) -> GatewaySettings:
    """Reads the gateway's settings. Raises `SettingsError` naming the variable."""
    return GatewaySettings(
        database_url=_text(environment, "DATABASE_URL"),
        catalog_path=_path(environment, "LAMPLIGHTER_CATALOG"),
        host=_text(environment, "LAMPLIGHTER_HOST", "127.0.0.1"),
        port=_integer(environment, "LAMPLIGHTER_PORT", 8080, least=0, most=65535),
        scaler_host=_text(environment, "LAMPLIGHTER_SCALER_HOST", "127.0.0.1"),
        scaler_port=_integer(environment, "LAMPLIGHTER_SCALER_PORT", 9090, least=0, most=65535),
        authentication=_switch(environment, "LAMPLIGHTER_AUTHENTICATION", "on"),
        max_document_bytes=_integer(environment, "LAMPLIGHTER_MAX_DOCUMENT_BYTES", 32 * MIB, least=1, most=1024 * MIB),
        max_file_bytes=_integer(environment, "LAMPLIGHTER_MAX_FILE_BYTES", 128 * MIB, least=1, most=1024 * MIB),
        max_uploads_bytes=_integer(environment, "LAMPLIGHTER_MAX_UPLOADS_BYTES", 256 * MIB, least=1, most=65536 * MIB),
        max_held=_integer(environment, "LAMPLIGHTER_MAX_HELD", 1000, least=1, most=100_000),
        hold=_duration(environment, "LAMPLIGHTER_HOLD", "10m"),
        spool_dir=_path(environment, "LAMPLIGHTER_SPOOL_DIR"),
        documents_kept=_duration(environment, "LAMPLIGHTER_DOCUMENTS_KEPT", "7d"),
        jobs_kept=_duration(environment, "LAMPLIGHTER_JOBS_KEPT", "30d"),
        webhook_networks=_networks(environment, "LAMPLIGHTER_WEBHOOK_NETWORKS"),
        database_connections=_integer(environment, "LAMPLIGHTER_DATABASE_CONNECTIONS", 8, least=2, most=200),
        holder=_text(environment, "LAMPLIGHTER_HOLDER", _default_holder("gateway")),
    )


def read_worker_settings(environment: Mapping[str, str] = os.environ) -> WorkerSettings:
    """Reads the worker's settings. Raises `SettingsError` naming the variable."""
    lease = _duration(environment, "LAMPLIGHTER_LEASE", "30s")
    heartbeat = _duration(environment, "LAMPLIGHTER_HEARTBEAT", "5s")
    if heartbeat * 2 > lease:
        raise SettingsError(
            f"LAMPLIGHTER_HEARTBEAT is {heartbeat.total_seconds():g} s, more than half of LAMPLIGHTER_LEASE "
            f"({lease.total_seconds():g} s): one late heartbeat would lose the lease.",
            hint="Set LAMPLIGHTER_HEARTBEAT to a sixth of LAMPLIGHTER_LEASE.",
        )
    started_at = environment.get("LAMPLIGHTER_STARTED_AT", "")
    return WorkerSettings(
        database_url=_text(environment, "DATABASE_URL"),
        catalog_path=_path(environment, "LAMPLIGHTER_CATALOG"),
        worker=_text(environment, "LAMPLIGHTER_WORKER"),
        holder=_text(environment, "LAMPLIGHTER_HOLDER", _default_holder("worker")),
        model_path=_path(environment, "LAMPLIGHTER_MODEL_PATH"),
        lease=lease,
        heartbeat=heartbeat,
        grace=_duration(environment, "LAMPLIGHTER_GRACE", "25s"),
        cpus=_cpus(environment),
        started_at=_number(environment, "LAMPLIGHTER_STARTED_AT") if started_at else None,
        group=_group(environment),
        pod=_pod(environment),
    )


def read_follower_settings(environment: Mapping[str, str] = os.environ) -> FollowerSettings:
    """Reads the settings of `lamplighter-worker follow`. Raises `SettingsError` naming the variable."""
    head = _text(environment, "LAMPLIGHTER_RAY_HEAD")
    return FollowerSettings(
        head=head if ":" in head else f"{head}:{RAY_PORT}",
        host=_text(environment, "LAMPLIGHTER_RAY_HOST"),
        token_path=Path(_text(environment, "LAMPLIGHTER_RAY_TOKEN_FILE")),
        cpus=_cpus(environment),
        gpus=_integer(environment, "LAMPLIGHTER_GPUS", 0, least=0, most=64),
    )


def _group(environment: Mapping[str, str]) -> RayGroup | None:
    nodes = _integer(environment, "LAMPLIGHTER_RAY_NODES", 1, least=1, most=64)
    if nodes == 1:
        return None
    return RayGroup(
        nodes=nodes,
        host=_text(environment, "LAMPLIGHTER_RAY_HOST"),
        port=_integer(environment, "LAMPLIGHTER_RAY_PORT", RAY_PORT, least=1, most=65535),
        token_path=Path(_text(environment, "LAMPLIGHTER_RAY_TOKEN_FILE")),
    )


def _pod(environment: Mapping[str, str]) -> PodPlace | None:
    """Kubernetes sets the API's address in every container."""
    name = environment.get("LAMPLIGHTER_POD", "").strip()
    if not name:
        return None
    host = _text(environment, "KUBERNETES_SERVICE_HOST")
    port = _integer(environment, "KUBERNETES_SERVICE_PORT", 443, least=1, most=65535)
    return PodPlace(
        name=name, api=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}", credentials=CREDENTIALS
    )


def _cpus(environment: Mapping[str, str]) -> int:
    return _integer(environment, "LAMPLIGHTER_CPUS", os.cpu_count() or 1, least=1, most=1024)


def read_client_settings(environment: Mapping[str, str] = os.environ) -> ClientSettings:
    """Reads where the gateway is and the key for it. Raises `SettingsError`, which does not quote the key."""
    key = environment.get("LAMPLIGHTER_KEY", "").strip()
    if not (key.isascii() and key.isprintable()):
        raise SettingsError("LAMPLIGHTER_KEY has characters that no key has.", hint="Set it to the key alone, one line.")
    address = _text(environment, "LAMPLIGHTER_ADDRESS", "http://127.0.0.1:8080")
    if not address.startswith(("http://", "https://")):
        raise SettingsError(f"LAMPLIGHTER_ADDRESS is {address!r}.", hint="It begins with http:// or https://.")
    return ClientSettings(address=address, key=key)


def read_engine_api_key(environment: Mapping[str, str] = os.environ) -> str | None:
    """The key that an engine behind HTTP sends (`LAMPLIGHTER_ENGINE_API_KEY`), None when it needs none.

    Raises `SettingsError`, which does not quote it.
    """
    key = environment.get("LAMPLIGHTER_ENGINE_API_KEY", "").strip()
    if not (key.isascii() and key.isprintable()):
        raise SettingsError(
            "LAMPLIGHTER_ENGINE_API_KEY has characters that no HTTP header may have.",
            hint="Set LAMPLIGHTER_ENGINE_API_KEY to the key alone, one line.",
        )
    return key or None


def _default_holder(kind: str) -> str:
    return f"{kind}-{socket.gethostname()}-{os.getpid()}"


def _convert(environment: Mapping[str, str], name: str, default: str | None, may_be: str, convert: Callable[[str], T]) -> T:
    text = environment.get(name, "").strip() or default
    if text is None:
        raise SettingsError(f"{name} is not set.", hint=f"Set {name} to {may_be}.")
    try:
        return convert(text)
    except ValueError:
        raise SettingsError(f"{name} is {text!r}, which is not {may_be}.", hint=f"Set {name} to {may_be}.") from None


def _text(environment: Mapping[str, str], name: str, default: str | None = None) -> str:
    return _convert(environment, name, default, "a text", str)


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    text = environment.get(name, "").strip()
    return Path(text) if text else None


def _integer(environment: Mapping[str, str], name: str, default: int, *, least: int, most: int) -> int:
    def convert(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise ValueError
        return number

    return _convert(environment, name, str(default), f"a whole number from {least} to {most}", convert)


def _number(environment: Mapping[str, str], name: str) -> float:
    return _convert(environment, name, None, "a number", float)


def _networks(environment: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    def convert(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())

    return _convert(environment, name, "", "networks such as 10.0.0.0/8,fd00::/8", convert)


def _switch(environment: Mapping[str, str], name: str, default: str) -> bool:
    words = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}

    def convert(text: str) -> bool:
        if text.lower() not in words:
            raise ValueError
        return words[text.lower()]

    return _convert(environment, name, default, "on or off", convert)


_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _duration(environment: Mapping[str, str], name: str, default: str) -> timedelta:
    return _convert(environment, name, default, "a duration such as 500ms, 30s, 5m, 12h or 7d", parse_duration)


def parse_duration(text: str) -> timedelta:
    """`500ms`, `30s`, `5m`, `12h`, `7d` as a timedelta. Raises `ValueError` for anything else, zero and the absurd included."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a duration")
    seconds = float(match[1]) * _SECONDS[match[2]]
    if not 0 < seconds <= 10 * 365 * 86400:
        raise ValueError(f"{text!r} is not a sensible duration")
    return timedelta(seconds=seconds)
