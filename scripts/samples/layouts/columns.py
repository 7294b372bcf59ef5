"""Supplier and customer side by side, dates in a band below, as billing services print it."""

from company import Company
from invoice import Invoice
from paper import Column, Paper
from writing import SIGNS, comma, spaced

_COLUMNS = (
    Column(heading="Označení dodávky", at=42, align="left"),
    Column(heading="Počet", at=300),
    Column(heading="m. j.", at=330),
    Column(heading="Cena za m. j.", at=400),
    Column(heading="DPH %", at=440),
    Column(heading="Bez DPH", at=553),
)


def columns(invoice: Invoice) -> bytes:
    """The supplier on the left."""
    paper = _begin(invoice)
    _party(paper, 42, "Dodavatel", invoice.supplier)
    _party(paper, 320, "Odběratel", invoice.customer)
    return _finish(paper, invoice)


def columns_customer_first(invoice: Invoice) -> bytes:
    """The customer on the left: the first company number of the page is the wrong one."""
    paper = _begin(invoice)
    _party(paper, 42, "Odběratel", invoice.customer)
    _party(paper, 320, "Dodavatel", invoice.supplier)
    return _finish(paper, invoice)


def _begin(invoice: Invoice) -> Paper:
    paper = Paper(f"Faktura {invoice.number}")
    paper.text(42, 60, "FAKTURA – daňový doklad", size=16, bold=True)
    paper.text(553, 60, f"číslo {invoice.number}", size=12, bold=True, align="right")
    paper.rule(72, width=1)
    return paper


def _party(paper: Paper, at: float, role: str, party: Company) -> None:
    paper.text(at, 96, role, size=8)
    paper.text(at, 114, party.name, size=9 if len(party.name) > 36 else 11, bold=True)
    paper.lines(at, 130, (party.street, party.town, f"IČO: {party.company_id}", f"DIČ: {party.vat_id}"))


def _finish(paper: Paper, invoice: Invoice) -> bytes:
    sign = SIGNS[invoice.currency]
    paper.box(42, 200, 553, 262, grey=0.93)
    paper.pairs(
        52,
        160,
        216,
        (
            ("Datum vystavení:", spaced(invoice.issued)),
            ("Datum splatnosti:", spaced(invoice.due)),
            ("Datum zdan. plnění:", spaced(invoice.taxable)),
        ),
    )
    paper.pairs(
        320,
        420,
        216,
        (
            ("Číslo účtu:", invoice.supplier.account),
            ("Variabilní symbol:", invoice.symbol),
            ("Způsob úhrady:", "převodem"),
        ),
    )
    paper.text(42, 286, f"Fakturujeme Vám na základě objednávky {invoice.order} ze dne {spaced(invoice.ordered)}:", size=8.5)
    rows = [
        (item.text, str(item.quantity), item.unit, comma(item.price), str(item.rate), comma(item.net)) for item in invoice.items
    ]
    top = paper.table(312, _COLUMNS, rows)
    paper.rule(top - 8)
    for rate, (net, tax) in invoice.recap().items():
        paper.text(320, top + 8, f"Základ {rate} %: {comma(net)}", size=8)
        paper.text(553, top + 8, f"DPH {rate} %: {comma(tax)}", size=8, align="right")
        top += 13
    paper.text(320, top + 12, "Celkem bez DPH", size=9)
    paper.text(553, top + 12, f"{comma(invoice.net)} {sign}", align="right")
    paper.text(320, top + 36, "Celkem k úhradě", size=12, bold=True)
    paper.text(553, top + 36, f"{comma(invoice.payable)} {sign}", size=12, bold=True, align="right")
    paper.text(42, 780, f"Vystavila: {invoice.supplier.person}, tel. {invoice.supplier.phone}", size=8)
    paper.text(42, 794, f"Společnost je {invoice.supplier.register}.", size=7)
    return paper.finish()
