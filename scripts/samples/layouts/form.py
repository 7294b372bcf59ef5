"""The classic Czech form: frames for both parties, symbols of the payment, a recapitulation of tax, a frame for the total."""

from invoice import Invoice
from paper import Column, Paper
from writing import SIGNS, comma, dotted

_ITEMS = (
    Column(heading="Popis", at=48, align="left"),
    Column(heading="Množství", at=290),
    Column(heading="Jedn. cena", at=355),
    Column(heading="Základ", at=420),
    Column(heading="%", at=445),
    Column(heading="Celkem s DPH", at=547),
)
_RECAP = (
    Column(heading="Sazba DPH", at=60, align="left"),
    Column(heading="Základ daně", at=190),
    Column(heading="Výše daně", at=260),
    Column(heading="Celkem", at=330),
)


def form(invoice: Invoice) -> bytes:
    """Frames drawn by hand once, used ever since."""
    paper = Paper(f"Faktura {invoice.number}")
    paper.text(42, 48, "Faktura – daňový doklad č.", size=11)
    paper.text(553, 48, invoice.number, size=13, bold=True, align="right")
    paper.box(42, 58, 297, 250)
    paper.box(297, 58, 553, 250)
    _parties(paper, invoice)
    paper.box(42, 250, 553, 316)
    _dates(paper, invoice)
    top = paper.table(336, _ITEMS, _item_rows(invoice), size=8)
    paper.box(42, 322, 553, top + 2)
    _sums(paper, invoice, top + 24)
    paper.text(42, 790, f"Vyřizuje: {invoice.supplier.person}   Tel.: {invoice.supplier.phone}", size=7.5)
    paper.text(42, 802, "Převzal dne: ................................ Podpis: ................................", size=7.5)
    return paper.finish()


def _parties(paper: Paper, invoice: Invoice) -> None:
    supplier, customer = invoice.supplier, invoice.customer
    paper.text(50, 72, "DODAVATEL:", size=7.5, bold=True)
    paper.text(50, 88, supplier.name, size=8.5 if len(supplier.name) > 32 else 10, bold=True)
    paper.lines(50, 104, (supplier.street, supplier.town))
    paper.pairs(
        50,
        120,
        142,
        (("IČ:", supplier.company_id), ("DIČ:", supplier.vat_id), ("Banka:", supplier.bank), ("Účet č.:", supplier.account)),
    )
    paper.text(50, 206, "IBAN:", size=7)
    paper.text(120, 206, supplier.iban, size=7)
    court, _, file_number = supplier.register.partition(", ")
    paper.lines(50, 232, (court, file_number), size=6, step=9)
    paper.pairs(
        305,
        420,
        74,
        (("Variabilní symbol:", invoice.symbol), ("Konstantní symbol:", "0308"), ("Objednávka č.:", invoice.order)),
    )
    paper.pairs(305, 420, 116, (("ze dne:", dotted(invoice.ordered)),))
    paper.rule(124, 297, 553)
    paper.text(305, 138, "ODBĚRATEL:", size=7.5, bold=True)
    paper.text(305, 156, customer.name, size=8.5 if len(customer.name) > 32 else 10, bold=True)
    paper.lines(305, 172, (customer.street, customer.town))
    paper.text(305, 214, f"IČ: {customer.company_id}")
    paper.text(420, 214, f"DIČ: {customer.vat_id}")


def _dates(paper: Paper, invoice: Invoice) -> None:
    rows = (
        ("Datum vystavení faktury:", dotted(invoice.issued)),
        ("Datum uskutečnění zdanitelného plnění:", dotted(invoice.taxable)),
        ("Datum splatnosti:", dotted(invoice.due)),
    )
    for place, (label, value) in enumerate(rows):
        paper.text(50, 268 + 18 * place, label)
        paper.text(400, 268 + 18 * place, value, bold=place == 2, align="right")
    paper.text(547, 268, "Forma úhrady: příkazem", size=8, align="right")


def _item_rows(invoice: Invoice) -> list[tuple[str, ...]]:
    return [
        (
            item.text,
            f"{item.quantity} {item.unit}",
            comma(item.price),
            comma(item.net),
            str(item.rate),
            comma(item.net * (100 + item.rate) / 100),
        )
        for item in invoice.items
    ]


def _sums(paper: Paper, invoice: Invoice, top: float) -> None:
    sign = SIGNS[invoice.currency]
    rows = [(f"{rate} %", comma(net), comma(tax), comma(net + tax)) for rate, (net, tax) in invoice.recap().items()]
    rows.append(("Součet", comma(invoice.net), comma(invoice.tax), comma(invoice.gross)))
    bottom = paper.table(top, _RECAP, rows, size=8)
    paper.text(356, top, "Celkem", size=8.5)
    paper.text(547, top, comma(invoice.gross), size=8.5, align="right")
    if invoice.deposit:
        paper.text(356, top + 14, "Zaplaceno zálohou", size=8.5)
        paper.text(547, top + 14, comma(invoice.deposit), size=8.5, align="right")
    paper.box(350, top + 24, 553, top + 54, grey=0.88)
    paper.text(356, top + 43, f"CELKEM K ÚHRADĚ ({sign})", size=9, bold=True)
    paper.text(547, top + 43, comma(invoice.payable), size=12, bold=True, align="right")
    note = "Při nedodržení data splatnosti účtujeme úrok z prodlení 0,05 % z dlužné částky za každý den."
    paper.text(42, max(bottom, top + 70) + 20, note, size=7.5)
