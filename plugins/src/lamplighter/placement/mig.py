"""MIG layouts: which instances one GPU can hold together, and where each would start.

The rules (NVIDIA MIG User Guide, "Partitioning" and "Supported MIG Profiles"): an instance takes its memory slices from one of
its starts on, no two instances share a slice, there are as many compute slices as the chip has at most, and media engines once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..domain.gpu import MigProfile, MigTable


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Instance:
    """A GPU instance and its first memory slice."""

    start: int
    profile: str


def arrange(table: MigTable, layout: Mapping[str, int]) -> tuple[Instance, ...] | None:
    """A place for every instance of a layout (profile to count), by start; None when there is none, or a profile is unknown."""
    if _too_much(table, layout):
        return None
    wanted = [table.profiles[name] for name, count in layout.items() for _number in range(count)]
    wanted.sort(key=lambda profile: (len(profile.starts), -profile.memory_slices, profile.name))
    found = _search(wanted, 0)
    return None if found is None else tuple(sorted(found))


def why_impossible(table: MigTable, layout: Mapping[str, int]) -> str:
    """Why a layout cannot be, both numbers in the sentence; empty when it can."""
    if why := _too_much(table, layout):
        return why
    if arrange(table, layout) is None:
        return "its instances need no more slices than the chip has, but wherever they start, two of them collide"
    return ""


def full_arrangements(table: MigTable, names: Sequence[str]) -> Iterator[tuple[Instance, ...]]:
    """Every way to cut one GPU with these profiles so that no further instance of them can be added, positions told apart."""
    profiles = [table.profiles[name] for name in names]
    spots = [(profile, start) for profile in profiles for start in profile.starts]

    def fits(profile: MigProfile, start: int, chosen: Sequence[tuple[MigProfile, int]]) -> bool:
        taken = _mask(profile, start)
        return (
            not any(taken & _mask(other, begin) for other, begin in chosen)
            and sum(other.compute_slices for other, _begin in chosen) + profile.compute_slices <= table.compute_slices
            and sum(other.name == profile.name for other, _begin in chosen) < profile.most
            and not (profile.media and any(other.media for other, _begin in chosen))
        )

    def extend(index: int, chosen: list[tuple[MigProfile, int]]) -> Iterator[tuple[Instance, ...]]:
        if index == len(spots):
            if not any(fits(profile, start, chosen) for profile, start in spots):
                yield tuple(sorted(Instance(start=start, profile=profile.name) for profile, start in chosen))
            return
        profile, start = spots[index]
        if fits(profile, start, chosen):
            yield from extend(index + 1, [*chosen, (profile, start)])
        yield from extend(index + 1, chosen)

    yield from extend(0, [])


def _too_much(table: MigTable, layout: Mapping[str, int]) -> str:
    """What counting alone forbids."""
    if unknown := sorted(set(layout) - set(table.profiles)):
        return f"the chip has no profile {unknown[0]}; it has {', '.join(table.profiles)}"
    chosen = [(table.profiles[name], count) for name, count in layout.items()]
    for profile, count in chosen:
        if count > profile.most:
            return f"{count} instances of {profile.name} are more than the {profile.most} the chip can hold"
    if (media := sum(count for profile, count in chosen if profile.media)) > 1:
        return f"{media} instances with media engines (+me) are more than the 1 the chip can hold"
    compute = sum(profile.compute_slices * count for profile, count in chosen)
    if compute > table.compute_slices:
        return f"its instances need {compute} compute slices, and the chip has {table.compute_slices}"
    memory = sum(profile.memory_slices * count for profile, count in chosen)
    if memory > table.memory_slices:
        return f"its instances need {memory} memory slices, and the chip has {table.memory_slices}"
    return ""


def _search(wanted: Sequence[MigProfile], taken: int) -> list[Instance] | None:
    """Depth first; `taken` has a bit for each memory slice in use."""
    if not wanted:
        return []
    profile, rest = wanted[0], wanted[1:]
    for start in profile.starts:
        mask = _mask(profile, start)
        if not taken & mask:
            found = _search(rest, taken | mask)
            if found is not None:
                return [Instance(start=start, profile=profile.name), *found]
    return None


def _mask(profile: MigProfile, start: int) -> int:
    return ((1 << profile.memory_slices) - 1) << start
