"""GPU chips: the memory one really has, what its driver and its age allow, and how MIG may cut it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class MigProfile:
    """One kind of MIG instance. It takes `memory_slices` from one of its `starts` on; a chip holds at most `most` of it.

    `memory_bytes` is the least that was seen; None where nobody published it, and then nothing is said to fit.
    """

    name: str
    compute_slices: int
    memory_slices: int
    starts: tuple[int, ...]
    most: int
    media: bool
    memory_bytes: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MigTable:
    """What MIG makes of a chip."""

    compute_slices: int
    memory_slices: int
    profiles: Mapping[str, MigProfile]


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuChip:
    """A chip. `memory_bytes` is the least total that its driver was seen to report; `nominal_bytes` the number on the box.

    `capability` is the compute capability, (7, 5) for a T4; (0, 0) where it is not known. `last_driver_branch` is None while
    new drivers still support the chip. `mig` is None where the chip cannot be cut.
    """

    key: str
    memory_bytes: int
    nominal_bytes: int = 0
    architecture: str = ""
    capability: tuple[int, int] = (0, 0)
    products: tuple[str, ...] = ()
    last_driver_branch: int | None = None
    mig: MigTable | None = None
