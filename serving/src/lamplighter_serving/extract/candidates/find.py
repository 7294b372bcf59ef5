"""All candidates of a document, each kind by its own finder. Dates come first: what is a date is no number."""

from collections.abc import Callable, Iterable

from ..scene.view import View
from .amounts import find_amounts
from .candidate import Candidate, Kind
from .currencies import find_currencies
from .dates import find_dates
from .flags import find_flags
from .identifiers import find_identifiers
from .names import find_names
from .texts import find_texts


def find_candidates(view: View, is_label: Callable[[str], bool]) -> tuple[Candidate, ...]:
    """Every span that could be a value, in reading order. Spans of different kinds may overlap.

    `is_label` says whether capitals before a number name it rather than belong to it.
    """
    dates = list(find_dates(view))
    amounts = list(find_amounts(view, dates))
    currencies = list(find_currencies(view))
    money = [amount for amount in amounts if amount.kind is Kind.AMOUNT and not amount.text.isdigit()]
    identifiers = list(find_identifiers(view, _spans([*dates, *money]), is_label))
    texts = [*find_names(view), *find_texts(view)]
    found = [*dates, *amounts, *currencies, *identifiers, *texts, *find_flags(texts)]
    return tuple(sorted(found, key=lambda candidate: (*candidate.place, candidate.kind)))


def _spans(candidates: Iterable[Candidate]) -> dict[int, list[tuple[int, int]]]:
    spans: dict[int, list[tuple[int, int]]] = {}
    for candidate in candidates:
        spans.setdefault(candidate.line, []).append((candidate.start, candidate.end))
    return spans
