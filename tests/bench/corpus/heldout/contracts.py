"""Contracts: parties named in sentences, dates of signature and effect apart, things that the contract leaves open."""

from .schemas import CONTRACT, SMLOUVA
from .written import Written

WORK = Written(
    name="cs-contract-for-work",
    family="DejaVuSerif",
    schema=SMLOUVA,
    body="""
@297^ *Smlouva o dílo
@297^ uzavřená podle § 2586 a násl. zákona č. 89/2012 Sb., občanský zákoník
@297^ číslo smlouvy objednatele: S-0217/2026/OI

*Smluvní strany

1. ¦ @80 *Město Rokytná nad Úhlavou
@80 se sídlem náměstí Míru 1, IČO: 00645966
@80 zastoupené starostkou Ing. Blankou Šafránkovou
@80 (dále jen „objednatel“)

2. ¦ @80 *Stavby Kamenec s.r.o.
@80 se sídlem Průmyslová 18, 301 00 Plzeň, IČO: 62644564
@80 zastoupená jednatelem Karlem Doležalem
@80 (dále jen „zhotovitel“)

*Článek 1 – Předmět díla
> Zhotovitel se zavazuje provést opravu chodníků v ulici Školní podle projektu z 15. 11. 2025 a objednatel se
> zavazuje dílo převzít a zaplatit jeho cenu.

*Článek 2 – Doba plnění
> Dílo bude zahájeno do 10 dnů od předání staveniště a dokončeno nejpozději 30. září 2026.

*Článek 3 – Cena
> Cena díla byla dohodnuta ve výši 1 845 300,00 Kč bez DPH. DPH bude účtována podle zákona. Za každý den prodlení
> zaplatí zhotovitel smluvní pokutu 5 000 Kč.

*Článek 4 – Závěrečná ustanovení
> Smlouva nabývá účinnosti dnem zveřejnění v registru smluv. Lze ji vypovědět písemně s výpovědní lhůtou 2 měsíců.

V Rokytné dne 14. 4. 2026

@130^ .................................... ¦ @420^ ....................................
@130^ objednatel ¦ @420^ zhotovitel
""",
    truth={
        "cislo_smlouvy": "S-0217/2026/OI",
        "objednatel": "Město Rokytná nad Úhlavou",
        "zhotovitel": "Stavby Kamenec s.r.o.",
        "datum_podpisu": "2026-04-14",
        "datum_ucinnosti": None,
        "cena": 1845300.0,
        "mena": "CZK",
        "vypovedni_lhuta_mesice": 2,
    },
)

LEASE = Written(
    name="cs-lease-in-sentences",
    family="DejaVuSans",
    schema=SMLOUVA,
    setting={"size": 9},
    body="""
%14 *NÁJEMNÍ SMLOUVA

> Pan Vojtěch Zelinka, nar. 4. 8. 1961, bytem Slezská 40, Opava, jako pronajímatel, a společnost Včelí úl s.r.o.,
> IČO 76369447, se sídlem Ostrožná 12, Opava, jako nájemce, uzavřeli níže uvedeného dne tuto smlouvu.

> I. Pronajímatel přenechává nájemci prostor sloužící podnikání o výměře 86 m² v přízemí domu Ostrožná 12. Nájem
> se sjednává na dobu neurčitou, počínaje dnem 1. června 2026.

> II. Nájemné činí 17 500 Kč měsíčně a platí se předem do každého 5. dne v měsíci. Vedle nájemného hradí nájemce
> zálohy na služby 3 200 Kč měsíčně. Jistota byla sjednána ve výši 35 000 Kč.

> III. Každá ze stran může smlouvu vypovědět; výpovědní doba je tříměsíční (3 měsíce) a běží od prvního dne měsíce
> následujícího po doručení výpovědi.

V Opavě dne 18. května 2026

Vojtěch Zelinka ¦ @330 za Včelí úl s.r.o. Šárka Medková
""",
    truth={
        "cislo_smlouvy": None,
        "objednatel": "Včelí úl s.r.o.",
        "zhotovitel": "Vojtěch Zelinka",
        "datum_podpisu": "2026-05-18",
        "datum_ucinnosti": "2026-06-01",
        "cena": 17500.0,
        "mena": "CZK",
        "vypovedni_lhuta_mesice": 3,
    },
)

SERVICES = Written(
    name="en-services-agreement",
    family="Times",
    schema=CONTRACT,
    setting={"size": 10.5, "left": 64, "right": 530},
    body="""
@297^ *MASTER SERVICES AGREEMENT
@297^ Agreement No. MSA-2026-114

> This Agreement is made on 12 March 2026 between Lantern Health plc, a company incorporated in England with
> registered number 09911823 (the "Client"), and Fenwick Software Limited, a company incorporated in Scotland with
> registered number SC440127 (the "Supplier").

> 1. Term. This Agreement takes effect on 1 April 2026 and continues until 31 March 2028, unless terminated
> earlier in accordance with clause 9.

> 2. Services. The Supplier shall provide the services described in Schedule 1, dated 20 February 2026.

> 3. Charges. The Client shall pay the Supplier a fixed fee of £96,000 exclusive of VAT per contract year.
> Expenses above £500 need prior approval. Invoices are payable within 30 days.

> 4. Liability. The liability of either party is limited to £250,000.

> 9. Termination. Either party may terminate this Agreement by giving not less than 90 days' written notice.

SIGNED for and on behalf of the parties on the date first written above.
""",
    truth={
        "contract_number": "MSA-2026-114",
        "client": "Lantern Health plc",
        "contractor": "Fenwick Software Limited",
        "signed_on": "2026-03-12",
        "effective_on": "2026-04-01",
        "ends_on": "2028-03-31",
        "price": 96000.0,
        "currency": "GBP",
        "notice_days": 90,
    },
)

CONSULTING = Written(
    name="en-us-consulting-letter",
    family="Helvetica",
    schema=CONTRACT,
    body="""
*Consulting Agreement

@56 Client: ¦ @180 Marigold Robotics, Inc., a Delaware corporation
@56 Consultant: ¦ @180 Priya Natarajan
@56 Effective Date: ¦ @180 June 1, 2026
@56 Fee: ¦ @180 as agreed in each statement of work

> 1. Consultant will advise Client on motion planning as set out in statements of work signed by both parties.

> 2. This Agreement continues until terminated. Either party may end it on 15 days notice in writing.

> 3. Consultant keeps Client's information confidential for five years.

@56 Agreed by Client ¦ @310 Agreed by Consultant
@56 Name: Walter Osei, COO ¦ @310 Name: Priya Natarajan
@56 Date: May 27, 2026 ¦ @310 Date: May 27, 2026
""",
    truth={
        "contract_number": None,
        "client": "Marigold Robotics, Inc.",
        "contractor": "Priya Natarajan",
        "signed_on": "2026-05-27",
        "effective_on": "2026-06-01",
        "ends_on": None,
        "price": None,
        "currency": None,
        "notice_days": 15,
    },
)

MAINTENANCE = Written(
    name="de-maintenance-contract",
    family="Helvetica",
    schema=CONTRACT,
    instructions="The document is a German contract. Auftraggeber is the client, Auftragnehmer the contractor.",
    body="""
%14 *Wartungsvertrag Nr. W-4410

zwischen

*Klinikum Elbtal gGmbH, Uferstraße 2, 01662 Meißen – nachfolgend Auftraggeber –

und

*Aufzugstechnik Lorenz GmbH & Co. KG, Industriering 9, 01809 Heidenau – nachfolgend Auftragnehmer –

*§ 1 Gegenstand
> Der Auftragnehmer wartet die in Anlage 1 genannten vier Aufzüge.

*§ 2 Vergütung
> Die jährliche Vergütung beträgt 7.680,00 EUR zuzüglich gesetzlicher Umsatzsteuer. Notdiensteinsätze werden mit
> 115,00 EUR je Stunde berechnet.

*§ 3 Laufzeit
> Der Vertrag beginnt am 01.07.2026 und endet am 30.06.2029. Er kann mit einer Frist von 60 Tagen zum Ende eines
> Vertragsjahres gekündigt werden.

Meißen, den 15.06.2026 ¦ @330 Heidenau, den 15.06.2026
""",
    truth={
        "contract_number": "W-4410",
        "client": "Klinikum Elbtal gGmbH",
        "contractor": "Aufzugstechnik Lorenz GmbH & Co. KG",
        "signed_on": "2026-06-15",
        "effective_on": "2026-07-01",
        "ends_on": "2029-06-30",
        "price": 7680.0,
        "currency": "EUR",
        "notice_days": 60,
    },
)

DOCUMENTS = (WORK, LEASE, SERVICES, CONSULTING, MAINTENANCE)
