"""Decisions made by hand, for tests of what is built from them."""

from lamplighter_serving.documents.page import Box
from lamplighter_serving.extract.candidates.candidate import Candidate, Kind
from lamplighter_serving.extract.decide import Decision
from lamplighter_serving.extract.outcome import Scalar
from lamplighter_serving.extract.prior.rated import Rated
from lamplighter_serving.extract.prior.weigh import Option
from lamplighter_serving.extract.schema.parse import Leaf


def candidate_at(value: Scalar, *, line: int = 0, start: int = 0, kind: Kind = Kind.TEXT) -> Candidate:
    """A span of one line that says the value."""
    text = str(value)
    box = Box(left=50.0 + 5 * start, top=50.0 + 12 * line, right=50.0 + 5 * (start + len(text)), bottom=60.0 + 12 * line)
    return Candidate(kind=kind, value=value, text=text, page=1, line=line, start=start, end=start + len(text), box=box)


def option_of(value: Scalar, prior: float = 0.9, *, line: int = 0, start: int = 0, kind: Kind = Kind.TEXT) -> Option:
    """An option with this value."""
    return Option(
        value=value, rated=Rated(candidate=candidate_at(value, line=line, start=start, kind=kind), prior=prior, label="")
    )


def decision_of(leaf: Leaf, value: Scalar) -> Decision:
    """The decision for a value, or for "the document does not say" when it is None."""
    option = None if value is None else option_of(value)
    return Decision(leaf=leaf, option=option, score=0.8, prior=0.9, model=None)
