"""The committed samples are what `make samples` makes, and their truth fits the schema and stands in the documents."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from PIL import Image, ImageChops, ImageStat
from stdnum.cz import dic

from lamplighter_serving.catalog import load_catalog

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "serving" / "samples"
WITH_TEXT = tuple(f"invoice-{number:02}.pdf" for number in range(1, 7))
SCANS = ("invoice-07.png", "invoice-08.jpg", "invoice-09.tiff", "invoice-10.pdf")
MONTHS = (
    "ledna",
    "února",
    "března",
    "dubna",
    "května",
    "června",
    "července",
    "srpna",
    "září",
    "října",
    "listopadu",
    "prosince",
)
SIGNS = {"CZK": "Kč", "EUR": "EUR"}


def made(folder: Path, *arguments: str) -> Path:
    """The folder, with what the script writes into it."""
    command = [sys.executable, str(ROOT / "scripts" / "samples" / "make.py"), "--out", str(folder), *arguments]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def truth_of(folder: Path) -> dict[str, dict[str, object]]:
    """The truth beside the samples."""
    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def text_of(pdf: Path) -> str:
    """The text layer of the first page, without white space."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return re.sub(r"\s", "", document[0].get_textpage().get_text_range())
    finally:
        document.close()


def thumbnail(scan: Path) -> Image.Image:
    """The page of a scan, 200 pixels wide, in grey."""
    if scan.suffix != ".pdf":
        with Image.open(scan) as picture:
            return picture.convert("L").resize((200, 283))
    document = pypdfium2.PdfDocument(scan)
    try:
        return document[0].render(scale=1, grayscale=True).to_pil().convert("L").resize((200, 283))
    finally:
        document.close()


def written(field: str, value: object) -> list[str]:
    """Every form in which a value may stand on paper, without white space."""
    if field.endswith("_date"):
        day = date.fromisoformat(str(value))
        forms = [
            f"{day.day}.{day.month}.{day.year}",
            f"{day:%d.%m.%Y}",
            f"{day}",
            f"{day.day}.{MONTHS[day.month - 1]}{day.year}",
        ]
    elif field == "total_amount":
        whole, cents = f"{value:.2f}".split(".")
        forms = [f"{whole},{cents}", f"{whole},-", f"{int(whole):,}".replace(",", ".") + f",{cents}"]
    elif field == "currency":
        forms = [SIGNS[str(value)], str(value)]
    else:
        forms = [str(value)]
    return forms


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("samples"))


def test_committed_truth_and_text_pdfs_are_what_the_script_makes(fresh: Path) -> None:
    for name in ("truth.json", *WITH_TEXT):
        assert (fresh / name).read_bytes() == (COMMITTED / name).read_bytes(), f"{name} differs; run make samples"


def test_folder_holds_the_samples_and_nothing_else(fresh: Path) -> None:
    expected = sorted((*WITH_TEXT, *SCANS, "truth.json"))
    assert sorted(path.name for path in COMMITTED.iterdir()) == expected
    assert sorted(path.name for path in fresh.iterdir()) == expected


def test_scans_are_pages_of_a4_without_a_text_layer_and_small() -> None:
    for name in SCANS:
        path = COMMITTED / name
        assert path.stat().st_size < 600_000, name
        if path.suffix == ".pdf":
            assert text_of(path) == ""
        else:
            with Image.open(path) as picture:
                # A4 has 8.27 × 11.69 inches.
                assert float(picture.width / picture.info["dpi"][0]) == pytest.approx(8.27, abs=0.02), name
                assert float(picture.height / picture.info["dpi"][1]) == pytest.approx(11.69, abs=0.02), name
    assert sum(path.stat().st_size for path in COMMITTED.iterdir()) < 3_000_000


def test_committed_scans_look_like_what_the_script_makes(fresh: Path) -> None:
    """Not byte for byte: another version of the libraries that draw and compress may give other bytes."""
    for name in SCANS:
        ours, theirs = thumbnail(COMMITTED / name), thumbnail(fresh / name)
        assert ImageStat.Stat(ImageChops.difference(ours, theirs)).mean[0] < 2.0, name
    # Two scans of the same layout with other data are further apart than that.
    other = ImageChops.difference(thumbnail(COMMITTED / SCANS[1]), thumbnail(COMMITTED / SCANS[3]))
    assert ImageStat.Stat(other).mean[0] > 2.0


def test_every_truth_value_is_legal_in_the_schema() -> None:
    schema = load_catalog(None).extractors["invoice"].schema
    validator = Draft202012Validator(schema, format_checker=FormatChecker(["date"]))
    truth = truth_of(COMMITTED)
    assert len(truth) == 10
    for name, values in truth.items():
        assert validator.is_valid(values), name
        assert None not in values.values(), name
    assert sum(len(values) for values in truth.values()) == 60


@pytest.mark.parametrize("seed", ["0", "1", "2", "3"])
def test_every_truth_value_stands_in_the_text_layer(tmp_path: Path, seed: str) -> None:
    folder = made(tmp_path, "--form", "text", "--seed", seed)
    for name, values in truth_of(folder).items():
        text = text_of(folder / name)
        for field, value in values.items():
            assert any(form in text for form in written(field, value)), (name, field, value)


def test_company_numbers_pass_the_check_of_the_czech_register() -> None:
    """The check is python-stdnum's, not the maker's own."""
    for values in truth_of(COMMITTED).values():
        assert dic.is_valid(f"CZ{values['supplier_id']}")


def test_another_seed_makes_other_invoices(tmp_path: Path) -> None:
    other = truth_of(made(tmp_path, "--form", "text", "--seed", "1"))
    numbers = {values["supplier_id"] for values in other.values()}
    assert numbers.isdisjoint(values["supplier_id"] for values in truth_of(COMMITTED).values())
