"""The door to language models: what every engine must do. Requests and answers are plain data that pickle well."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from ..completion.facts import Delta, Embed, Embeddings, Generate, Generation, Message

__all__ = [
    "Choice",
    "Choose",
    "Delta",
    "Embed",
    "Embeddings",
    "Engine",
    "EngineFacts",
    "Generate",
    "Generation",
    "Message",
    "Mortal",
    "Tell",
]

#: Called with each piece of an answer as it is written, on the loop of whoever asked.
Tell = Callable[[Delta], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choose:
    """Weigh options: how likely is each label (a single letter or digit) as the next token after the chat so far?

    `prefix` is the beginning of the assistant's turn, so the label comes right after it.
    """

    messages: tuple[Message, ...]
    labels: tuple[str, ...]
    prefix: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Log-probabilities, one a label in the order asked, normalised over the labels. Uniform when the engine could not tell."""

    log_probabilities: tuple[float, ...]
    prompt_tokens: int


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineFacts:
    """What the pipeline must know of an engine to prepare requests for it."""

    name: str
    model: str
    context_tokens: int  # of one request
    concurrency: int  # requests served at once
    details: Mapping[str, object] = field(default_factory=dict)


class Engine(Protocol):
    """A language model that is ready to serve. Calls may overlap up to `facts.concurrency`; more wait.

    Raises `EngineUnavailable` (try another time or place) or `EngineRefused` (this request can never work).
    """

    @property
    def facts(self) -> EngineFacts:
        """Constant while the engine lives."""
        ...

    async def generate(self, request: Generate, tell: Tell | None = None) -> Generation:
        """Writes an answer; `tell` hears its pieces meanwhile. They may stop short of the end: the answer itself is whole."""
        ...

    async def choose(self, request: Choose) -> Choice:
        """Weighs the labels without writing."""
        ...

    async def embed(self, request: Embed) -> Embeddings:
        """Gives a vector for each text; refuses where the worker class does not have the task."""
        ...

    async def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Token counts, exact where the engine can tell, else an upper bound."""
        ...

    async def close(self) -> None:
        """Frees the model. The engine is not used afterwards."""
        ...


@runtime_checkable
class Mortal(Protocol):
    """An engine that can end for good while the process it was made in lives on. Whoever keeps it asks now and then."""

    async def check_health(self) -> None:
        """Raises `EngineUnavailable` once it has ended."""
        ...
