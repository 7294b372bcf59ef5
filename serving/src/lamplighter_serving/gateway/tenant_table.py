"""Tenants in PostgreSQL: tables `tenants`, `usage` and `audit`. The SQL stands in sql/tenants.sql."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ..database import Database, load_queries
from ..queue.text import json_text
from .tenants import Act, Agreement, Usage, Used

_QUERIES = load_queries(Path(__file__).parent / "sql")


class TenantTable:
    """A `TenantStore` over the database. `actor` is who changes things, for the audit log."""

    def __init__(self, database: Database, *, actor: str = "lamplighter-gateway") -> None:
        self._database = database
        self._actor = actor

    async def agreement(self, tenant: str) -> Agreement:
        """What is agreed with the tenant."""
        row = await self._database.row(_QUERIES["get_tenant"], {"tenant": tenant})
        return Agreement(tenant=tenant) if row is None else Agreement(**row)

    async def agreements(self) -> Sequence[Agreement]:
        """All that differ from the usual."""
        return [Agreement(**row) for row in await self._database.rows(_QUERIES["list_tenants"])]

    async def agree(self, agreement: Agreement) -> None:
        """Replaces what is agreed with the tenant, and notes it in the audit log."""
        facts = asdict(agreement)
        terms = {name: value for name, value in facts.items() if name != "tenant"}
        await self._database.rows(_QUERIES["set_tenant"], {**facts, "actor": self._actor, "detail": json_text(terms)})

    async def used_today(self, tenant: str) -> Used:
        """What the tenant used since midnight, UTC."""
        row = await self._database.row(_QUERIES["used_today"], {"tenant": tenant})
        return Used() if row is None else Used(**row)

    async def usage(self, *, tenant: str | None, days: int) -> Sequence[Usage]:
        """Usage of one tenant or of all, newest day first."""
        rows = await self._database.rows(_QUERIES["list_usage"], {"tenant": tenant, "days": days})
        return [Usage(**row) for row in rows]

    async def audit(self, *, tenant: str | None, limit: int) -> Sequence[Act]:
        """The newest acts first, of one tenant or of all."""
        rows = await self._database.rows(_QUERIES["list_audit"], {"tenant": tenant, "limit": limit})
        return [Act(**row) for row in rows]
