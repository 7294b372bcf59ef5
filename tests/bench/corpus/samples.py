"""The ten invoices of `make samples` as a corpus, all with a text layer or all scanned. Other seeds give other data."""

import json
import subprocess
import sys

from lamplighter_serving.catalog import load_catalog

from .case import CACHE, ROOT, Case
from .reading import digest

_MAKER = ROOT / "scripts" / "samples"
#: The seed of the committed samples.
SEED = 0


def samples(form: str, seed: int = SEED) -> list[Case]:
    """Ten cases; `form` is text or ocr."""
    folder = CACHE / "samples" / f"{_code()}-{form}-{seed}"
    if not (folder / "truth.json").exists():
        made_as = {"text": "text", "ocr": "scan"}[form]
        command = [sys.executable, str(_MAKER / "make.py"), "--seed", str(seed), "--form", made_as, "--out", str(folder)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    extractor = load_catalog(None).extractors["invoice"]
    return [
        Case(
            name=name if seed == SEED else f"{seed}/{name}",
            data=(folder / name).read_bytes(),
            schema=extractor.schema,
            instructions=extractor.instructions,
            truth=values,
        )
        for name, values in truth.items()
    ]


def _code() -> str:
    """A name for what the makers' source makes."""
    return digest(*(path.read_bytes() for path in sorted(_MAKER.rglob("*.py"))))[:12]
