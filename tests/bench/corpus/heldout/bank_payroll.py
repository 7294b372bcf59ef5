"""Payslips and bank statements: many numbers of one kind, told apart by row and column."""

from .schemas import PAYSLIP, STATEMENT, VYPLATA
from .written import Written

BRITISH_PAY = Written(
    name="en-payslip",
    family="Helvetica",
    schema=PAYSLIP,
    setting={"size": 9},
    body="""
@56 *Larkspur Nurseries Ltd ¦ @540> PAY ADVICE
@56 Employee ¦ @200 Employee No. ¦ @300 NI Number ¦ @400 Tax Code ¦ @480 Pay Date
@56 *Mr Idris Caddick ¦ @200 *0418 ¦ @300 *QQ123456C ¦ @400 *1257L ¦ @480 *29/05/2026
---
@56 *Payments ¦ @250> *£ ¦ @300 *Deductions ¦ @420> *£ ¦ @440 *Year to date ¦ @540> *£
@56 Basic 162.5 h ¦ @250> 2,275.00 ¦ @300 Income tax ¦ @420> 266.40 ¦ @440 Taxable pay ¦ @540> 4,810.00
@56 Overtime 6 h ¦ @250> 126.00 ¦ @300 National Insurance ¦ @420> 108.24 ¦ @440 Tax paid ¦ @540> 531.20
@56 ¦ @300 Pension ¦ @420> 96.04 ¦ @440 NI paid ¦ @540> 215.60
---
@56 Total payments ¦ @250> 2,401.00 ¦ @300 Total deductions ¦ @420> 470.68 ¦ @440 *NET PAY ¦ @540> *1,930.32
""",
    truth={
        "employee": ("Mr Idris Caddick", "Idris Caddick"),
        "payment_date": "2026-05-29",
        "gross_pay": 2401.0,
        "income_tax": 266.4,
        "net_pay": 1930.32,
        "currency": "GBP",
    },
)

CZECH_PAY = Written(
    name="cs-payslip",
    family="DejaVuSansMono",
    schema=VYPLATA,
    setting={"size": 8.5},
    body="""
Výplatní lístek za období 04/2026        Kovárna Hamr s.r.o.
Os. číslo: 00327    Jméno: Bartošová Lucie    Středisko: 12
------------------------------------------------------------
Fond hodin          168,00   Odprac. hodiny       152,00
Dovolená hod.        16,00   Nemoc dny              0
------------------------------------------------------------
Základní mzda     31 920     Sociální poj.        2 662
Prémie             2 800     Zdravotní poj.       1 687
Náhrada dovol.     2 768     Daň před slevou      5 624
HRUBÁ MZDA        37 488     Slevy na dani        2 570
                             Záloha na daň        3 054
------------------------------------------------------------
ČISTÁ MZDA                                       30 085
Srážka – stravenky                                  960
K VÝPLATĚ na účet 3847726986/0300                29 125
""",
    truth={
        "osobni_cislo": "00327",
        "hruba_mzda": 37488.0,
        "dan": 3054.0,
        "cista_mzda": 30085.0,
        "k_vyplate": 29125.0,
        "odpracovano_hodin": 152.0,
    },
)

CZECH_BANK = Written(
    name="cs-bank-statement",
    family="DejaVuSans",
    schema=STATEMENT,
    setting={"size": 8.5},
    body="""
%13 *Záložna Blaník ¦ @540> Výpis z účtu č. 4/2026
---
@56 Majitel účtu: ¦ @170 Spolek přátel úzkorozchodky ¦ @340 Období: ¦ @540> 01.04.2026 - 30.04.2026
@56 Číslo účtu: ¦ @170 5567208040/3030 ¦ @340 Měna: ¦ @540> CZK
@56 IBAN: ¦ @170 CZ92 0100 0000 0026 1234 5671 ¦ @340 Vyhotoveno: ¦ @540> 02.05.2026

@56 Počáteční zůstatek ¦ @300> 112 480,55 ¦ @340 Příjmy celkem ¦ @540> 38 200,00
@56 Konečný zůstatek ¦ @300> *127 319,05 ¦ @340 Výdaje celkem ¦ @540> −23 361,50
---
%7.5 *Datum ¦ @110 *Popis ¦ @380 *VS ¦ @540> *Částka
03.04. ¦ @110 Členské příspěvky ¦ @380 2026 ¦ @540> 18 200,00
09.04. ¦ @110 Nájem depa ¦ @380 44120 ¦ @540> −12 000,00
17.04. ¦ @110 Dar – Lokálka a.s. ¦ @380 100 ¦ @540> 20 000,00
22.04. ¦ @110 Nákup uhlí ¦ @380 260188 ¦ @540> −11 316,50
30.04. ¦ @110 Poplatek za vedení účtu ¦ @380 ¦ @540> −45,00
""",
    truth={
        "accountNumber": "5567208040/3030",
        "iban": "CZ92 0100 0000 0026 1234 5671",
        "statementNumber": "4/2026",
        "periodFrom": "2026-04-01",
        "periodTo": "2026-04-30",
        "openingBalance": 112480.55,
        "closingBalance": 127319.05,
        "currency": "CZK",
    },
)

ENGLISH_BANK = Written(
    name="en-bank-statement",
    family="Helvetica",
    schema=STATEMENT,
    setting={"size": 9},
    body="""
*Calder Building Society ¦ @540> Statement 118
Miss F. Ravenscroft
Account number 31926819   Sort code 60-16-13
Statement period 1 Feb 2026 to 28 Feb 2026

*Date ¦ @130 *Details ¦ @350> *Out £ ¦ @440> *In £ ¦ @540> *Balance £
1 Feb ¦ @130 Balance brought forward ¦ @540> 1,204.16
3 Feb ¦ @130 Standing order – rent ¦ @350> 780.00 ¦ @540> 424.16
12 Feb ¦ @130 Salary ¦ @440> 1,911.40 ¦ @540> 2,335.56
20 Feb ¦ @130 Card payment – Greens ¦ @350> 63.18 ¦ @540> 2,272.38
28 Feb ¦ @130 Balance carried forward ¦ @540> 2,272.38
""",
    truth={
        "accountNumber": "31926819",
        "iban": None,
        "statementNumber": "118",
        "periodFrom": "2026-02-01",
        "periodTo": "2026-02-28",
        "openingBalance": 1204.16,
        "closingBalance": 2272.38,
        "currency": "GBP",
    },
)

DOCUMENTS = (BRITISH_PAY, CZECH_PAY, CZECH_BANK, ENGLISH_BANK)
