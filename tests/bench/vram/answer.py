"""What a calculator says of one run. None is "no answer": it does not compute that, or could not run on this model."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Per GPU. `fits` is its verdict on the run's budget; where a calculator has none, it is drawn from its own sum."""

    weights_bytes: float | None = None
    kv_bytes_per_token: float | None = None
    kv_tokens: float | None = None
    fits: str | None = None  # fits | tight | does-not-fit | unknown
    activation_bytes: float | None = None
    why_not: str = ""


NO_ANSWER = Answer()
