"""A worker whose scripted engine ends the process when it is shown the invoice number `DEADLY`: a document that kills."""

import os
from dataclasses import replace

from lamplighter_serving.engines import registry
from lamplighter_serving.engines.base import Choice, Choose
from lamplighter_serving.engines.scripted import DIE_STATUS, ScriptedEngine
from lamplighter_serving.worker.main import main
from reliability import invoices

#: The invoice that ends workers.
DEADLY = 6666


class DeadlyEngine(ScriptedEngine):
    """Follows its script but for one document."""

    async def choose(self, request: Choose) -> Choice:
        """Dies of the deadly document's number."""
        if any(str(invoices.answer(DEADLY)["invoice_number"]) in message.content for message in request.messages):
            os._exit(DIE_STATUS)
        return await super().choose(request)


if __name__ == "__main__":
    kind = replace(registry.ENGINES["scripted"], build=lambda worker_class, *_: DeadlyEngine(worker_class))
    registry.ENGINES = {**registry.ENGINES, "scripted": kind}
    main()
