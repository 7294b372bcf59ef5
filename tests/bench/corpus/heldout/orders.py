"""Orders: the buyer writes, so the parties change sides against an invoice."""

from .schemas import OBJEDNAVKA, ORDER
from .written import Written

ENGLISH = Written(
    name="en-purchase-order",
    family="Helvetica",
    schema=ORDER,
    body="""
%16 *PURCHASE ORDER ¦ @540> *PO-77-2026-0310
@56 Kestrel Aerostructures Ltd ¦ @540> Date 03 Sep 2026
@56 Hangar Road, Shoreham BN43 5FF ¦ @540> Page 1 of 1
@56 buyer: t.okafor@kestrel.example
---
@56 *VENDOR ¦ @310 *SHIP TO
@56 Tarn Fasteners GmbH ¦ @310 Kestrel Aerostructures Ltd
@56 Am Werk 5, 58511 Lüdenscheid ¦ @310 Goods In, Gate 3
@56 sales@tarn.example ¦ @310 Shoreham BN43 5FF

@56 Required by: 25 Sep 2026 ¦ @310 Quotation: Q-5512 of 28 Aug 2026

*Item ¦ @110 *Part ¦ @340> *Qty ¦ @430> *Each EUR ¦ @540> *Line EUR
10 ¦ @110 Hi-lock pin HL18-6 ¦ @340> 2,000 ¦ @430> 1.85 ¦ @540> 3,700.00
20 ¦ @110 Collar HL70 ¦ @340> 2,000 ¦ @430> 0.64 ¦ @540> 1,280.00
30 ¦ @110 Certificate 3.1 ¦ @340> 2 ¦ @430> 45.00 ¦ @540> 90.00
---
@430> *Order value ¦ @540> *5,070.00

%8 Invoices to accounts@kestrel.example quoting the order number. Terms 60 days.
""",
    truth={
        "order_number": "PO-77-2026-0310",
        "order_date": "2026-09-03",
        "delivery_date": "2026-09-25",
        "supplier": "Tarn Fasteners GmbH",
        "buyer": "Kestrel Aerostructures Ltd",
        "contact_email": "t.okafor@kestrel.example",
        "total": 5070.0,
        "currency": "EUR",
    },
)

CZECH = Written(
    name="cs-order",
    family="DejaVuSans",
    schema=OBJEDNAVKA,
    body="""
@56 *OBJEDNÁVKA č. ¦ @160 *2026/0551 ¦ @540> ze dne 6.2.2026

@56 Objednáváme u Vás: ¦ @330 Objednává:
@56 *Nábytek Dřín s.r.o. ¦ @330 *Mateřská škola Sedmikráska
@56 Hlavní 80, 739 91 Jablunkov ¦ @330 Dlouhá 3, 737 01 Český Těšín
@56 IČ: 12791296 ¦ @330 IČ: 84475099

@56 10 ks dětský stolek, výška 46 cm ¦ @540> 21 900,- Kč
@56 30 ks židlička ¦ @540> 26 700,- Kč
@56 Cena celkem vč. DPH ¦ @540> *48 600,- Kč

@56 Termín dodání: do 31. března 2026
@56 Fakturu zašlete na adresu školy, splatnost 21 dnů.
@56 Schválila: Mgr. Iveta Lacinová, ředitelka, 5.2.2026
""",
    truth={
        "cislo_objednavky": "2026/0551",
        "datum_objednavky": "2026-02-06",
        "termin_dodani": "2026-03-31",
        "ico_dodavatele": "12791296",
        "ico_odberatele": "84475099",
        "celkova_cena": 48600.0,
        "mena": "CZK",
    },
)

MAIL = Written(
    name="en-order-as-plain-mail",
    family="Courier",
    schema=ORDER,
    setting={"size": 10},
    body="""
From: Ruth Adeyemi <ruth@littlecanal.example>
To: orders@brassknob.example
Sent: Tuesday, 14 April 2026 16:02
Subject: our order LC-209

Hello,

please send us, against your offer 8841 of 9 April:

  24 x door handle "Avon", polished brass, 18.50 each
   6 x letter plate, 32.00 each

That makes GBP 636.00. We need the goods by 30 April at the latest.
Please confirm.

Best wishes
Ruth Adeyemi
Little Canal Joinery Ltd
Regent Wharf, London N1
""",
    truth={
        "order_number": "LC-209",
        "order_date": "2026-04-14",
        "delivery_date": None,
        "supplier": None,
        "buyer": "Little Canal Joinery Ltd",
        "contact_email": "ruth@littlecanal.example",
        "total": 636.0,
        "currency": "GBP",
    },
)

DOCUMENTS = (ENGLISH, CZECH, MAIL)
