"""What the held-out documents are asked for: the catalog's invoice, and schemas that no one wrote with the extractor in mind.

Some have titles and descriptions, in English, Czech or German; some only titles; some nothing but the names of the properties.
"""

from lamplighter_serving.catalog import load_catalog

from ..case import Schema

TEXT: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": ["number", "null"]}
WHOLE: Schema = {"type": ["integer", "null"]}
DAY: Schema = {"type": ["string", "null"], "format": "date"}
CODE: Schema = {"type": ["string", "null"], "pattern": "^[A-Z]{3}$"}


def named(leaf: Schema, title: str, description: str = "") -> Schema:
    """A leaf with a title, and a description where there is one."""
    return {**leaf, "title": title, **({"description": description} if description else {})}


def form(**properties: Schema) -> Schema:
    """An object of these properties, all of them required."""
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


INVOICE: Schema = load_catalog(None).extractors["invoice"].schema
INVOICE_INSTRUCTIONS = load_catalog(None).extractors["invoice"].instructions

EU_INVOICE = form(
    invoice_number=named(TEXT, "Invoice number"),
    invoice_date=named(DAY, "Invoice date"),
    due_date=named(DAY, "Payment due date"),
    seller_name=named(TEXT, "Seller"),
    seller_vat_id=named(TEXT, "Seller VAT number"),
    buyer_name=named(TEXT, "Buyer"),
    net_amount=named(NUMBER, "Total without VAT"),
    vat_amount=named(NUMBER, "VAT amount"),
    gross_amount=named(NUMBER, "Total with VAT"),
    currency=named(CODE, "Currency"),
)

#: As a programmer writes it who expects the names to say it all.
BARE_INVOICE = form(
    invoiceNumber=TEXT,
    issuedOn=DAY,
    dueOn=DAY,
    orderNumber=TEXT,
    subtotal=NUMBER,
    tax=NUMBER,
    totalDue=NUMBER,
    currency=CODE,
    iban=TEXT,
)

RECHNUNG = form(
    rechnungsnummer=named(TEXT, "Rechnungsnummer"),
    rechnungsdatum=named(DAY, "Rechnungsdatum"),
    leistungsdatum=named(DAY, "Leistungsdatum", "Tag der Lieferung oder Leistung"),
    zahlbar_bis=named(DAY, "Zahlbar bis", "Fälligkeit der Zahlung"),
    kundennummer=named(TEXT, "Kundennummer"),
    nettobetrag=named(NUMBER, "Nettobetrag", "Summe ohne Umsatzsteuer"),
    umsatzsteuer=named(NUMBER, "Umsatzsteuer", "Betrag der Umsatzsteuer"),
    rechnungsbetrag=named(NUMBER, "Rechnungsbetrag", "Gesamtbetrag einschließlich Umsatzsteuer"),
    iban=named(TEXT, "IBAN", "Bankverbindung des Rechnungsstellers"),
)

RECEIPT = form(
    merchant=named(TEXT, "Merchant", "Name of the shop or company that issued the receipt"),
    receipt_number=named(TEXT, "Receipt number"),
    purchased_on=named(DAY, "Purchase date"),
    total=named(NUMBER, "Total paid"),
    tax=named(NUMBER, "Tax", "VAT included in the total"),
    currency=named(CODE, "Currency"),
)

CONTRACT = form(
    contract_number=named(TEXT, "Contract number"),
    client=named(TEXT, "Client", "The party that orders the work or service"),
    contractor=named(TEXT, "Contractor", "The party that performs the work or provides the service"),
    signed_on=named(DAY, "Date of signature", "Day on which the contract was signed"),
    effective_on=named(DAY, "Effective date", "Day from which the contract is in force"),
    ends_on=named(DAY, "End date", "Last day of the contract; null when it is for an indefinite period"),
    price=named(NUMBER, "Price", "Agreed price without VAT"),
    currency=named(CODE, "Currency"),
    notice_days=named(WHOLE, "Notice period in days"),
)

SMLOUVA = form(
    cislo_smlouvy=named(TEXT, "Číslo smlouvy"),
    objednatel=named(TEXT, "Objednatel", "Název nebo jméno objednatele (nájemce, kupujícího)"),
    zhotovitel=named(TEXT, "Zhotovitel", "Název nebo jméno zhotovitele (pronajímatele, prodávajícího)"),
    datum_podpisu=named(DAY, "Datum podpisu", "Den, kdy byla smlouva podepsána"),
    datum_ucinnosti=named(DAY, "Datum účinnosti", "Den, od kterého smlouva platí"),
    cena=named(NUMBER, "Cena", "Sjednaná cena nebo nájemné"),
    mena=named(CODE, "Měna"),
    vypovedni_lhuta_mesice=named(WHOLE, "Výpovědní lhůta v měsících"),
)

ORDER = form(
    order_number=named(TEXT, "Purchase order number"),
    order_date=named(DAY, "Order date"),
    delivery_date=named(DAY, "Requested delivery date"),
    supplier=named(TEXT, "Supplier"),
    buyer=named(TEXT, "Buyer"),
    contact_email=named({**TEXT, "format": "email"}, "Contact e-mail of the buyer"),
    total=named(NUMBER, "Order total"),
    currency=named(CODE, "Currency"),
)

OBJEDNAVKA = form(
    cislo_objednavky=named(TEXT, "Číslo objednávky"),
    datum_objednavky=named(DAY, "Datum objednávky"),
    termin_dodani=named(DAY, "Termín dodání"),
    ico_dodavatele=named(TEXT, "IČO dodavatele"),
    ico_odberatele=named(TEXT, "IČO odběratele"),
    celkova_cena=named(NUMBER, "Celková cena", "Celková cena objednávky včetně DPH"),
    mena=named(CODE, "Měna"),
)

PAYSLIP = form(
    employee=named(TEXT, "Employee name"),
    payment_date=named(DAY, "Payment date"),
    gross_pay=named(NUMBER, "Gross pay", "Total pay before deductions, this period"),
    income_tax=named(NUMBER, "Income tax", "Income tax deducted this period"),
    net_pay=named(NUMBER, "Net pay", "Amount paid to the employee"),
    currency=named(CODE, "Currency"),
)

VYPLATA = form(
    osobni_cislo=named(TEXT, "Osobní číslo zaměstnance"),
    hruba_mzda=named(NUMBER, "Hrubá mzda"),
    dan=named(NUMBER, "Daň z příjmů", "Záloha na daň po slevách"),
    cista_mzda=named(NUMBER, "Čistá mzda"),
    k_vyplate=named(NUMBER, "Částka k výplatě"),
    odpracovano_hodin=named(NUMBER, "Odpracované hodiny"),
)

STATEMENT = form(
    accountNumber=TEXT,
    iban=TEXT,
    statementNumber=TEXT,
    periodFrom=DAY,
    periodTo=DAY,
    openingBalance=NUMBER,
    closingBalance=NUMBER,
    currency=CODE,
)

#: Rows of a table. One more row than there is must be null: that is how an invented row shows.
LINES: Schema = form(
    items={
        "type": "array",
        "title": "Line items",
        "items": form(
            description=named(TEXT, "Description"),
            quantity=named(NUMBER, "Quantity"),
            unit_price=named(NUMBER, "Unit price"),
            amount=named(NUMBER, "Amount", "Price of the line without tax"),
        ),
    }
)
