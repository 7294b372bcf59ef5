"""Invoices whose answers tell them apart, and the catalogs that read them without a model.

Each has its own number and its own total, both found by the extraction's prior; the scripted engine has no opinion.
"""

from collections.abc import Mapping
from typing import Any

EXTRACTOR = "numbered"
#: Of every call of the engine. A job makes some four calls, two at a time.
DELAY_SECONDS = 0.15


def document(number: int) -> bytes:
    """The invoice of that number, as plain text."""
    return (
        f"INVOICE\n\nInvoice number: {_invoice_number(number)}\nIssue date: 2026-03-01\n\n"
        f"Supplier\nLamplighter Test s.r.o.\n\nTotal amount: {_total(number):.2f} EUR\n"
    ).encode()


def answer(number: int) -> Mapping[str, object]:
    """What stands in it."""
    return {"invoice_number": _invoice_number(number), "total_amount": _total(number)}


def catalog(*, model: str = "scripted", attempts: int = 5, **classes: Mapping[str, object]) -> Mapping[str, Any]:
    """Worker classes by name with their `engineOptions`, each with an extractor; `extract` alone when none is named.

    The extractor of a class is `numbered`, of any class but `extract` with `-<class>` after it.
    """
    chosen = classes or {"extract": {"delaySeconds": DELAY_SECONDS}}
    return {
        "workers": {name: _worker(model, attempts, options) for name, options in chosen.items()},
        "extractors": {extractor(name): {"worker": name, "schema": _SCHEMA} for name in chosen},
    }


def extractor(worker: str) -> str:
    """The name of a class's extractor."""
    return EXTRACTOR if worker == "extract" else f"{EXTRACTOR}-{worker}"


_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["invoice_number", "total_amount"],
    "properties": {
        "invoice_number": {"type": ["string", "null"], "title": "Invoice number"},
        "total_amount": {"type": ["number", "null"], "title": "Total amount"},
    },
}


def _worker(model: str, attempts: int, options: Mapping[str, object]) -> Mapping[str, object]:
    return {
        "engine": "scripted",
        "model": model,
        "concurrency": 2,
        "engineOptions": options,
        "scale": {"maxAttempts": attempts},
    }


def _invoice_number(number: int) -> str:
    return str(20_260_000 + number)


def _total(number: int) -> float:
    return 100.5 + number
