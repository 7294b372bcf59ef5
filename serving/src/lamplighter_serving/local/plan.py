"""What a demo is to run: all settings, read and checked before anything is started."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..catalog import Catalog, load_catalog
from ..settings import GatewaySettings, WorkerSettings, read_gateway_settings, read_worker_settings
from .gateway import ensure_free
from .place import Place

#: What the environment need not say. A worker's grace is less than a cluster's 25 s: somebody waits for the prompt.
DEFAULTS = {"LAMPLIGHTER_GRACE": "10s"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Everything the demo knows before it starts."""

    environment: Mapping[str, str]  # children get it whole
    place: Place
    gateway: GatewaySettings
    worker: WorkerSettings
    catalog: Catalog
    given_database: str | None  # None: our own PostgreSQL


def make_plan(environment: Mapping[str, str], place: Place, *, port: int | None) -> Plan:
    """Reads all settings. `port` None: what LAMPLIGHTER_PORT says. Raises `SettingsError`, for a port that is taken too."""
    environment = {**DEFAULTS, **environment}
    given_database = environment.get("DATABASE_URL", "").strip() or None
    # What is only known later must not be missed now.
    readable = {**environment, "DATABASE_URL": given_database or "postgresql://", "LAMPLIGHTER_WORKER": "any"}
    gateway = read_gateway_settings(readable)
    if port is not None:
        gateway = replace(gateway, port=port)
    ensure_free(gateway.host, gateway.port)
    return Plan(
        environment=environment,
        place=place,
        gateway=gateway,
        worker=read_worker_settings(readable),
        catalog=load_catalog(gateway.catalog_path),
        given_database=given_database,
    )
