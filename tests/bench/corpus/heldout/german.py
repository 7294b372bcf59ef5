"""German, Austrian and Swiss invoices: the letter form of DIN 5008, a craftsman's bill, a Swiss one with its payment part."""

from .schemas import EU_INVOICE, RECHNUNG
from .written import Written

DIN = Written(
    name="de-letter-form",
    family="Helvetica",
    schema=RECHNUNG,
    body="""
%7 Drechslerei Birnbaum GmbH · Am Anger 3 · 07743 Jena
@56 Stadtwerke Apolda GmbH ¦ @370 *Rechnung
@56 Einkauf ¦ @370 Rechnungs-Nr. ¦ @540> 2026-0418
@56 Heidenberg 52 ¦ @370 Kunden-Nr. ¦ @540> 10773
@56 99510 Apolda ¦ @370 Datum ¦ @540> 12. März 2026
@370 Lieferdatum ¦ @540> 9. März 2026
@370 Ihre Bestellung ¦ @540> B-7781 vom 20.02.2026

Sehr geehrte Damen und Herren,
für unsere Lieferung berechnen wir Ihnen:

*Pos. ¦ @90 *Bezeichnung ¦ @360> *Menge ¦ @450> *Einzelpreis ¦ @540> *Betrag
1 ¦ @90 Handlaufstützen Esche, geölt ¦ @360> 48 Stk. ¦ @450> 21,50 € ¦ @540> 1.032,00 €
2 ¦ @90 Geländerpfosten ¦ @360> 6 Stk. ¦ @450> 89,00 € ¦ @540> 534,00 €
---
@360 Nettobetrag ¦ @540> 1.566,00 €
@360 zzgl. 19 % MwSt. ¦ @540> 297,54 €
@360 *Gesamtbetrag ¦ @540> *1.863,54 €

Bitte überweisen Sie den Betrag bis zum 26.03.2026 ohne Abzug.

%7 @56 Drechslerei Birnbaum GmbH ¦ @220 Sparkasse Jena ¦ @400 USt-IdNr. DE575071892
%7 @56 Amtsgericht Jena HRB 50811 ¦ @220 IBAN DE35 3704 0044 0532 0130 99 ¦ @400 Steuer-Nr. 162/107/03455
""",
    truth={
        "rechnungsnummer": "2026-0418",
        "rechnungsdatum": "2026-03-12",
        "leistungsdatum": "2026-03-09",
        "zahlbar_bis": "2026-03-26",
        "kundennummer": "10773",
        "nettobetrag": 1566.0,
        "umsatzsteuer": 297.54,
        "rechnungsbetrag": 1863.54,
        "iban": "DE35 3704 0044 0532 0130 99",
    },
)

CRAFTSMAN = Written(
    name="de-craftsman-in-sentences",
    family="Times",
    schema=RECHNUNG,
    setting={"size": 11},
    body="""
*Malerbetrieb Sönke Petersen
Deichstraße 4, 25813 Husum

@540> Husum, den 5.6.2026

Familie Thomsen
Süderweg 19
25872 Ostenfeld

*Rechnung Nr. 61/26

> Für den Anstrich der Fassade in der Zeit vom 18. bis 22. Mai 2026 erlaube ich mir, Ihnen 3.480,00 € in Rechnung
> zu stellen. Darin enthalten sind Lohnkosten von 2.100,00 €. Gemäß § 19 UStG wird keine Umsatzsteuer berechnet.

> Die Anzahlung in Höhe von 500,00 € vom 2. Mai 2026 habe ich dankend erhalten; es verbleiben 2.980,00 €, zahlbar
> innerhalb von zehn Tagen auf das Konto DE51 1005 0000 1234 5678 97.

Mit freundlichen Grüßen
""",
    truth={
        "rechnungsnummer": "61/26",
        "rechnungsdatum": "2026-06-05",
        "leistungsdatum": None,
        "zahlbar_bis": None,
        "kundennummer": None,
        "umsatzsteuer": None,
        "rechnungsbetrag": 3480.0,
        "iban": "DE51 1005 0000 1234 5678 97",
    },
)

SWISS = Written(
    name="de-swiss-payment-part",
    family="Helvetica",
    schema=EU_INVOICE,
    setting={"size": 9},
    body="""
*Uhrenatelier Zeitlos AG ¦ @400 Zürich, 12.03.2026
Niederdorfstrasse 20, 8001 Zürich
MWST-Nr. CHE-343.262.159 MWST

@310 Privatbank Limmatquai AG
@310 Limmatquai 70
@310 8001 Zürich

%13 *Rechnung R-26-1107
Zahlbar bis 11.04.2026

Revision Turmuhr, Pauschale ¦ @540> 11'400.00
Ersatzteile gemäss Liste ¦ @540> 1'234.50
@340 Zwischentotal ¦ @540> 12'634.50
@340 MWST 8.1% ¦ @540> 1'023.39
@340 *Total CHF ¦ @540> *13'657.89




---
%7 *Empfangsschein ¦ @220 *Zahlteil
%7 @56 Konto / Zahlbar an ¦ @220 Währung ¦ @280 Betrag ¦ @370 Konto / Zahlbar an
%8 @56 CH56 0483 5012 3456 7800 9 ¦ @220 CHF ¦ @280 13 657.89 ¦ @370 CH56 0483 5012 3456 7800 9
%8 @56 Uhrenatelier Zeitlos AG ¦ @370 Uhrenatelier Zeitlos AG
%7 @56 Währung ¦ @110 Betrag ¦ @370 Zahlbar durch
%8 @56 CHF ¦ @110 13 657.89 ¦ @370 Privatbank Limmatquai AG
""",
    truth={
        "invoice_number": "R-26-1107",
        "invoice_date": "2026-03-12",
        "due_date": "2026-04-11",
        "seller_name": "Uhrenatelier Zeitlos AG",
        "seller_vat_id": ("CHE-343.262.159", "CHE-343.262.159 MWST"),
        "buyer_name": "Privatbank Limmatquai AG",
        "net_amount": 12634.5,
        "vat_amount": 1023.39,
        "gross_amount": 13657.89,
        "currency": "CHF",
    },
)

DOCUMENTS = (DIN, CRAFTSMAN, SWISS)
