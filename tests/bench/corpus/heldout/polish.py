"""Polish documents: the usual VAT invoice with seller and buyer side by side, and a simple bill."""

from .schemas import BARE_INVOICE, EU_INVOICE
from .written import Written

VAT_INVOICE = Written(
    name="pl-vat-invoice",
    family="DejaVuSans",
    schema=EU_INVOICE,
    setting={"size": 8.5},
    body="""
@56 *Faktura VAT nr FV/31/03/2026 ¦ @540> oryginał
@56 Data wystawienia: 12 marca 2026 ¦ @540> Kraków
@56 Data sprzedaży: 11 marca 2026
@56 Termin płatności: 26 marca 2026 ¦ @310 Sposób zapłaty: przelew
---
*Nabywca ¦ @310 *Sprzedawca
Drukarnia Wiślana sp. z o.o. ¦ @310 Hurtownia Papieru Bielik S.A.
ul. Solna 8, 30-527 Kraków ¦ @310 ul. Leśna 2, 32-020 Wieliczka
NIP 9780966710 ¦ @310 NIP 7146730708

@56 *Lp. ¦ @80 *Nazwa ¦ @290> *Ilość ¦ @350> *Cena netto ¦ @420> *Netto ¦ @450> *VAT ¦ @540> *Brutto
@56 1 ¦ @80 Papier kredowy 135 g ¦ @290> 60 ryz ¦ @350> 84,50 ¦ @420> 5 070,00 ¦ @450> 23% ¦ @540> 6 236,10
@56 2 ¦ @80 Karton 300 g ¦ @290> 12 ryz ¦ @350> 129,00 ¦ @420> 1 548,00 ¦ @450> 23% ¦ @540> 1 904,04
---
@290> Razem ¦ @420> 6 618,00 ¦ @480> 1 522,14 ¦ @540> 8 140,14
%11 *Do zapłaty: 8 140,14 zł
%8 Słownie: osiem tysięcy sto czterdzieści złotych 14/100
%8 Rachunek: PL61 1090 1014 0000 0712 1981 2874
""",
    truth={
        "invoice_number": "FV/31/03/2026",
        "invoice_date": "2026-03-12",
        "due_date": "2026-03-26",
        "seller_name": "Hurtownia Papieru Bielik S.A.",
        "seller_vat_id": "7146730708",
        "buyer_name": "Drukarnia Wiślana sp. z o.o.",
        "net_amount": 6618.0,
        "vat_amount": 1522.14,
        "gross_amount": 8140.14,
        "currency": "PLN",
    },
)

BILL = Written(
    name="pl-simple-bill",
    family="DejaVuSerif",
    schema=BARE_INVOICE,
    body="""
@297^ *RACHUNEK Nr 14/2026
@297^ z dnia 30.06.2026 r.

Wystawca: Pracownia Krawiecka Iglica, Zofia Maj, ul. Krótka 3, 61-001 Poznań
Odbiorca: Teatr Mały w Gnieźnie, ul. Chrobrego 9, 62-200 Gniezno

Tytuł: uszycie kostiumów do spektaklu „Balladyna”, zamówienie nr 27/T/2026

Kwota do zapłaty: 4 320,00 PLN
Słownie: cztery tysiące trzysta dwadzieścia złotych
Płatne przelewem w ciągu 7 dni na konto PL27 1140 2004 0000 3002 0135 5387.

Zwolnienie z VAT na podstawie art. 113 ust. 1 ustawy o VAT.
""",
    truth={
        "invoiceNumber": "14/2026",
        "issuedOn": "2026-06-30",
        "dueOn": None,
        "orderNumber": "27/T/2026",
        "subtotal": None,
        "tax": None,
        "totalDue": 4320.0,
        "currency": "PLN",
        "iban": "PL27 1140 2004 0000 3002 0135 5387",
    },
)

DOCUMENTS = (VAT_INVOICE, BILL)
