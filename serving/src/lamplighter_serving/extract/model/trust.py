"""How much a model's opinion counts against the prior: an exponent, 0 for not at all, 1 for as much as the prior.

The catalog may set it (`engineOptions.trust`). Without that it is 1: a model of some billion parameters reads quotes well. The
small model that the package ships reads them little better than chance, so its catalog sets 0.2: of 0 to 1.5 the best on the 42
documents of `tests/bench/corpus/heldout` (277 of 325 fields; 275 without the model, 269 with 1).
"""

from ...engines.base import EngineFacts

DEFAULT_TRUST = 1.0
#: More would let one answer of the model outweigh a label that says the very words of the field.
MOST_TRUST = 2.0


def trust_in(facts: EngineFacts) -> float:
    """The trust that the engine's facts carry, within 0 and `MOST_TRUST`."""
    said = facts.details.get("trust", DEFAULT_TRUST)
    return min(MOST_TRUST, max(0.0, float(said))) if isinstance(said, int | float) else DEFAULT_TRUST
