"""French invoices: a table with its labels above, and a work bill with a part already paid."""

from .schemas import EU_INVOICE, INVOICE
from .written import Written

TABLE = Written(
    name="fr-labels-above-values",
    family="Helvetica",
    schema=EU_INVOICE,
    body="""
%18 *FACTURE
@56 Atelier de Reliure Colombe SARL ¦ @330 *Client
@56 9 rue des Carmes, 69001 Lyon ¦ @330 Librairie des Quais SAS
@56 SIRET 337 410 567 00021 ¦ @330 4 quai de Bondy
@56 TVA FR40337410567 ¦ @330 69005 Lyon
@330 TVA FR83990168353

@56 Numéro ¦ @180 Date ¦ @310 Échéance ¦ @440 Bon de commande
@56 *F2026-077 ¦ @180 *12 mars 2026 ¦ @310 *11 avril 2026 ¦ @440 *LQ 2208

*Désignation ¦ @360> *Quantité ¦ @450> *P.U. HT ¦ @540> *Montant HT
Reliure cuir, dorure ¦ @360> 12 ¦ @450> 145,00 ¦ @540> 1 740,00
Restauration de dos ¦ @360> 5 ¦ @450> 78,50 ¦ @540> 392,50
---
@360 Total HT ¦ @540> 2 132,50 €
@360 TVA 20 % ¦ @540> 426,50 €
@360 *Total TTC ¦ @540> *2 559,00 €

%8 En cas de retard, une indemnité forfaitaire de 40 € est due (art. D. 441-5 du code de commerce).
""",
    truth={
        "invoice_number": "F2026-077",
        "invoice_date": "2026-03-12",
        "due_date": "2026-04-11",
        "seller_name": "Atelier de Reliure Colombe SARL",
        "seller_vat_id": "FR40337410567",
        "buyer_name": "Librairie des Quais SAS",
        "net_amount": 2132.5,
        "vat_amount": 426.5,
        "gross_amount": 2559.0,
        "currency": "EUR",
    },
)

PART_PAID = Written(
    name="fr-part-paid",
    family="Times",
    schema=INVOICE,
    instructions="Le document est une facture. Relever les valeurs du fournisseur.",
    setting={"size": 10.5},
    body="""
*Couverture Ardoise & Fils – couvreur à Angers – SIREN 895421055

Doit : Mairie de Bouchemaine, 3 place du Commerce, SIREN 393718713

> Facture n° 2026/31 établie le 7 octobre 2026, suivant devis n° 118 accepté le 2 août 2026, pour la réfection de
> la toiture de l'école.

Montant hors taxes : 18 600,00 €
TVA 10 % : 1 860,00 €
Montant toutes taxes comprises : 20 460,00 €
Acompte versé le 10 août 2026 : 6 000,00 €
*Reste à payer : 14 460,00 €
À régler avant le 6 novembre 2026.

Virement : FR14 2004 1010 0505 0001 3M02 606
""",
    truth={
        "invoice_number": "2026/31",
        "issue_date": "2026-10-07",
        "due_date": "2026-11-06",
        "supplier_id": "895421055",
        "total_amount": 14460.0,
        "currency": "EUR",
    },
)

DOCUMENTS = (TABLE, PART_PAID)
