"""A small trader who is not registered for VAT: one column, few words, a list instead of a table."""

from decimal import Decimal

from invoice import Invoice
from paper import Paper
from writing import bare, comma, worded


def trader(invoice: Invoice) -> bytes:
    """Everything is read from top to bottom; dates are written with the month's name."""
    supplier, customer = invoice.supplier, invoice.customer
    paper = Paper(f"Faktura {invoice.number}", family="Serif")
    paper.text(70, 80, f"Faktura {invoice.number}", size=20, bold=True)
    paper.text(70, 98, "nejsem plátce DPH", size=9)
    top = paper.lines(
        70,
        130,
        (
            supplier.name,
            f"{supplier.street}, {supplier.town}",
            f"IČO {supplier.company_id}, {supplier.register}",
            f"účet {supplier.account}, variabilní symbol {invoice.symbol}",
        ),
        size=10,
        step=15,
    )
    paper.text(70, top + 16, "Pro:", size=10, bold=True)
    top = paper.lines(
        70,
        top + 32,
        (customer.name, f"{customer.street}, {customer.town}", f"IČO {customer.company_id}"),
        size=10,
        step=15,
    )
    top += 18
    for label, day in (
        ("Objednáno", invoice.ordered),
        ("Vystaveno", invoice.issued),
        ("Splatné do", invoice.due),
    ):
        paper.text(70, top, f"{label}: {worded(day)}", size=10)
        top += 16
    top += 16
    paper.text(70, top, "Účtuji Vám za:", size=10, bold=True)
    for item in invoice.items:
        top += 18
        paper.text(84, top, f"– {item.text}, {item.quantity} {item.unit} po {comma(item.price)} Kč", size=10)
        paper.text(525, top, f"{comma(item.net)} Kč", size=10, align="right")
    top += 30
    paper.rule(top - 14, 70, 525)
    paper.text(70, top, "Celkem k zaplacení", size=12, bold=True)
    paper.text(525, top, f"{_total(invoice.payable)} Kč", size=12, bold=True, align="right")
    paper.text(70, top + 60, "Děkuji za spolupráci.", size=10)
    paper.text(70, top + 76, supplier.name, size=10)
    return paper.finish()


def _total(amount: Decimal) -> str:
    """12345,- where there are no hellers, as people write it by hand."""
    return f"{amount:.0f},-" if amount == amount.to_integral_value() else bare(amount)
