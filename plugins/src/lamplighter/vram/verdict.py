"""What a sum of memory against a limit comes to."""

from enum import StrEnum


class Verdict(StrEnum):
    """Tight: the sum fits, but by less than its own error."""

    FITS = "fits"
    TIGHT = "tight"
    DOES_NOT_FIT = "does-not-fit"


def verdict_of(needed_bytes: int, limit_bytes: int, error_bytes: int) -> Verdict:
    """Whether a sum stays below its limit, and by more than its error."""
    if needed_bytes > limit_bytes:
        return Verdict.DOES_NOT_FIT
    return Verdict.TIGHT if needed_bytes + error_bytes > limit_bytes else Verdict.FITS
