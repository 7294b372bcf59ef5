"""The whole product on this machine: PostgreSQL, gateway and lamplighter, started in this order and stopped in reverse."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from .child import Children
from .gateway import running_gateway
from .key import usable_key
from .lamplighter import Lamplighter
from .plan import Plan
from .postgres import running_postgres
from .talk import say, waiting
from .trouble import Trouble
from .workers import Workers

#: A worker that does not keep to its grace is killed this much later.
GRACE_SPARE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """How what runs is reached, and whether it still runs."""

    address: str
    key: str
    database_url: str
    trouble: Trouble


@asynccontextmanager
async def running_machine(plan: Plan, children: Children, *, workers_must_work: bool) -> AsyncIterator[Machine]:
    """Runs everything for the length of the block. Raises `LamplighterError` when a part does not come up.

    `workers_must_work`: a worker that cannot work is trouble too; else it is only told of, and started again and again.
    """
    trouble = Trouble()
    async with AsyncExitStack() as stack:
        database_url = plan.given_database or await _start_postgres(stack, trouble, plan, children)
        with waiting("starting the gateway"):
            serving = running_gateway(children, database_url=database_url, host=plan.gateway.host, port=plan.gateway.port)
            gateway = await stack.enter_async_context(serving)
        _beside(stack, trouble, trouble.watch(gateway.child))
        key = await stack.enter_async_context(
            usable_key(gateway, plan.place, database_url, embedded=plan.given_database is None)
        )
        workers = Workers(children, database_url, trouble if workers_must_work else None)
        lamplighter = Lamplighter(
            scaler=gateway.scaler,
            workers=plan.catalog.workers.values(),
            grace_seconds=plan.worker.grace.total_seconds() + GRACE_SPARE_SECONDS,
            start=workers.start,
            say=say,
            on_death=workers.note_death,
        )
        _beside(stack, trouble, lamplighter.run())
        try:
            yield Machine(address=gateway.address, key=key, database_url=database_url, trouble=trouble)
        finally:
            with waiting("stopping"):
                await stack.aclose()


async def _start_postgres(stack: AsyncExitStack, trouble: Trouble, plan: Plan, children: Children) -> str:
    """Runs our own server until the stack is left; its address."""
    with waiting("starting PostgreSQL"):
        postgres = running_postgres(children, plan.place.postgres, kept=plan.place.kept)
        server, url = await stack.enter_async_context(postgres)
    _beside(stack, trouble, trouble.watch(server))
    return url


def _beside(stack: AsyncExitStack, trouble: Trouble, work: Coroutine[Any, Any, None]) -> None:
    """Runs `work` until the stack is left, then cancels it and waits for its end. Its failure is trouble."""

    async def run() -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 (the top of a task: nobody else would hear of it)
            trouble.report_surprise(error)

    task = asyncio.create_task(run())

    async def end() -> None:
        task.cancel()
        await asyncio.wait({task})

    stack.push_async_callback(end)
