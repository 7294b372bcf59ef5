"""What a gateway is made of, put together once and handed to the routes and to the scaler."""

from dataclasses import dataclass

from ..catalog import Catalog
from ..queue.store import JobStore
from ..settings import GatewaySettings
from .auth import Authenticator
from .held import HeldRequests
from .keys import KeyStore
from .lampboard import LampBoard
from .limits import ByteBudget
from .pictures import PageRenderer, PictureCache
from .watch import Watcher


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewayParts:
    """The parts of one gateway process."""

    settings: GatewaySettings
    catalog: Catalog
    store: JobStore
    authenticator: Authenticator
    renderer: PageRenderer
    watcher: Watcher
    lampboard: LampBoard
    budget: ByteBudget
    pictures: PictureCache
    held: HeldRequests


def assemble(
    *, settings: GatewaySettings, catalog: Catalog, store: JobStore, keys: KeyStore, renderer: PageRenderer
) -> GatewayParts:
    """Makes the parts that follow from the others."""
    watcher = Watcher(store)
    return GatewayParts(
        settings=settings,
        catalog=catalog,
        store=store,
        authenticator=Authenticator(keys, required=settings.authentication),
        renderer=renderer,
        watcher=watcher,
        lampboard=LampBoard(store, catalog, watcher),
        budget=ByteBudget(settings.max_uploads_bytes, least_tenant_bytes=settings.max_document_bytes),
        pictures=PictureCache(),
        held=HeldRequests(),
    )
