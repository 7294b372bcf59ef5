"""An invoice abroad: Czech and English labels together, the value under its label."""

from invoice import Invoice
from paper import Column, Paper
from writing import SIGNS, comma, dotted

_COLUMNS = (
    Column(heading="Popis / Description", at=42, align="left"),
    Column(heading="Mn. / Qty", at=320),
    Column(heading="Cena / Price", at=420),
    Column(heading="Celkem / Amount", at=553),
)


def bilingual(invoice: Invoice) -> bytes:
    """Values stand under their labels; the total is named in both languages."""
    sign = SIGNS[invoice.currency]
    paper = Paper(f"Invoice {invoice.number}")
    paper.text(42, 60, "FAKTURA / INVOICE", size=18, bold=True)
    paper.text(42, 78, "daňový doklad / tax document", size=8)
    _parties(paper, invoice)
    cells = (
        ("Číslo / Number", invoice.number),
        ("Vystaveno / Issued", dotted(invoice.issued)),
        ("DUZP / Tax point", dotted(invoice.taxable)),
        ("Splatnost / Due", dotted(invoice.due)),
        ("Objednávka / Order", invoice.order),
    )
    for place, (label, value) in enumerate(cells):
        left = 42 + 102.2 * place
        paper.box(left, 226, left + 102.2, 262)
        paper.text(left + 5, 238, label, size=7)
        paper.text(left + 5, 254, value, size=9, bold=True)
    rows = [(item.text, f"{item.quantity} {item.unit}", comma(item.price), comma(item.net)) for item in invoice.items]
    top = paper.table(300, _COLUMNS, rows)
    sums = [("Mezisoučet / Subtotal", comma(invoice.net))]
    sums += [(f"DPH / VAT {rate} %", comma(tax)) for rate, (_, tax) in invoice.recap().items()]
    for label, value in sums:
        paper.text(420, top + 6, label, size=8.5, align="right")
        paper.text(553, top + 6, value, size=8.5, align="right")
        top += 15
    paper.box(290, top + 4, 553, top + 30, grey=0.9)
    paper.text(420, top + 21, "Celkem / Total", size=11, bold=True, align="right")
    paper.text(547, top + 21, f"{sign} {comma(invoice.payable)}", size=11, bold=True, align="right")
    paper.text(42, top + 64, f"IBAN: {invoice.supplier.iban}   VS: {invoice.symbol}", size=8.5)
    paper.text(42, 800, f"{invoice.supplier.register} · {invoice.supplier.email}", size=7)
    return paper.finish()


def _parties(paper: Paper, invoice: Invoice) -> None:
    for at, role, party in ((42, "Dodavatel / Supplier", invoice.supplier), (320, "Odběratel / Customer", invoice.customer)):
        paper.text(at, 108, role, size=8)
        paper.text(at, 124, party.name, size=8.5 if len(party.name) > 34 else 10, bold=True)
        numbers = (f"IČO / Reg. No.: {party.company_id}", f"DIČ / VAT No.: {party.vat_id}")
        paper.lines(at, 140, (party.street, party.town, "Česká republika", *numbers))
