"""Italian and Spanish invoices and tickets."""

from .schemas import BARE_INVOICE, EU_INVOICE, RECEIPT
from .written import Written

FATTURA = Written(
    name="it-invoice",
    family="Helvetica",
    schema=EU_INVOICE,
    body="""
@56 *Ceramiche Valdorcia S.r.l. ¦ @330 Spett.le
@56 Via dei Fornaciai 12, 53026 Pienza (SI) ¦ @330 *Trattoria del Porto S.n.c.
@56 P. IVA IT02365428883 ¦ @330 Calata Mazzini 5, 57037 Portoferraio (LI)
@56 REA SI-142277 ¦ @330 P. IVA IT05530500015

@56 Fattura n. 112/2026 del 13/03/2026
@56 DDT n. 98 del 10/03/2026

*Descrizione ¦ @340> *Q.tà ¦ @430> *Prezzo ¦ @540> *Importo
Piatto piano decorato ¦ @340> 60 ¦ @430> 14,00 ¦ @540> 840,00
Brocca 1 l ¦ @340> 12 ¦ @430> 31,50 ¦ @540> 378,00
---
@340 Imponibile ¦ @540> 1.218,00
@340 IVA 22% ¦ @540> 267,96
@340 *Totale documento € ¦ @540> *1.485,96

Pagamento: bonifico bancario, scadenza 12/04/2026
IBAN IT60 X054 2811 1010 0000 0123 456
""",
    truth={
        "invoice_number": "112/2026",
        "invoice_date": "2026-03-13",
        "due_date": "2026-04-12",
        "seller_name": "Ceramiche Valdorcia S.r.l.",
        "seller_vat_id": "IT02365428883",
        "buyer_name": "Trattoria del Porto S.n.c.",
        "net_amount": 1218.0,
        "vat_amount": 267.96,
        "gross_amount": 1485.96,
        "currency": "EUR",
    },
)

SCONTRINO = Written(
    name="it-till-receipt",
    family="Courier",
    schema=RECEIPT,
    setting={"size": 8.5, "left": 20, "right": 220, "width": 240},
    body="""
@120^ FORNO DELLA PIAZZA
@120^ di Sartori Elena
@120^ Piazza Erbe 6 - Verona
@120^ P.IVA 07180040748

@120^ DOCUMENTO COMMERCIALE
@120^ di vendita o prestazione

@20 DESCRIZIONE ¦ @150> IVA ¦ @215> Prezzo(EUR)
@20 Pane casereccio ¦ @150> 4% ¦ @215> 3,20
@20 Focaccia ¦ @150> 10% ¦ @215> 4,50
@20 Caffe' in grani ¦ @150> 22% ¦ @215> 9,90
---
@20 TOTALE COMPLESSIVO ¦ @215> 17,60
@20 di cui IVA ¦ @215> 2,32
@20 Pagamento contante ¦ @215> 20,00
@20 Resto ¦ @215> 2,40
@20 Importo pagato ¦ @215> 17,60

@20 24-04-2026 08:12
@20 DOCUMENTO N. 0412-0017
""",
    truth={
        "merchant": ("FORNO DELLA PIAZZA", "Sartori Elena"),
        "receipt_number": "0412-0017",
        "purchased_on": "2026-04-24",
        "total": 17.6,
        "tax": 2.32,
        "currency": "EUR",
    },
)

FACTURA = Written(
    name="es-invoice",
    family="Helvetica",
    schema=EU_INVOICE,
    body="""
@56 *FACTURA ¦ @540> Nº: 26-A-0201
@540> Fecha de emisión: 12 de marzo de 2026
@540> Fecha de vencimiento: 12 de abril de 2026

*DATOS DEL CLIENTE
Bodegas Cerro Alto, S.L. – CIF B90917535
Ctra. de Logroño km 4, 26006 Logroño

*DATOS DEL EMISOR
Toneleria Hermanos Rubio, S.A. – NIF ESB78449824
Polígono La Portalada 18, 26006 Logroño

*Concepto ¦ @340> *Cantidad ¦ @430> *Precio ¦ @540> *Total
Barrica roble francés 225 l ¦ @340> 10 ¦ @430> 710,00 ¦ @540> 7.100,00
Reparación de duelas ¦ @340> 4 ¦ @430> 55,00 ¦ @540> 220,00

@380 Base imponible ¦ @540> 7.320,00 €
@380 IVA (21 %) ¦ @540> 1.537,20 €
@380 *Importe total ¦ @540> *8.857,20 €
""",
    truth={
        "invoice_number": "26-A-0201",
        "invoice_date": "2026-03-12",
        "due_date": "2026-04-12",
        "seller_name": "Toneleria Hermanos Rubio, S.A.",
        "seller_vat_id": "ESB78449824",
        "buyer_name": "Bodegas Cerro Alto, S.L.",
        "net_amount": 7320.0,
        "vat_amount": 1537.2,
        "gross_amount": 8857.2,
        "currency": "EUR",
    },
)

MINUTA = Written(
    name="es-fee-note",
    family="Times",
    schema=BARE_INVOICE,
    setting={"size": 11},
    body="""
*Minuta de honorarios núm. 45/2026

Arquitecta: Lucía Ferrán Otero, colegiada 3312, A Coruña
Cliente: Comunidad de Propietarios Riazor 20

A Coruña, 3 de febrero de 2026

Proyecto de rehabilitación de fachada, encargo 2025/88 ¦ @540> 5.200,00 €
I.V.A. 21 % ¦ @540> 1.092,00 €
Retención I.R.P.F. 15 % ¦ @540> –780,00 €
*Líquido a percibir ¦ @540> *5.512,00 €

Pago en la cuenta ES91 2100 0418 4502 0005 1332 hasta el 5 de marzo de 2026.
""",
    truth={
        "invoiceNumber": "45/2026",
        "issuedOn": "2026-02-03",
        "dueOn": "2026-03-05",
        "orderNumber": "2025/88",
        "subtotal": 5200.0,
        "tax": 1092.0,
        "totalDue": 5512.0,
        "currency": "EUR",
        "iban": "ES91 2100 0418 4502 0005 1332",
    },
)

DOCUMENTS = (FATTURA, SCONTRINO, FACTURA, MINUTA)
