"""A ruled sheet of labels and values, as an export of an accounting program looks."""

from invoice import Invoice
from paper import Column, Paper
from writing import bare, iso

_COLUMNS = (
    Column(heading="Kód", at=48, align="left"),
    Column(heading="Název", at=90, align="left"),
    Column(heading="Množ.", at=350),
    Column(heading="Cena/j.", at=420),
    Column(heading="Sazba", at=465),
    Column(heading="Částka", at=547),
)


def sheet(invoice: Invoice) -> bytes:
    """Every fact is a row; the currency is a row of its own and stands at no amount."""
    supplier, customer = invoice.supplier, invoice.customer
    paper = Paper(f"Doklad {invoice.number}")
    paper.text(42, 56, "DAŇOVÝ DOKLAD", size=15, bold=True)
    rows = (
        ("Evidenční číslo dokladu", invoice.number),
        ("Číslo objednávky", invoice.order),
        ("Datum objednávky", iso(invoice.ordered)),
        ("Datum vystavení dokladu", iso(invoice.issued)),
        ("Datum uskutečnění zdanitelného plnění", iso(invoice.taxable)),
        ("Datum splatnosti", iso(invoice.due)),
        ("Dodavatel", supplier.name),
        ("Adresa dodavatele", f"{supplier.street}, {supplier.town}"),
        ("IČO dodavatele", supplier.company_id),
        ("DIČ dodavatele", supplier.vat_id),
        ("Odběratel", customer.name),
        ("Adresa odběratele", f"{customer.street}, {customer.town}"),
        ("IČO odběratele", customer.company_id),
        ("DIČ odběratele", customer.vat_id),
        ("IBAN", supplier.iban),
        ("Měna", invoice.currency),
    )
    top = 84.0
    paper.rule(top - 11)
    for label, value in rows:
        paper.text(48, top, label, size=8.5)
        paper.text(270, top, value, size=8.5, bold=True)
        paper.rule(top + 5)
        top += 16
    items = [
        (f"{place:03}", item.text, f"{item.quantity} {item.unit}", bare(item.price), f"{item.rate} %", bare(item.net))
        for place, item in enumerate(invoice.items, start=1)
    ]
    top = paper.table(top + 20, _COLUMNS, items)
    totals = [("Základ daně celkem", bare(invoice.net)), ("Daň celkem", bare(invoice.tax))]
    if invoice.deposit:
        totals += [("Celkem včetně daně", bare(invoice.gross)), ("Odečet zaplacené zálohy", bare(-invoice.deposit))]
    for label, value in (*totals, ("Celkem k úhradě", bare(invoice.payable))):
        paper.rule(top - 11, 300, 553)
        paper.text(306, top, label, size=8.5, bold=label.startswith("Celkem k"))
        paper.text(547, top, value, size=8.5, bold=label.startswith("Celkem k"), align="right")
        top += 16
    paper.text(42, 800, f"Vytištěno {iso(invoice.issued)} · strana 1/1 · {supplier.register}", size=6.5)
    return paper.finish()
