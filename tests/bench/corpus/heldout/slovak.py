"""Slovak documents: labels far from their values, a bill in the form of a delivery note, a purchase contract."""

from .schemas import EU_INVOICE, INVOICE, INVOICE_INSTRUCTIONS, SMLOUVA
from .written import Written

FAR_LABELS = Written(
    name="sk-labels-right-of-the-page-middle",
    family="DejaVuSans",
    schema=INVOICE,
    instructions=INVOICE_INSTRUCTIONS,
    setting={"size": 9},
    body="""
@540> *FAKTÚRA
@540> 20260187

@250> Dodávateľ ¦ @540> Stolárstvo Orech, s. r. o.
@250> Adresa ¦ @540> Fatranská 8, 010 08 Žilina
@250> IČO ¦ @540> 36 442 151
@250> DIČ ¦ @540> 2026504678
@250> IČ DPH ¦ @540> SK2026504678
@250> Odberateľ ¦ @540> Reštaurácia Kaštieľ, a. s.
@250> Adresa ¦ @540> Zámocká 1, 034 01 Ružomberok
@250> IČO ¦ @540> 44 187 326
---
@250> Dátum vyhotovenia ¦ @540> 12. marca 2026
@250> Dátum dodania ¦ @540> 10. marca 2026
@250> Dátum splatnosti ¦ @540> 26. marca 2026
@250> Spôsob platby ¦ @540> prevodný príkaz
@250> IBAN ¦ @540> SK95 0900 0000 0001 2345 6789
---
@250> Barový pult, dub ¦ @540> 3 850,00
@250> Stoličky 12 ks ¦ @540> 1 740,00
@250> Spolu bez DPH ¦ @540> 5 590,00
@250> DPH 23 % ¦ @540> 1 285,70
@250> Zaplatený preddavok ¦ @540> −2 000,00
@250> *Na úhradu ¦ @540> *4 875,70 €
""",
    truth={
        "invoice_number": "20260187",
        "issue_date": "2026-03-12",
        "due_date": "2026-03-26",
        "supplier_id": "36442151",
        "total_amount": 4875.7,
        "currency": "EUR",
    },
)

NOTE = Written(
    name="sk-inline-labels",
    family="DejaVuSans",
    schema=EU_INVOICE,
    setting={"size": 8.5},
    body="""
%14 *Faktúra č. 2601/044 ¦ @540> strana 1/1
---
*Predávajúci: Mliekareň Poľana, a. s., Cesta k nemocnici 3, 974 01 Banská Bystrica. IČ DPH: SK2022509269.
*Kupujúci: Potraviny Jedlička s.r.o., Hlavná 61, 040 01 Košice. IČ DPH: SK2029370728.
Vystavené 30.1.2026, dodané 29.1.2026, splatné 13.2.2026. Objednávka 44/26 z 15.1.2026.

Maslo 250 g, 400 ks á 2,10 € ¦ @540> 840,00 €
Bryndza 125 g, 260 ks á 1,85 € ¦ @540> 481,00 €
Smotana 33 %, 120 ks á 1,40 € ¦ @540> 168,00 €
---
Základ dane: 1 489,00 €   DPH 5 %: 74,45 €   Spolu s DPH: 1 563,45 €

Za oneskorenú platbu účtujeme úrok 0,03 % denne. Reklamácie: reklamacie@polana.example
""",
    truth={
        "invoice_number": "2601/044",
        "invoice_date": "2026-01-30",
        "due_date": "2026-02-13",
        "seller_name": "Mliekareň Poľana, a. s.",
        "seller_vat_id": "SK2022509269",
        "buyer_name": "Potraviny Jedlička s.r.o.",
        "net_amount": 1489.0,
        "vat_amount": 74.45,
        "gross_amount": 1563.45,
        "currency": "EUR",
    },
)

PURCHASE = Written(
    name="sk-purchase-contract",
    family="DejaVuSerif",
    schema=SMLOUVA,
    instructions="Dokument je smlouva ve slovenštině.",
    body="""
@297^ *KÚPNA ZMLUVA č. KZ 7/2026
@297^ uzatvorená podľa § 588 a nasl. Občianskeho zákonníka

*Predávajúci: ¦ @170 Ing. Marek Hudec, nar. 3. 5. 1979
@170 Tajovského 15, 841 04 Bratislava
*Kupujúci: ¦ @170 AUTOŠKOLA VOLANT, s. r. o., IČO: 51 664 887
@170 Račianska 70, 831 02 Bratislava

@297^ *Článok I. Predmet zmluvy
> Predávajúci je vlastníkom osobného motorového vozidla Škoda Fabia, evidenčné číslo BL123XY, rok výroby 2021, a
> touto zmluvou ho predáva kupujúcemu.

@297^ *Článok II. Kúpna cena
> Zmluvné strany sa dohodli na kúpnej cene 8 900 € (slovom osemtisícdeväťsto eur). Kupujúci zaplatil zálohu 1 000
> € dňa 2. 6. 2026, zvyšok 7 900 € zaplatí pri prevzatí vozidla.

@297^ *Článok III. Záverečné ustanovenia
> Zmluva nadobúda platnosť a účinnosť dňom podpisu oboma zmluvnými stranami. Je vyhotovená v dvoch rovnopisoch.

V Bratislave dňa 9. júna 2026

@130^ ..................................... ¦ @420^ .....................................
@130^ predávajúci ¦ @420^ kupujúci
""",
    truth={
        "cislo_smlouvy": "KZ 7/2026",
        "objednatel": "AUTOŠKOLA VOLANT, s. r. o.",
        "zhotovitel": ("Ing. Marek Hudec", "Marek Hudec"),
        "datum_podpisu": "2026-06-09",
        "datum_ucinnosti": "2026-06-09",
        "cena": 8900.0,
        "mena": "EUR",
        "vypovedni_lhuta_mesice": None,
    },
)

DOCUMENTS = (FAR_LABELS, NOTE, PURCHASE)
