"""What each trade sells: text, unit, price in crowns without tax, and the rate of tax in percent (Czech rates since 2024)."""

from collections.abc import Mapping

GOODS: Mapping[str, tuple[tuple[str, str, int, int], ...]] = {
    "joinery": (
        ("Stůl dubový 180 × 90 cm", "ks", 12_400, 21),
        ("Židle dubová, mořená", "ks", 2_150, 21),
        ("Police na míru, buk", "ks", 1_890, 21),
        ("Montáž nábytku u zákazníka", "hod", 650, 21),
        ("Oprava vchodových dveří", "hod", 720, 12),
        ("Doprava", "km", 14, 21),
    ),
    "computers": (
        ('Notebook 14", 16 GB RAM, 512 GB SSD', "ks", 18_990, 21),
        ("Přepínač 24 portů, řízený", "ks", 7_450, 21),
        ("Instalace a nastavení serveru", "hod", 1_250, 21),
        ("Roční licence zálohování", "ks", 3_200, 21),
        ("Kabeláž kategorie 6, tažení", "m", 48, 21),
    ),
    "printing": (
        ("Letáky A5, 4/4, křída 135 g, 1000 ks", "bal", 2_350, 21),
        ("Brožura 48 stran, šitá vazba", "ks", 64, 12),
        ("Roll-up 85 × 200 cm včetně tisku", "ks", 1_980, 21),
        ("Grafické práce", "hod", 550, 21),
        ("Kniha, pevná vazba, 210 stran", "ks", 189, 0),
    ),
    "electricity": (
        ("Výměna rozvaděče", "ks", 14_600, 21),
        ("Svítidlo LED 36 W", "ks", 890, 21),
        ("Revize elektroinstalace", "ks", 3_400, 21),
        ("Práce elektromontéra", "hod", 580, 21),
        ("Kabel CYKY 3×2,5", "m", 39, 21),
    ),
    "garden": (
        ("Habr obecný, výška 120 cm", "ks", 245, 12),
        ("Travní substrát", "m3", 690, 21),
        ("Pokládka trávníku", "m2", 115, 21),
        ("Řez ovocných stromů", "hod", 480, 21),
        ("Závlahový systém, dodávka a montáž", "kpl", 23_800, 21),
    ),
    "catering": (
        ("Rautové občerstvení pro 40 osob", "kpl", 9_800, 12),
        ("Chlebíčky obložené", "ks", 38, 12),
        ("Káva a čaj, celodenní", "os", 95, 12),
        ("Zapůjčení nádobí", "kpl", 1_700, 21),
        ("Obsluha", "hod", 290, 21),
    ),
    "translation": (
        ("Překlad z němčiny, normostrana", "NS", 410, 21),
        ("Překlad do angličtiny, normostrana", "NS", 440, 21),
        ("Korektura rodilým mluvčím", "NS", 160, 21),
        ("Tlumočení konsekutivní", "hod", 980, 21),
        ("Ověření soudním překladatelem", "ks", 350, 21),
    ),
    "transport": (
        ("Přeprava Praha – Vídeň, 12 palet", "ks", 11_900, 21),
        ("Nakládka a vykládka", "hod", 520, 21),
        ("Skladování paletových míst", "den", 18, 21),
        ("Mýtné", "ks", 1_240, 21),
        ("Celní deklarace", "ks", 1_500, 21),
    ),
}
