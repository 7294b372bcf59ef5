"""Bytes and how people read them. Inside the package bytes are `int`; GiB exist only in print."""

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


def gib_text(size_bytes: int) -> str:
    """`6543219876` as `6.1 GiB`. One decimal: nothing here is known better than a tenth of a GiB."""
    return f"{size_bytes / GIB:.1f} GiB"


def plain_gib(size_bytes: int) -> str:
    """The same number without its unit, for a list of parts."""
    return f"{size_bytes / GIB:.1f}"
