"""A letter: the supplier in the head and foot, the customer in the window of the envelope, the total in a sentence's place."""

from invoice import Invoice
from paper import Column, Paper
from writing import SIGNS, dotted, pointed

_COLUMNS = (
    Column(heading="Položka", at=60, align="left"),
    Column(heading="Množství", at=350),
    Column(heading="Jedn. cena", at=440),
    Column(heading="Celkem bez DPH", at=535),
)


def letterhead(invoice: Invoice) -> bytes:
    """Serif type, a deposit taken off where one was paid."""
    supplier, customer, sign = invoice.supplier, invoice.customer, SIGNS[invoice.currency]
    paper = Paper(f"Faktura {invoice.number}", family="Serif")
    paper.text(297, 58, supplier.name, size=17, bold=True, align="center")
    paper.text(297, 74, f"{supplier.street}, {supplier.town} · {supplier.phone} · {supplier.email}", size=8, align="center")
    paper.rule(82, 60, 535)
    paper.text(340, 128, customer.name, size=9 if len(customer.name) > 36 else 10, bold=True)
    paper.lines(340, 142, (customer.street, customer.town, "", f"IČO {customer.company_id}, DIČ {customer.vat_id}"))
    paper.text(60, 232, f"Faktura č. {invoice.number}", size=14, bold=True)
    paper.text(60, 254, f"K objednávce {invoice.order} ze dne {dotted(invoice.ordered)}", size=8.5)
    band = (
        ("Vystaveno", dotted(invoice.issued)),
        ("DUZP", dotted(invoice.taxable)),
        ("Splatnost", dotted(invoice.due)),
        ("Variabilní symbol", invoice.symbol),
    )
    for place, (label, value) in enumerate(band):
        paper.text(60 + 122 * place, 284, label, size=8)
        paper.text(60 + 122 * place, 298, value, size=10, bold=True)
    rows = [(item.text, f"{item.quantity} {item.unit}", pointed(item.price), pointed(item.net)) for item in invoice.items]
    top = paper.table(336, _COLUMNS, rows, size=9)
    sums = [("Součet bez daně", pointed(invoice.net))]
    sums += [(f"DPH {rate} % ze základu {pointed(net)}", pointed(tax)) for rate, (net, tax) in invoice.recap().items()]
    sums.append(("Celkem s DPH", pointed(invoice.gross)))
    if invoice.deposit:
        sums.append(("Uhrazená záloha", f"-{pointed(invoice.deposit)}"))
    for label, value in sums:
        paper.text(300, top, label, size=9)
        paper.text(535, top, value, size=9, align="right")
        top += 14
    paper.rule(top - 8, 300, 535)
    paper.text(300, top + 8, "K úhradě", size=12, bold=True)
    paper.text(535, top + 8, f"{pointed(invoice.payable)} {sign}", size=12, bold=True, align="right")
    paper.text(60, top + 56, f"Prosíme o platbu na účet {supplier.account} ({supplier.bank}).", size=9)
    paper.rule(776, 60, 535)
    paper.text(297, 790, f"{supplier.name}, IČO {supplier.company_id}, DIČ {supplier.vat_id}", size=8, align="center")
    paper.text(297, 802, supplier.register, size=7, align="center")
    return paper.finish()
