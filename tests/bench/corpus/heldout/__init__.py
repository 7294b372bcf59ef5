"""Documents of other makers than the samples', written by what such papers look like and never changed to suit the extractor.

Held out from calibration, which takes the samples of seeds 1 to 3. But their faults are looked at (`bench.corpus.show`) and
mended, so a score on them says how far the work has come and not how the extractor does on papers that nobody has seen.
"""

from ..case import Case
from . import (
    bank_payroll,
    contracts,
    czech,
    czech_bills,
    english,
    french,
    german,
    italian_spanish,
    orders,
    polish,
    rows,
    slovak,
)
from .scans import scan_of
from .written import Written

WRITTEN: tuple[Written, ...] = (
    *czech.DOCUMENTS,
    *czech_bills.DOCUMENTS,
    *slovak.DOCUMENTS,
    *english.DOCUMENTS,
    *german.DOCUMENTS,
    *polish.DOCUMENTS,
    *french.DOCUMENTS,
    *italian_spanish.DOCUMENTS,
    *contracts.DOCUMENTS,
    *orders.DOCUMENTS,
    *bank_payroll.DOCUMENTS,
    *rows.DOCUMENTS,
)


def heldout(form: str) -> list[Case]:
    """All cases; `form` is text or ocr."""
    cases = []
    for number, written in enumerate(WRITTEN):
        pdf = written.pdf()
        cases.append(
            Case(
                name=written.name,
                data=scan_of(pdf, number) if form == "ocr" else pdf,
                schema=written.schema,
                instructions=written.instructions,
                truth=written.truth,
            )
        )
    return cases
