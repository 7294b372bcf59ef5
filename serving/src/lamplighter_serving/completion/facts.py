"""What is asked of an engine and what it answers: plain data that pickles well, the same for every engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field

#: A JSON object of the API that is passed on as it is.
ApiObject = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One turn of a chat. `role` is system, user, assistant or tool; a tool's turn names the call that it answers."""

    role: str
    content: str
    tool_calls: tuple[ApiObject, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Generate:
    """Write an answer: to `messages`, or with `prompt` go on with that text. With `json_schema` the decoding is constrained:
    the text is JSON of that schema. `sampling` are further fields as the API names them (top_p, stop …).
    """

    messages: tuple[Message, ...]
    max_tokens: int
    prompt: str | None = None
    json_schema: ApiObject | None = None
    temperature: float = 0.0
    seed: int = 0
    sampling: ApiObject = field(default_factory=dict)
    tools: tuple[ApiObject, ...] = ()
    tool_choice: str | ApiObject = "auto"


@dataclass(frozen=True, kw_only=True, slots=True)
class Delta:
    """A piece of an answer that is being written. `tool_calls` are in the API's form for chunks, each with its index."""

    text: str = ""
    tool_calls: tuple[ApiObject, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Generation:
    """An answer. `finish_reason` is stop, length or tool_calls; length means it was cut off and is no whole JSON."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    tool_calls: tuple[ApiObject, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Embed:
    """Give a vector for each text."""

    texts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Embeddings:
    """One vector a text, in their order."""

    vectors: tuple[tuple[float, ...], ...]
    prompt_tokens: int
