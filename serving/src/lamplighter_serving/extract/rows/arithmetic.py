"""Quantity x unit price = total: which columns of a table stand in that relation, to find them or to check the headings."""

from collections.abc import Sequence
from itertools import product

from ..prior.wish import Wish
from .heading import SUM_CONCEPTS
from .readings import Readings

#: The part of the rows in which the product must be the total.
_SATISFIED = 0.8
#: A total is rounded to cents, and so is the price that is multiplied.
_TOTAL_SLACK, _PRICE_SLACK = 0.011, 0.005
#: The part of a column's cells that must be numbers.
_LEAST_FIT = 0.4
#: Columns of numbers among which the three are looked for.
_MOST_COLUMNS = 8
Three = tuple[int, int, int]


def factors(wishes: Sequence[Wish]) -> Three | None:
    """The numbers of the fields for quantity, unit price and total, when there are all three."""
    money = [(number, wish) for number, wish in enumerate(wishes) if wish.facet == "money"]
    quantity = next((number for number, wish in money if "quantity" in wish.concepts), None)
    priced = [number for number, wish in money if "unit-price" in wish.concepts]
    plain = [number for number, wish in money if not wish.concepts]
    price = next(iter(priced or plain), None)
    summed = [number for number, wish in money if SUM_CONCEPTS & set(wish.concepts) and number not in priced]
    total = next((number for number in summed or plain if number != price), None)
    return None if quantity is None or price is None or total is None else (quantity, price, total)


def is_product(quantity: float, price: float, total: float) -> bool:
    """Whether the total is the product, as far as rounding lets one tell."""
    return abs(quantity * price - total) <= _TOTAL_SLACK + abs(quantity) * _PRICE_SLACK


def multiplies(readings: Readings, places: Sequence[int], three: Three) -> bool:
    """Whether the columns hold factors and product in nearly all rows that fill all three."""
    columns = [readings.numbers(place, number) for place, number in zip(places, three, strict=True)]
    checked = right = 0
    for quantity, price, total in zip(*columns, strict=True):
        if quantity is not None and price is not None and total is not None:
            checked += 1
            right += is_product(quantity, price, total)
    return checked > 0 and right >= _SATISFIED * checked


def find_factors(readings: Readings, three: Three, taken: frozenset[int]) -> Three | None:
    """The columns that multiply, of several such those that the headings speak for most; then the leftmost."""
    choices = [_numeric(readings, number, taken) for number in three]
    best: tuple[float, Three] | None = None
    for places in product(*choices):
        if len(set(places)) < len(places):
            continue
        said = sum(readings.said(place, number) for place, number in zip(places, three, strict=True))
        if (best is None or said > best[0]) and multiplies(readings, places, three):
            best = (said, (places[0], places[1], places[2]))
    return best[1] if best else None


def _numeric(readings: Readings, number: int, taken: frozenset[int]) -> list[int]:
    fitting = [
        place
        for place in range(len(readings.table.columns))
        if place not in taken and readings.said(place, number) >= 0 and readings.fit(place, number) >= _LEAST_FIT
    ]
    return sorted(fitting, key=lambda place: -readings.said(place, number))[:_MOST_COLUMNS]
