"""Webhooks in PostgreSQL: tables `deliveries` and `webhook_secrets`. The SQL stands in gateway/sql/deliveries.sql."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from ...database import Database, Row, load_queries
from .message import Delivery

_QUERIES = load_queries(Path(__file__).parent.parent / "sql")


class WebhookTable:
    """What is to be sent, what was, and the tenants' secrets. `actor` is who changes a secret, for the audit log."""

    def __init__(self, database: Database, *, actor: str = "lamplighter-gateway") -> None:
        self._database = database
        self._actor = actor

    async def lease(self, *, limit: int, duration: timedelta) -> Sequence[Delivery]:
        """Takes deliveries whose time has come; each stays taken for that long at most."""
        rows = await self._database.rows(_QUERIES["lease_deliveries"], {"limit": limit, "lease": duration})
        return [Delivery(**{**row, "secret": bytes(row["secret"]) if row["secret"] is not None else None}) for row in rows]

    async def delivered(self, delivery: Delivery) -> None:
        """It was heard."""
        await self._database.rows(_QUERIES["note_delivered"], {"id": delivery.id, "attempt": delivery.attempt})

    async def failed(self, delivery: Delivery, problem: str, delay: timedelta) -> None:
        """It was not; it is tried again after the delay."""
        facts = {"id": delivery.id, "attempt": delivery.attempt, "problem": problem, "delay": delay}
        await self._database.rows(_QUERIES["note_failed"], facts)

    async def dead(self, delivery: Delivery, problem: str) -> None:
        """It is not tried again."""
        facts = {"id": delivery.id, "attempt": delivery.attempt, "problem": problem}
        await self._database.rows(_QUERIES["note_dead"], facts)

    async def has_secret(self, tenant: str) -> bool:
        """Whether the tenant's webhooks can be signed."""
        return await self._database.row(_QUERIES["has_secret"], {"tenant": tenant}) is not None

    async def set_secret(self, tenant: str, secret: bytes) -> None:
        """Replaces the tenant's secret, and notes it in the audit log."""
        facts = {"tenant": tenant, "secret": secret, "actor": self._actor}
        await self._database.rows(_QUERIES["set_secret"], facts)

    async def list(self, *, tenant: str | None, dead: bool, limit: int) -> Sequence[Row]:
        """The newest deliveries, of one tenant or of all, `dead`: those alone that are not tried again."""
        return await self._database.rows(_QUERIES["list_deliveries"], {"tenant": tenant, "dead": dead, "limit": limit})

    async def revive(self, tenant: str | None) -> int:
        """Has the dead ones tried again; gives how many."""
        return len(await self._database.rows(_QUERIES["revive_deliveries"], {"tenant": tenant}))
