"""What a gateway is made of, put together once and handed to the routes and to the scaler."""

from collections import Counter
from dataclasses import dataclass

from ..catalog import Catalog
from ..database import Database
from ..errors import SettingsError
from ..queue.store import JobStore
from ..settings import GatewaySettings
from .auth import Authenticator
from .batches.archive import Archive, archive_over
from .form import FORM_BYTES
from .held import HeldRequests
from .keys import KeyStore
from .lampboard import LampBoard
from .limits import ByteBudget
from .models import Models
from .pictures import PageRenderer, PictureCache
from .purges import Purges
from .quotas import Quotas
from .standings import Standings
from .tenants import TenantStore
from .transcripts import Transcripts
from .watch import Watcher
from .webhooks.table import WebhookTable


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewayParts:
    """The parts of one gateway process."""

    settings: GatewaySettings
    catalog: Catalog
    store: JobStore
    authenticator: Authenticator
    renderer: PageRenderer
    watcher: Watcher
    transcripts: Transcripts
    standings: Standings
    lampboard: LampBoard
    models: Models
    budget: ByteBudget
    pictures: PictureCache
    held: HeldRequests
    responses: Counter[int]  # answers so far by HTTP status
    purges: Purges
    archive: Archive | None  # None where the store is no database: files and batches need one
    quotas: Quotas
    webhooks: WebhookTable | None  # None: nobody can be told
    tenants: TenantStore | None  # None: nothing is agreed and nothing counted


def assemble(
    *,
    settings: GatewaySettings,
    catalog: Catalog,
    store: JobStore,
    keys: KeyStore,
    renderer: PageRenderer,
    database: Database | None = None,
    tenants: TenantStore | None = None,
    webhooks: WebhookTable | None = None,
) -> GatewayParts:
    """Makes the parts that follow from the others. Raises `SettingsError` when they cannot work together."""
    watcher = Watcher(store)
    lampboard = LampBoard(store, catalog, watcher)
    models = Models(catalog, lampboard)
    return GatewayParts(
        settings=settings,
        catalog=catalog,
        store=store,
        authenticator=Authenticator(keys, required=settings.authentication),
        renderer=renderer,
        watcher=watcher,
        transcripts=Transcripts(store),
        standings=Standings(store),
        lampboard=lampboard,
        models=models,
        budget=_budget(settings),
        pictures=PictureCache(),
        held=HeldRequests(),
        responses=Counter(),
        purges=Purges(),
        archive=None if database is None else archive_over(database, store, models),
        quotas=Quotas(tenants),
        webhooks=webhooks,
        tenants=tenants,
    )


def _budget(settings: GatewaySettings) -> ByteBudget:
    """Room for one document of full size at least: an upload that never fits would be told to come back for ever."""
    least_bytes = settings.max_document_bytes + FORM_BYTES
    if settings.max_uploads_bytes < least_bytes:
        raise SettingsError(
            f"LAMPLIGHTER_MAX_UPLOADS_BYTES is {settings.max_uploads_bytes}, but one document of "
            f"LAMPLIGHTER_MAX_DOCUMENT_BYTES ({settings.max_document_bytes}) with its form has up to {least_bytes}.",
            hint=f"Set LAMPLIGHTER_MAX_UPLOADS_BYTES to {least_bytes} or more.",
        )
    return ByteBudget(settings.max_uploads_bytes, least_tenant_bytes=least_bytes)
