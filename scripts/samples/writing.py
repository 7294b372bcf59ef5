"""How dates and amounts are written on paper. The inverse of what an extraction does, on purpose without its code."""

from datetime import date
from decimal import Decimal

MONTHS = (
    "ledna", "února", "března", "dubna", "května", "června",
    "července", "srpna", "září", "října", "listopadu", "prosince",
)  # fmt: skip
#: What a Czech invoice writes behind an amount.
SIGNS = {"CZK": "Kč", "EUR": "EUR"}
NO_BREAK = "\N{NO-BREAK SPACE}"


def spaced(day: date) -> str:
    """12. 3. 2026."""
    return f"{day.day}. {day.month}. {day.year}"


def dotted(day: date) -> str:
    """12.03.2026."""
    return f"{day:%d.%m.%Y}"


def worded(day: date) -> str:
    """12. března 2026."""
    return f"{day.day}. {MONTHS[day.month - 1]} {day.year}"


def iso(day: date) -> str:
    """2026-03-12."""
    return day.isoformat()


def comma(amount: Decimal) -> str:
    """12 345,60 with a space that does not break."""
    return f"{amount:,.2f}".replace(",", NO_BREAK).replace(".", ",")


def pointed(amount: Decimal) -> str:
    """12.345,60."""
    return f"{amount:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


def bare(amount: Decimal) -> str:
    """12345,60."""
    return f"{amount:.2f}".replace(".", ",")
