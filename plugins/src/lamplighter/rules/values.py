"""LL6xx: values that cannot be used as they stand. These are found while the files are read (load/); the table is theirs."""

from collections.abc import Callable, Iterator, Mapping

from ..findings import Finding
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL601": "a key that nobody knows",
    "LL602": "a value of the wrong kind, out of its bounds, or missing",
    "LL603": "a key in the wrong file",
    "LL604": "a file that cannot be read",
    "LL605": "a file that is missing",
}

CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = ()
