"""What machines ask: does the process live, can it work, what do its metrics say. No key needed, nothing of a tenant told."""

import asyncio
from datetime import timedelta

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...errors import StoreUnavailable
from ..exposition import MetricFacts, StoreFacts, exposition
from ..lampboard import PRESENCE_SECONDS
from ..parts import GatewayParts
from ..problems import STORE_RETRY_SECONDS, RequestRefused
from .route import json_response

#: A probe must answer before its own limit, which is a few seconds where such limits are set.
READY_SECONDS = 2.0
#: A scrape is given ten seconds by default; one without the database's part still tells that the database is away.
SCRAPE_SECONDS = 5.0


def routes(parts: GatewayParts) -> list[Route]:
    """The routes."""

    async def healthz(_request: Request) -> Response:
        return json_response({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await parts.store.depths(parts.catalog.workers)
        except (StoreUnavailable, TimeoutError) as error:
            raise RequestRefused(
                503,
                "not-ready",
                "The gateway cannot work: the database does not answer.",
                headers={"retry-after": str(STORE_RETRY_SECONDS)},
            ) from error
        return json_response({"status": "ready"})

    async def metrics(_request: Request) -> Response:
        facts = MetricFacts(
            workers=tuple(parts.catalog.workers),
            store=await _store_facts(parts),
            held=parts.held.by_worker(),
            responses=parts.responses,
            last_purge_at=parts.purges.last_at,
        )
        return Response(exposition(facts), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


async def _store_facts(parts: GatewayParts) -> StoreFacts | None:
    try:
        async with asyncio.timeout(SCRAPE_SECONDS):
            return StoreFacts(
                depths=tuple(await parts.store.depths(parts.catalog.workers)),
                outcomes=await parts.store.outcomes(),
                tallies=tuple(await parts.store.tallies()),
                presences=tuple(await parts.store.presences(within=timedelta(seconds=PRESENCE_SECONDS))),
            )
    except (StoreUnavailable, TimeoutError):
        return None
