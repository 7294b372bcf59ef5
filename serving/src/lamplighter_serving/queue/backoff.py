"""How long a job rests between two attempts. Knows numbers only; the caller brings the chance."""

from datetime import timedelta

#: Rest after the first lost attempt. A dead worker has cost its lease already, so this is short.
FIRST_SECONDS = 1.0
#: Each further attempt rests this many times longer.
FACTOR = 2.0
#: No rest is longer: five minutes is about the time a node takes to be replaced.
MOST_SECONDS = 300.0
#: The part of a rest left to chance. Jobs that failed together must not all return in the same second.
JITTER = 0.5


def retry_delay(attempt: int, chance: float) -> timedelta:
    """The rest after attempt number `attempt` (from 1). `chance` is from [0, 1): 0 gives half the rest, 1 all of it."""
    # The exponent is bounded because a float overflows at 2 ** 1024.
    full_seconds = min(MOST_SECONDS, FIRST_SECONDS * FACTOR ** min(attempt - 1, 64))
    return timedelta(seconds=full_seconds * (1 - JITTER + JITTER * chance))
