"""Czech bills that are no plain invoices: energy with deposits, a credit note, a telephone bill, two currencies."""

from .schemas import EU_INVOICE, INVOICE, INVOICE_INSTRUCTIONS
from .written import Written

ENERGY = Written(
    name="cs-energy-bill-with-deposits",
    family="DejaVuSans",
    schema=INVOICE,
    instructions=INVOICE_INSTRUCTIONS,
    setting={"size": 8.5},
    body="""
%13 *Podhorská energie a.s.
%7.5 Energetiků 900, 541 01 Trutnov · IČO 42878241 · DIČ CZ42878241
---
@56 Odběrné místo: ¦ @170 Lesní 44, Janské Lázně ¦ @330 Zákaznické číslo: ¦ @470 4100 887 213
@56 EAN: ¦ @170 859182400812345678 ¦ @330 Zúčtovací období: ¦ @470 1. 3. 2025 – 28. 2. 2026

%12 *Vyúčtování elektřiny č. 7700451298

@56 Spotřeba 3 412 kWh ¦ @540> 15 354,00 Kč
@56 Stálé platby 12 měsíců ¦ @540> 3 120,00 Kč
@56 Daň z elektřiny ¦ @540> 96,56 Kč
@56 Celkem bez DPH ¦ @540> 18 570,56 Kč
@56 DPH 21 % ¦ @540> 3 899,82 Kč
@56 Celkem za období ¦ @540> 22 470,38 Kč
@56 Zaplacené zálohy (12 × 1 700 Kč) ¦ @540> −20 400,00 Kč
@56 Nedoplatek z minulého období (uhrazen 14. 4. 2025) ¦ @540> 0,00 Kč
---
%11 @56 *Nedoplatek k úhradě ¦ @540> *2 070,38 Kč
---
@56 Datum vystavení ¦ @300> 18. 3. 2026 ¦ @330 Nová výše zálohy ¦ @540> 1 880,00 Kč
@56 Datum splatnosti ¦ @300> 7. 4. 2026 ¦ @330 První nová záloha ¦ @540> 15. 4. 2026
@56 Variabilní symbol ¦ @300> 4100887213 ¦ @330 Číslo účtu ¦ @540> 6440261009/3030
""",
    truth={
        "invoice_number": "7700451298",
        "issue_date": "2026-03-18",
        "due_date": "2026-04-07",
        "supplier_id": "42878241",
        "total_amount": 2070.38,
        "currency": "CZK",
    },
)

CREDIT = Written(
    name="cs-credit-note",
    family="DejaVuSerif",
    schema=INVOICE,
    instructions="The document is a credit note. Read the supplier's values; amounts to be paid back are negative.",
    body="""
@297^ *OPRAVNÝ DAŇOVÝ DOKLAD (DOBROPIS)
@297^ č. DB260019 k faktuře č. FV260412 ze dne 5. 2. 2026

@56 Vystavil: ¦ @310 Pro:
@56 *Papírna Stříbrný potok s.r.o. ¦ @310 *Knihařství Hřbet, v.o.s.
@56 Mlýnská 7, 384 11 Netolice ¦ @310 Kostelní 2, 383 01 Prachatice
@56 IČO 65887344 ¦ @310 IČO 45698554

@56 Datum vystavení: 26. února 2026
@56 Důvod opravy: reklamace jakosti (protokol 3/26 ze dne 20. února 2026)

@56 ¦ @300> Původně ¦ @420> Nově ¦ @540> Rozdíl
@56 Základ daně ¦ @300> 40 000,00 ¦ @420> 31 000,00 ¦ @540> −9 000,00
@56 DPH 21 % ¦ @300> 8 400,00 ¦ @420> 6 510,00 ¦ @540> −1 890,00
@56 Celkem CZK ¦ @300> 48 400,00 ¦ @420> 37 510,00 ¦ @540> *−10 890,00

> Částku 10 890,00 Kč Vám vrátíme na účet, z něhož byla faktura zaplacena.
""",
    truth={
        "invoice_number": "DB260019",
        "issue_date": "2026-02-26",
        "due_date": None,
        "supplier_id": "65887344",
        "total_amount": -10890.0,
        "currency": "CZK",
    },
)

PHONE = Written(
    name="cs-telephone-bill-without-company-number",
    family="DejaVuSans",
    schema=INVOICE,
    instructions=INVOICE_INSTRUCTIONS,
    setting={"size": 9, "left": 48},
    body="""
@48 *vlnka mobil ¦ @540> Souhrn vyúčtování za srpen 2026

@48 Číslo vyúčtování ................................................................ ¦ @540> 2608-331-9914
@48 Volající číslo ...................................................................... ¦ @540> 601 555 012
@48 Vystaveno ......................................................................... ¦ @540> 2. září 2026
@48 Uhraďte nejpozději ............................................................. ¦ @540> 18. září 2026

@48 Paušál Vlnka 10 GB ........................................................... ¦ @540> 499,00
@48 Volání do zahraničí ............................................................ ¦ @540> 61,20
@48 Platby třetím stranám ........................................................ ¦ @540> 35,00
@48 Zůstatek z minulého měsíce ................................................ ¦ @540> 595,20
@48 Vaše platba ze dne 17. 8. 2026 ............................................ ¦ @540> −595,20
---
@48 *Celkem k platbě Kč ¦ @540> *595,20
""",
    truth={
        "invoice_number": "2608-331-9914",
        "issue_date": "2026-09-02",
        "due_date": "2026-09-18",
        "supplier_id": None,
        "total_amount": 595.2,
        "currency": "CZK",
    },
)

TWO_CURRENCIES = Written(
    name="cs-two-currencies",
    family="DejaVuSans",
    schema=EU_INVOICE,
    body="""
@56 *Faktura / Invoice ¦ @540> *EX-26-0045
@56 Seller: Optika Čočka a.s. ¦ @310 Buyer: Linsenhaus Graz GmbH
@56 Turnov, Czech Republic ¦ @310 Graz, Austria
@56 VAT: CZ54177120 ¦ @310 VAT: ATU48126800

@56 Date of issue: 2026-05-19 ¦ @310 Due date: 2026-06-18
@56 Date of supply: 2026-05-18 ¦ @310 Exchange rate: 24,815 CZK/EUR (ČNB, 2026-05-18)

*Description ¦ @330> *Qty ¦ @430> *EUR/pc ¦ @540> *EUR
Achromatic lens f = 200 mm ¦ @330> 40 ¦ @430> 61,50 ¦ @540> 2 460,00
Prism BK7 ¦ @330> 15 ¦ @430> 28,00 ¦ @540> 420,00
---
@330 Total EUR ¦ @540> *2 880,00
@330 Reverse charge, VAT 0 % ¦ @540> 0,00
@330 Payable EUR ¦ @540> *2 880,00

%8 For tax purposes only: base 71 467,20 CZK, VAT 0,00 CZK, total 71 467,20 CZK.
%8 Customer shall account for VAT (Article 196 of Directive 2006/112/EC).
""",
    truth={
        "invoice_number": "EX-26-0045",
        "invoice_date": "2026-05-19",
        "due_date": "2026-06-18",
        "seller_name": "Optika Čočka a.s.",
        "seller_vat_id": "CZ54177120",
        "buyer_name": "Linsenhaus Graz GmbH",
        "net_amount": 2880.0,
        "vat_amount": 0.0,
        "gross_amount": 2880.0,
        "currency": "EUR",
    },
)

DOCUMENTS = (ENERGY, CREDIT, PHONE, TWO_CURRENCIES)
