"""Whose turn it is, in memory: the rule that stands in leases.sql, over records."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from .records import Record

#: The turn of a tenant that had none yet: before all others.
NEVER = datetime.min.replace(tzinfo=UTC)

_Slot = tuple[bool, int, datetime, int, datetime]


def in_turn(ready: Sequence[Record], all_records: Sequence[Record], weights: Mapping[str, int]) -> list[Record]:
    """The ready jobs of one class in the order in which they are to be leased. `all_records` are the class's, old ones too."""
    own: defaultdict[str, list[Record]] = defaultdict(list)
    for record in sorted(ready, key=lambda record: (-record.job.priority, record.job.created_at)):
        own[record.job.tenant].append(record)
    slots: list[tuple[_Slot, Record]] = []
    for tenant, records in own.items():
        weight = weights.get(tenant, 1)
        past = [each.leased_at for each in all_records if each.job.tenant == tenant and each.leased_at is not None]
        turns = sorted(past, reverse=True)[:weight]
        turns += [NEVER] * (weight - len(turns))
        for place, record in enumerate(records):
            turn = turns[weight - 1 - place % weight]
            job = record.job
            slots.append(((job.priority < 0, place // weight, turn, -job.priority, job.created_at), record))
    return [record for _, record in sorted(slots, key=lambda slot: slot[0])]
