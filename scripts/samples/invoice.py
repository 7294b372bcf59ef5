"""The facts of an invoice: who, when, what for, how much. Knows nothing of how it is drawn.

Amounts are decimals, tax is summed per rate and rounded to a hundredth, as Czech law has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from company import CUSTOMERS, SUPPLIERS, TRADERS, Company, make_company
from goods import GOODS

CENT = Decimal("0.01")
FIRST_DAY = date(2025, 10, 1)
DAYS = 360


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A row of the invoice. `price` is for one unit, without tax; `rate` is the tax in percent."""

    text: str
    quantity: int
    unit: str
    price: Decimal
    rate: int

    @property
    def net(self) -> Decimal:
        """Without tax."""
        return self.price * self.quantity


@dataclass(frozen=True, kw_only=True, slots=True)
class Invoice:
    """One invoice. `deposit` is what was paid before, with tax; zero when nothing was."""

    number: str
    order: str
    supplier: Company
    customer: Company
    issued: date
    taxable: date
    due: date
    ordered: date
    items: tuple[Item, ...]
    currency: str
    deposit: Decimal

    def recap(self) -> dict[int, tuple[Decimal, Decimal]]:
        """For each tax rate: the amount without tax, and the tax."""
        rates = sorted({item.rate for item in self.items}, reverse=True)
        nets = {rate: sum((item.net for item in self.items if item.rate == rate), Decimal(0)) for rate in rates}
        return {rate: (net, (net * rate / 100).quantize(CENT, ROUND_HALF_UP)) for rate, net in nets.items()}

    @property
    def net(self) -> Decimal:
        """Without tax."""
        return sum((net for net, _ in self.recap().values()), Decimal(0))

    @property
    def tax(self) -> Decimal:
        """All of the tax."""
        return sum((tax for _, tax in self.recap().values()), Decimal(0))

    @property
    def gross(self) -> Decimal:
        """With tax, before the deposit is taken off."""
        return self.net + self.tax

    @property
    def payable(self) -> Decimal:
        """What is left to pay."""
        return self.gross - self.deposit

    @property
    def symbol(self) -> str:
        """The variable symbol of the payment: the digits of the number."""
        return "".join(filter(str.isdigit, self.number))

    def truth(self) -> Mapping[str, object]:
        """The fields of the catalog's `invoice` extractor, in the form the extraction gives."""
        return {
            "invoice_number": self.number,
            "issue_date": self.issued.isoformat(),
            "due_date": self.due.isoformat(),
            "supplier_id": self.supplier.company_id,
            "total_amount": float(self.payable),
            "currency": self.currency,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """What sets one of the ten apart, whatever the seed. `number` has the form of its numbers, `n` and `year` in braces."""

    number: str
    currency: str = "CZK"
    deposit: bool = False
    trader: bool = False


def make_invoices(seed: int, kinds: tuple[Kind, ...]) -> tuple[Invoice, ...]:
    """One invoice of each kind; no party stands on two of them."""
    random = Random(f"lamplighter samples {seed}")
    suppliers = random.sample(SUPPLIERS, len(kinds))
    traders = random.sample(TRADERS, sum(kind.trader for kind in kinds))
    customers = random.sample(CUSTOMERS, len(kinds))
    invoices = []
    for kind, supplier, customer in zip(kinds, suppliers, customers, strict=True):
        name, trade = traders.pop() if kind.trader else supplier
        seller = make_company(random, name, trade, registered=not kind.trader, trader=kind.trader)
        invoices.append(_invoice(random, kind, seller, make_company(random, customer)))
    return tuple(invoices)


def _invoice(random: Random, kind: Kind, supplier: Company, customer: Company) -> Invoice:
    issued = FIRST_DAY + timedelta(days=random.randrange(DAYS))
    items = _items(random, kind, supplier.trade)
    net = sum((item.net for item in items), Decimal(0))
    deposit = (net * random.choice((20, 30, 40)) / 100).quantize(Decimal(100)) if kind.deposit else Decimal(0)
    return Invoice(
        number=kind.number.format(n=random.randrange(12, 980), year=issued.year),
        order=f"OBJ-{random.randrange(100, 999)}/{issued.year}",
        supplier=supplier,
        customer=customer,
        issued=issued,
        taxable=issued - timedelta(days=random.randrange(1, 7)),
        due=issued + timedelta(days=random.choice((14, 15, 21, 30))),
        ordered=issued - timedelta(days=random.randrange(12, 45)),
        items=items,
        currency=kind.currency,
        deposit=deposit,
    )


def _items(random: Random, kind: Kind, trade: str) -> tuple[Item, ...]:
    chosen = random.sample(GOODS[trade], random.randrange(3, 5))
    # Crowns to euros at about 25: the rows stay believable.
    divisor = 25 if kind.currency == "EUR" else 1
    items = []
    for text, unit, crowns, rate in chosen:
        price = (Decimal(crowns) * random.randrange(80, 130) / 100 / divisor).quantize(CENT, ROUND_HALF_UP)
        items.append(Item(text=text, unit=unit, quantity=random.randrange(1, 9), price=price, rate=0 if kind.trader else rate))
    return tuple(items)
