"""From the likelihood of next tokens to the likelihood of labels. Pure; whose tokens they are, it does not know."""

import math
from collections.abc import Sequence

#: How much less likely than the last of the likeliest tokens a label beyond them is taken to be, in nats.
BEYOND_TOP = 1.0


def weigh_labels(labels: Sequence[str], top: Sequence[tuple[str, float]]) -> tuple[float, ...]:
    """Log-probabilities of labels, normalised over them, from the likeliest next tokens: (text, log-probability) each.

    A label's token may have a space before it, and both kinds count. Uniform when the tokens say nothing of the labels.
    """
    # Servers write what has no likelihood at all as minus infinity, as null or as a large negative number.
    likely = [(token.strip(), value) for token, value in top if value > -math.inf]
    if not likely:
        return uniform(labels)
    floor = min(value for _, value in likely) - BEYOND_TOP
    return normalised([_log_sum([value for token, value in likely if token == label], floor) for label in labels])


def uniform(labels: Sequence[str]) -> tuple[float, ...]:
    """What an engine answers that cannot tell."""
    return (-math.log(len(labels)),) * len(labels)


def normalised(values: Sequence[float]) -> tuple[float, ...]:
    """The same log-probabilities, shifted so that the probabilities add up to 1. At least one is finite."""
    shifted = [value - max(values) for value in values]  # first, for large numbers would lose their decimal places
    total = _log_sum(shifted, 0.0)
    return tuple(value - total for value in shifted)


def _log_sum(values: Sequence[float], empty: float) -> float:
    """The logarithm of the sum of what `values` are the logarithms of; `empty` where there is nothing to add.

    Shifted by the largest, because a model that is sure of itself gives others less than a float can hold.
    """
    if not values:
        return empty
    most = max(values)
    return most + math.log(sum(math.exp(value - most) for value in values))
