"""`make samples`: ten Czech invoices and the truth about them, the same bytes every time.

Six have a text layer, four are scans. Another seed gives ten others of the same layouts; `--form` gives all ten in one form.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from invoice import Invoice, Kind, make_invoices
from layouts import bilingual, columns, columns_customer_first, form, letterhead, sheet, trader
from scan import Scan, scanned

SAMPLES = Path(__file__).parents[2] / "serving" / "samples"
#: The seed of the committed samples. 1 to 3 serve for calibration.
SEED = 0
FORMS = ("mixed", "text", "scan")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One of the ten: its kind, its layout, how it is scanned, and whether it is a scan in the mixed form."""

    kind: Kind
    layout: Callable[[Invoice], bytes]
    scan: Scan
    mixed_as_scan: bool = False


SAMPLE_TABLE = (
    Sample(
        kind=Kind(number="{year}0{n:04}"),
        layout=columns,
        scan=Scan(suffix="jpg", dpi=200, turn_degrees=0.4),
    ),
    Sample(
        kind=Kind(number="FV-{year}-{n:04}", deposit=True),
        layout=letterhead,
        scan=Scan(suffix="png", dpi=300, turn_degrees=-0.8),
    ),
    Sample(
        kind=Kind(number="26{n:05}", currency="EUR"),
        layout=sheet,
        scan=Scan(suffix="tiff", dpi=300, turn_degrees=0.9),
    ),
    Sample(
        kind=Kind(number="{n:03}/{year}", deposit=True),
        layout=form,
        scan=Scan(suffix="pdf", dpi=200, turn_degrees=-0.3),
    ),
    Sample(
        kind=Kind(number="{year}/{n:03}", trader=True),
        layout=trader,
        scan=Scan(suffix="jpg", dpi=220, turn_degrees=1.2),
    ),
    Sample(
        kind=Kind(number="EXP{year}{n:04}", currency="EUR"),
        layout=bilingual,
        scan=Scan(suffix="pdf", dpi=240, turn_degrees=-1.1, quality=40),
    ),
    Sample(
        kind=Kind(number="1{year}{n:04}"),
        layout=columns_customer_first,
        scan=Scan(suffix="png", dpi=300, turn_degrees=0.7),
        mixed_as_scan=True,
    ),
    Sample(
        kind=Kind(number="VF{n:04}/{year}"),
        layout=form,
        scan=Scan(suffix="jpg", dpi=220, turn_degrees=-1.3, quality=45),
        mixed_as_scan=True,
    ),
    Sample(
        kind=Kind(number="{n:04}{year}", deposit=True),
        layout=letterhead,
        scan=Scan(suffix="tiff", dpi=300, turn_degrees=1.5),
        mixed_as_scan=True,
    ),
    Sample(
        kind=Kind(number="D{n:06}", deposit=True),
        layout=sheet,
        scan=Scan(suffix="pdf", dpi=200, turn_degrees=-0.6),
        mixed_as_scan=True,
    ),
)


def make(seed: int, form_wanted: str) -> tuple[dict[str, bytes], dict[str, object]]:
    """The files of the samples by name, and the truth by the same names."""
    files: dict[str, bytes] = {}
    truth: dict[str, object] = {}
    invoices = make_invoices(seed, tuple(sample.kind for sample in SAMPLE_TABLE))
    for number, (sample, invoice) in enumerate(zip(SAMPLE_TABLE, invoices, strict=True), start=1):
        data = sample.layout(invoice)
        suffix = "pdf"
        if form_wanted == "scan" or (form_wanted == "mixed" and sample.mixed_as_scan):
            data = scanned(data, sample.scan, seed=seed * 100 + number)
            suffix = sample.scan.suffix
        name = f"invoice-{number:02}.{suffix}"
        files[name] = data
        truth[name] = invoice.truth()
    return files, truth


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED, help="which ten invoices (default: %(default)s, the committed ones)")
    parser.add_argument("--out", type=Path, default=SAMPLES, help="folder to write them to (default: serving/samples)")
    parser.add_argument("--form", choices=FORMS, default="mixed", help="all with a text layer, all scanned, or six and four")
    args = parser.parse_args()
    files, truth = make(args.seed, args.form)
    args.out.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (args.out / name).write_bytes(data)
    (args.out / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(f"samples: {len(files)} invoices and truth.json in {args.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
