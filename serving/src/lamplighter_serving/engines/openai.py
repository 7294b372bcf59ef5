"""An engine behind any endpoint that speaks the OpenAI API. Documents leave this process: to the address in the catalog, only.

Knows the request form and what servers of that API differ in (`server`). Retries nothing: a job that finds the endpoint away
goes back to the queue. The endpoint's own words may quote the prompt, so no error repeats them. Proxies and credentials that
happen to stand in the environment are not used; the key comes from the settings.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from ..catalog import WorkerClass
from ..completion.tasks import EMBED
from ..errors import EngineRefused, EngineUnavailable, SettingsError
from .base import Choice, Choose, Embed, Embeddings, EngineFacts, Generate, Generation, Tell
from .chat import (
    LENGTH,
    STOP,
    TOOL_CALLS,
    Gathered,
    chat,
    embeddings,
    embeds_not,
    first_tokens,
    generation,
    prompt_tokens,
    writing,
)
from .likelihood import weigh_labels
from .options import EngineOptions

BASE_URL, TIMEOUT, SERVER = "baseUrl", "timeoutSeconds", "server"
#: An answer of some hundred tokens takes seconds; a queue in front of the endpoint may add a minute.
DEFAULT_TIMEOUT_SECONDS = 120.0
#: A host that is down should not hold a job for the whole of that.
CONNECT_TIMEOUT_SECONDS = 5.0
#: Tokens that a tokenizer adds to a text by itself (beginning of text, a leading space).
ADDED_TOKENS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """What a server can do beyond the API.

    `continues`: the fields that make it go on with a last turn of the assistant instead of answering it; None when it cannot.
    `tokenize`: the field in which its `/tokenize` takes a text; None where there is no such address.
    """

    top_tokens: int  # how many likeliest tokens it gives at most
    continues: Mapping[str, object] | None = None
    tokenize: str | None = None


SERVERS: Mapping[str, Server] = {
    "openai": Server(top_tokens=20),
    "llamacpp": Server(top_tokens=64, continues={}, tokenize="content"),
    "vllm": Server(
        top_tokens=20, continues={"continue_final_message": True, "add_generation_prompt": False}, tokenize="prompt"
    ),
}

#: Statuses that speak of the request and not of the endpoint.
_REFUSED_STATUSES = frozenset({400, 413, 422})
_HINTS: Mapping[int, str] = {
    401: "Set LAMPLIGHTER_ENGINE_API_KEY to a key of the endpoint.",
    403: "The key in LAMPLIGHTER_ENGINE_API_KEY may not use this model.",
    404: "Is engineOptions.baseUrl right (it usually ends in /v1), and does the endpoint serve the model?",
    429: "The endpoint limits its callers; lower concurrency of the worker class.",
}


class OpenAiEngine:
    """An `Engine` over HTTP. The constructor connects to nothing."""

    def __init__(self, worker_class: WorkerClass, api_key: str | None) -> None:
        options = EngineOptions(worker_class, {BASE_URL, TIMEOUT, SERVER})
        self._base_url = _base_url(options, worker_class)
        self._server = _server(options, worker_class)
        self._timeout_seconds = options.get(TIMEOUT, DEFAULT_TIMEOUT_SECONDS)
        self._facts = EngineFacts(
            name="openai",
            model=worker_class.model,
            context_tokens=worker_class.context_tokens,
            concurrency=worker_class.concurrency,
            details=options.details,
        )
        self._worker, self._embeds = worker_class.name, EMBED in worker_class.tasks
        self._slots = asyncio.Semaphore(worker_class.concurrency)
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx.Timeout(self._timeout_seconds, connect=min(CONNECT_TIMEOUT_SECONDS, self._timeout_seconds)),
            limits=httpx.Limits(max_connections=worker_class.concurrency),
            trust_env=False,
        )

    @property
    def facts(self) -> EngineFacts:
        """Model, context and concurrency as the catalog says them; the endpoint is not asked."""
        return self._facts

    async def generate(self, request: Generate, tell: Tell | None = None) -> Generation:
        """Writes an answer; with a schema, constrained by the endpoint."""
        path = "/chat/completions" if request.prompt is None else "/completions"
        body = {"model": self._facts.model, "stream": tell is not None, **writing(request)}
        try:
            if tell is None:
                written = generation(await self._post(f"{self._base_url}{path}", body))
            else:
                written = await self._streamed(path, {**body, "stream_options": {"include_usage": True}}, Gathered(tell))
        except (AttributeError, LookupError, TypeError, ValueError):
            raise _malformed() from None
        if written.finish_reason not in (STOP, LENGTH, TOOL_CALLS):
            raise EngineRefused("The endpoint ended the answer for a reason of its own.", hint="Does it filter contents?")
        return written

    async def choose(self, request: Choose) -> Choice:
        """Weighs the labels by the likelihood of the next token; the prefix is left out where the server cannot continue it."""
        body: dict[str, object] = {
            "messages": chat(request.messages),
            "max_tokens": 1,
            "temperature": 0.0,
            "logprobs": True,
            "top_logprobs": self._server.top_tokens,
        }
        if self._server.continues is not None:
            body.update(self._server.continues if request.prefix else {}, messages=chat(request.messages, request.prefix))
        answer = await self._complete(body)
        try:
            weights = weigh_labels(request.labels, first_tokens(answer))
            return Choice(log_probabilities=weights, prompt_tokens=prompt_tokens(answer))
        except (AttributeError, LookupError, TypeError, ValueError):
            raise _malformed() from None

    async def embed(self, request: Embed) -> Embeddings:
        """The endpoint's vectors."""
        if not self._embeds:
            raise embeds_not(self._worker)
        body = {"model": self._facts.model, "input": list(request.texts), "encoding_format": "float"}
        answer = await self._post(f"{self._base_url}/embeddings", body)
        try:
            return embeddings(answer)
        except (AttributeError, LookupError, TypeError, ValueError):
            raise _malformed() from None

    async def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Exact counts where the server tells them; else the bytes, for no token is shorter than one."""
        field = self._server.tokenize
        if field is None:
            return tuple(len(text.encode()) + ADDED_TOKENS for text in texts)
        url = f"{self._base_url.removesuffix('/v1')}/tokenize"
        counted = await asyncio.gather(*(self._post(url, {"model": self._facts.model, field: text}) for text in texts))
        try:
            return tuple(len(answer["tokens"]) for answer in counted)
        except (LookupError, TypeError):
            raise _malformed() from None

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _complete(self, body: Mapping[str, object]) -> Any:
        return await self._post(f"{self._base_url}/chat/completions", {"model": self._facts.model, "stream": False, **body})

    async def _post(self, url: str, body: Mapping[str, object]) -> Any:
        async with self._asking():
            answer = await self._client.post(url, json=body)
        _check(answer.status_code)
        try:
            return answer.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise _malformed() from None

    async def _streamed(self, path: str, body: Mapping[str, object], gathered: Gathered) -> Generation:
        async with self._asking(), self._client.stream("POST", f"{self._base_url}{path}", json=body) as answer:
            _check(answer.status_code)
            async for line in answer.aiter_lines():
                data = line.removeprefix("data:").strip()
                if data == "[DONE]":
                    break  # not read to its end, the connection is closed: some servers close theirs here, and say nothing
                if data == line.strip():
                    continue  # a comment or an empty line
                chunk = json.loads(data)
                if "error" in chunk:
                    raise EngineUnavailable("The endpoint failed while it answered.", hint="Its own log may say why.")
                gathered.add(chunk)
        return gathered.whole()

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """A slot, and the endpoint's failures as ours."""
        try:
            # httpx counts the time between two pieces; an endpoint that drips would never be too slow for it.
            async with self._slots, asyncio.timeout(self._timeout_seconds):
                yield
        except (TimeoutError, httpx.TimeoutException):
            raise EngineUnavailable(
                f"The endpoint did not answer within {self._timeout_seconds:g} s.", hint="Raise engineOptions.timeoutSeconds."
            ) from None
        except httpx.HTTPError as error:
            raise EngineUnavailable(
                f"The endpoint cannot be reached ({type(error).__name__}).",
                hint="Is engineOptions.baseUrl right, and is it up?",
            ) from None


def _check(status: int) -> None:
    if status in _REFUSED_STATUSES:
        raise EngineRefused(
            f"The endpoint refused the request with status {status}.",
            hint="It may be longer than the endpoint's context, or the schema beyond what it can constrain to.",
        )
    if status != httpx.codes.OK:
        raise EngineUnavailable(f"The endpoint answered with status {status}.", hint=_HINTS.get(status, ""))


def _base_url(options: EngineOptions, worker_class: WorkerClass) -> str:
    url = options.get(BASE_URL, "")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise SettingsError(
            f"workers.{worker_class.name}.engineOptions.{BASE_URL} is not an address without credentials.",
            hint="Set it to the address before /chat/completions, such as https://llm.example.com/v1.",
        )
    return url.rstrip("/")


def _server(options: EngineOptions, worker_class: WorkerClass) -> Server:
    name = options.get(SERVER, "openai")
    if name not in SERVERS:
        raise SettingsError(
            f"workers.{worker_class.name}.engineOptions.{SERVER} is {name!r}, which is not one of: {', '.join(SERVERS)}.",
            hint="Name the server's kind; openai is what all of them have in common.",
        )
    return SERVERS[name]


def _malformed() -> EngineUnavailable:
    return EngineUnavailable("The endpoint's answer is not of the OpenAI API.", hint="Is engineOptions.baseUrl right?")
