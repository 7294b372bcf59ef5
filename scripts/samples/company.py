"""Invented Czech companies: names, addresses, numbers whose check digits are right. No company here is meant to exist.

Knows nothing of invoices. The same random source gives the same companies.
"""

from dataclasses import dataclass
from random import Random

#: Weights of the modulo 11 check of a Czech bank account: the ten digits of the number (ČNB, decree 169/2011).
_ACCOUNT_WEIGHTS = (6, 3, 7, 9, 10, 5, 8, 4, 2, 1)
#: Codes of banks; which one does not matter here.
_BANKS = (
    ("0100", "Komerční banka"),
    ("0300", "ČSOB"),
    ("0800", "Česká spořitelna"),
    ("2010", "Fio banka"),
    ("3030", "Air Bank"),
)

#: First names and surnames of people who sign and are called back.
_PEOPLE = ("Jana Vlčková", "Petr Hrubeš", "Alena Součková", "Tomáš Zbořil", "Ivana Mrkvičková", "Radek Tůma", "Lenka Žáčková")

#: Name and trade; the trade chooses what stands on the invoice.
SUPPLIERS = (
    ("Truhlářství Jasan s.r.o.", "joinery"),
    ("Dřevodílna Vápenice, spol. s r.o.", "joinery"),
    ("Síťovka IT s.r.o.", "computers"),
    ("Datelná sítě a servery a.s.", "computers"),
    ("Tiskárna Písmolijec s.r.o.", "printing"),
    ("Grafis tisk Morava, s.r.o.", "printing"),
    ("Elektromontáže Jiskra s.r.o.", "electricity"),
    ("Silnoproud Hořovicko a.s.", "electricity"),
    ("Zahrady Kapradí s.r.o.", "garden"),
    ("Školky Habrovka, spol. s r.o.", "garden"),
    ("Jídelna U Kotle s.r.o.", "catering"),
    ("Pekařství Žitný klas s.r.o.", "catering"),
    ("Překlady Babylonie s.r.o.", "translation"),
    ("Slovosled jazykové služby s.r.o.", "translation"),
    ("Spedice Formanka a.s.", "transport"),
    ("Autodoprava Rychnovák s.r.o.", "transport"),
)
TRADERS = (
    ("Ing. Květoslava Dubská", "translation"),
    ("Bohumil Stránský – elektro", "electricity"),
    ("Mgr. Zdeněk Pokora", "translation"),
    ("Růžena Havránková – zahrady", "garden"),
)
CUSTOMERS = (
    "Městská knihovna Kameničná",
    "Základní škola Pod Lipami, příspěvková organizace",
    "Stavební bytové družstvo Ohrada",
    "Penzion Modrý kámen s.r.o.",
    "Strojírny Loučná a.s.",
    "Lékárna Heřmánek s.r.o.",
    "Obec Dolní Vrbice",
    "Veterinární ordinace Ocásek s.r.o.",
    "Mlékárna Bystřička a.s.",
    "Hotel Na Výsluní s.r.o.",
    "Nakladatelství Inkoustovka s.r.o.",
    "Kovovýroba Příkopník s.r.o.",
    "Sportovní klub Radbuza, z.s.",
    "Cukrárna Vanilkový rohlíček s.r.o.",
)
_STREETS = ("Lipová", "Na Příkopě", "Husova", "Polní", "Jiráskova", "U Mlýna", "Pražská", "Sokolská", "Nádražní", "Bezručova")
_TOWNS = (
    ("602 00", "Brno"),
    ("370 01", "České Budějovice"),
    ("500 03", "Hradec Králové"),
    ("779 00", "Olomouc"),
    ("301 00", "Plzeň"),
    ("170 00", "Praha 7"),
    ("586 01", "Jihlava"),
    ("760 01", "Zlín"),
    ("460 01", "Liberec"),
    ("702 00", "Ostrava"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """A party of an invoice. `vat_id` is empty for one that is not registered for VAT."""

    name: str
    trade: str
    street: str
    town: str
    company_id: str
    vat_id: str
    account: str
    iban: str
    bank: str
    person: str
    phone: str
    email: str
    register: str


def make_company(random: Random, name: str, trade: str = "", *, registered: bool = True, trader: bool = False) -> Company:
    """A company of this name with everything else invented."""
    number = company_id(random)
    code, bank = random.choice(_BANKS)
    account = account_number(random)
    zip_code, town = random.choice(_TOWNS)
    section = random.choice("ABCD")
    court = random.choice(("Krajského soudu v Brně", "Městského soudu v Praze", "Krajského soudu v Plzni"))
    register = f"zapsaná v obchodním rejstříku u {court}, oddíl {section}, vložka {random.randrange(10_000, 99_999)}"
    return Company(
        name=name,
        trade=trade,
        street=f"{random.choice(_STREETS)} {random.randrange(2, 1900)}/{random.randrange(1, 60)}",
        town=f"{zip_code} {town}",
        company_id=number,
        vat_id=f"CZ{number}" if registered else "",
        account=f"{account}/{code}",
        iban=iban(code, account),
        bank=bank,
        person=random.choice(_PEOPLE),
        phone=f"+420 {random.randrange(500, 600)} {random.randrange(100, 999)} {random.randrange(100, 999)}",
        email="ucetni@firma.example",
        register="fyzická osoba zapsaná v živnostenském rejstříku" if trader else register,
    )


def company_id(random: Random) -> str:
    """An IČO with the right check digit: weights 8 to 2, modulo 11."""
    digits = f"{random.choice((1, 2, 4, 6, 7))}{random.randrange(10**6):06}"
    return digits + company_check_digit(digits)


def company_check_digit(digits: str) -> str:
    """The eighth digit of an IČO, for its first seven."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(8, 1, -1), strict=True))
    return str((11 - total % 11) % 10)


def account_number(random: Random) -> str:
    """Ten digits of a bank account that pass the check."""
    while True:
        digits = f"{random.randrange(10**9, 10**10)}"
        if sum(int(digit) * weight for digit, weight in zip(digits, _ACCOUNT_WEIGHTS, strict=True)) % 11 == 0:
            return digits


def iban(bank: str, account: str) -> str:
    """The Czech IBAN in groups of four; check digits after ISO 13616."""
    body = f"{bank}{account:0>16}"
    check = 98 - int(f"{body}123500") % 97  # C is 12, Z is 35
    plain = f"CZ{check:02}{body}"
    return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))
