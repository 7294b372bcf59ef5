"""An engine that does what it is told, for tests: it answers, is slow, fails, hangs or dies on request.

Without a script it is deterministic: a constrained answer is the smallest JSON the schema allows, a choice is even. What it
shall do stands in the catalog (`engineOptions`), so a worker process of a test behaves as its catalog says.
"""

import asyncio
import hashlib
import json
import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..catalog import WorkerClass
from ..completion.tasks import EMBED
from ..errors import EngineRefused, EngineUnavailable, SettingsError
from .base import Choice, Choose, Delta, Embed, Embeddings, EngineFacts, Generate, Generation, Tell
from .chat import LENGTH, STOP, TOOL_CALLS, embeds_not
from .likelihood import uniform

#: Characters that count as one token: about what byte-pair encodings reach on English text.
CHARACTERS_PER_TOKEN = 4
#: Exit status of a process that this engine ends on purpose.
DIE_STATUS = 86


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """What the engine does. Calls are counted from 1 over `generate` and `choose` together; 0 means never."""

    answers: tuple[str, ...] = ()  # texts of `generate`, one after the other, then again from the first
    delay_seconds: float = 0.0  # of every call
    token_seconds: float = 0.0  # between two pieces of a written answer
    load_seconds: float = 0.0  # of the constructor
    fail_first: int = 0  # so many calls raise EngineUnavailable
    refuse_call: int = 0  # this call raises EngineRefused
    hang_call: int = 0  # this call never returns
    die_call: int = 0  # this call ends the process
    die_token: int = 0  # the process ends after so many pieces of an answer
    sick_call: int = 0  # this call and all later ones find the model's own process gone, and so does who asks for its health

    @classmethod
    def from_options(cls, options: Mapping[str, object]) -> "Script":
        """The script in a worker class's `engineOptions`. Raises `SettingsError` for a key it does not know."""
        fields = {
            "answers": "answers",
            "delaySeconds": "delay_seconds",
            "tokenSeconds": "token_seconds",
            "dieToken": "die_token",
            "loadSeconds": "load_seconds",
            "failFirst": "fail_first",
            "refuseCall": "refuse_call",
            "hangCall": "hang_call",
            "dieCall": "die_call",
            "sickCall": "sick_call",
        }
        unknown = sorted(set(options) - set(fields))
        if unknown:
            raise SettingsError(
                f"engineOptions of a scripted engine has unknown keys: {', '.join(unknown)}.",
                hint=f"Known keys: {', '.join(fields)}.",
            )
        values: dict[str, Any] = {fields[key]: value for key, value in options.items()}
        values["answers"] = tuple(values.get("answers", ()))
        return cls(**values)


class ScriptedEngine:
    """An `Engine` that follows a `Script`."""

    def __init__(self, worker_class: WorkerClass, script: Script | None = None) -> None:
        self._script = script or Script.from_options(worker_class.engine_options)
        self._facts = EngineFacts(
            name="scripted",
            model=worker_class.model,
            context_tokens=worker_class.context_tokens,
            concurrency=worker_class.concurrency,
        )
        self._embeds = EMBED in worker_class.tasks
        self._slots = asyncio.Semaphore(worker_class.concurrency)
        self._calls = 0
        self._answers = 0
        time.sleep(self._script.load_seconds)

    @property
    def facts(self) -> EngineFacts:
        """What the catalog said of this class."""
        return self._facts

    async def generate(self, request: Generate, tell: Tell | None = None) -> Generation:
        """The next answer of the script, else the smallest one that the schema allows.

        A call of the tool where the client says that one must be called.
        """
        prompt_tokens = _tokens(request.prompt or "", *(message.content for message in request.messages))
        await self._perform(prompt_tokens)
        if call := _called(request):
            if tell is not None:
                tell(Delta(tool_calls=({"index": 0, **call},)))
            return Generation(
                text="",
                finish_reason=TOOL_CALLS,
                prompt_tokens=prompt_tokens,
                completion_tokens=1,
                tool_calls=(call,),
            )
        text = self._next_answer(request)
        fitting = text[: request.max_tokens * CHARACTERS_PER_TOKEN]
        await self._write(fitting, tell)
        return Generation(
            text=fitting,
            finish_reason=STOP if fitting == text else LENGTH,
            prompt_tokens=prompt_tokens,
            completion_tokens=_tokens(fitting),
        )

    async def choose(self, request: Choose) -> Choice:
        """An even choice: a scripted model has no opinion."""
        prompt_tokens = _tokens(request.prefix, *(message.content for message in request.messages))
        await self._perform(prompt_tokens)
        return Choice(log_probabilities=uniform(request.labels), prompt_tokens=prompt_tokens)

    async def embed(self, request: Embed) -> Embeddings:
        """Vectors of the texts' hashes: equal for equal texts."""
        if not self._embeds:
            raise embeds_not(self._facts.model)
        prompt_tokens = _tokens(*request.texts)
        await self._perform(prompt_tokens)
        return Embeddings(vectors=tuple(_vector(text) for text in request.texts), prompt_tokens=prompt_tokens)

    async def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Characters by four, rounded up."""
        return tuple(_tokens(text) for text in texts)

    async def check_health(self) -> None:
        """Raises `EngineUnavailable` from `sick_call` on."""
        if self._script.sick_call and self._calls >= self._script.sick_call:
            raise EngineUnavailable("The model's process has ended, as the script says.")

    async def close(self) -> None:
        """Nothing to free."""

    def _next_answer(self, request: Generate) -> str:
        if not self._script.answers:
            return json.dumps(smallest_instance(request.json_schema)) if request.json_schema is not None else ""
        answer = self._script.answers[self._answers % len(self._script.answers)]
        self._answers += 1
        return answer

    async def _write(self, text: str, tell: Tell | None) -> None:
        if tell is None and not self._script.token_seconds:
            return
        for place, begin in enumerate(range(0, len(text), CHARACTERS_PER_TOKEN)):
            if self._script.die_token and place == self._script.die_token:
                os._exit(DIE_STATUS)
            if tell is not None:
                tell(Delta(text=text[begin : begin + CHARACTERS_PER_TOKEN]))
            await asyncio.sleep(self._script.token_seconds)

    async def _perform(self, prompt_tokens: int) -> None:
        self._calls += 1
        call = self._calls
        if prompt_tokens > self._facts.context_tokens or call == self._script.refuse_call:
            raise EngineRefused(f"The prompt has {prompt_tokens} tokens, the context {self._facts.context_tokens}.")
        if call == self._script.die_call:
            os._exit(DIE_STATUS)
        async with self._slots:
            if call == self._script.hang_call:
                await asyncio.Event().wait()
            await asyncio.sleep(self._script.delay_seconds)
        await self.check_health()
        if call <= self._script.fail_first:
            raise EngineUnavailable(f"Call {call} of {self._script.fail_first} that the script makes fail.")


def smallest_instance(schema: Mapping[str, Any]) -> object:
    """A small value of a JSON Schema: the first of an enum, empty texts and lists, required properties only."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return smallest_instance(schema[key][0])
    kinds = schema.get("type", "null")
    kind = kinds if isinstance(kinds, str) else "null" if "null" in kinds else kinds[0]
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: smallest_instance(properties.get(name, {})) for name in schema.get("required", ())}
    if kind == "array":
        return [smallest_instance(schema["items"])] * int(schema.get("minItems", 0))
    return {"string": "", "integer": 0, "number": 0, "boolean": False}.get(kind)


def _called(request: Generate) -> Mapping[str, Any] | None:
    """The call of a tool that the request insists on."""
    if not request.tools or request.tool_choice in ("auto", "none"):
        return None
    tools: Any = request.tools
    choice: Any = request.tool_choice
    function = tools[0]["function"] if choice == "required" else choice["function"]
    schema = next(each["function"].get("parameters", {}) for each in tools if each["function"]["name"] == function["name"])
    arguments = json.dumps(smallest_instance(schema))
    return {"id": "call_scripted", "type": "function", "function": {"name": function["name"], "arguments": arguments}}


def _vector(text: str) -> tuple[float, ...]:
    """Eight numbers, of length 1 together."""
    raw = [byte - 127.5 for byte in hashlib.sha256(text.encode()).digest()[:8]]
    length = math.hypot(*raw)
    return tuple(number / length for number in raw)


def _tokens(*texts: str) -> int:
    return sum(math.ceil(len(text) / CHARACTERS_PER_TOKEN) for text in texts)
