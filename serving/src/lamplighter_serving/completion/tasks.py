"""What a job may ask of a model in the place of reading a document: one task an endpoint of the API."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from . import chat, embedding, text
from .facts import ApiObject, Delta, Embed, Generate, Generation

#: What a worker class may be able to do, as the catalog says it (`tasks`).
GENERATE, EMBED = "generate", "embed"

#: The key of a job's request that names its task, and the one that says that its answer is to be told in pieces.
TASK, STREAMED = "task", "streamed"


class Parse(Protocol):
    """Reads a body. Raises `EngineRefused`."""

    def __call__(self, body: object, *, model: str, context_tokens: int) -> Generate | Embed:
        """The request in a body."""
        ...


class BodyOf(Protocol):
    """Writes the body of an answer."""

    def __call__(self, answer: Generation, *, model: str, answer_id: str, created: int) -> ApiObject:
        """The body; `created` is in Unix seconds."""
        ...


class Chunk(Protocol):
    """Writes one chunk of a stream; None is its beginning."""

    def __call__(
        self, delta: Delta | None, *, finish_reason: str | None, answer_id: str, created: int, model: str
    ) -> ApiObject:
        """The chunk; `created` is in Unix seconds."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Writing:
    """How a written answer looks, whole and in chunks."""

    body_of: BodyOf
    chunk: Chunk
    answer_in: Callable[[Mapping[str, Any]], Delta]


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """An endpoint. `writing` is None for one whose answer is no text."""

    name: str
    path: str
    needs: str  # GENERATE or EMBED
    parse: Parse
    writing: Writing | None = None

    def request(self, *, streamed: bool = False) -> ApiObject:
        """What a job's request says."""
        return {TASK: self.name, STREAMED: True} if streamed else {TASK: self.name}


CHAT = Task(
    name="chat-completion",
    path="/v1/chat/completions",
    needs=GENERATE,
    parse=chat.parse,
    writing=Writing(body_of=chat.body_of, chunk=chat.chunk, answer_in=chat.answer_in),
)
TEXT = Task(
    name="completion",
    path="/v1/completions",
    needs=GENERATE,
    parse=text.parse,
    writing=Writing(body_of=text.body_of, chunk=text.chunk, answer_in=text.answer_in),
)
EMBEDDING = Task(name="embedding", path="/v1/embeddings", needs=EMBED, parse=embedding.parse)

TASKS: Mapping[str, Task] = {task.name: task for task in (CHAT, TEXT, EMBEDDING)}


def task_of(request: ApiObject) -> Task | None:
    """The task that a job's request names, None for one that wants a document read."""
    return TASKS.get(str(request.get(TASK)))


def digest(task: Task, body: ApiObject) -> str:
    """A hash of a question: equal for equal bodies, whatever order their fields came in."""
    return hashlib.sha256(json.dumps([task.name, body], sort_keys=True).encode()).hexdigest()
