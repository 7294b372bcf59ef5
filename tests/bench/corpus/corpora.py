"""The corpora by name, for the bench and for `show`."""

from collections.abc import Callable, Mapping

from .case import Case
from .heldout import heldout
from .samples import samples

FORMS = ("text", "ocr")

CORPORA: Mapping[str, Callable[[str], list[Case]]] = {
    "samples": samples,
    "seed1": lambda form: samples(form, 1),
    "seed2": lambda form: samples(form, 2),
    "seed3": lambda form: samples(form, 3),
    "heldout": heldout,
}
