"""vLLM inside this process: the engine of GPU pods. Its scheduler and the model run in a child process of vLLM's own.

What decides about memory (fraction, context, sequences) is always said, never left to vLLM's defaults, which change between
versions: those three are what `lamplighter check` computes with. Weights come from a folder on this machine; nothing is fetched
and nothing reported. Written against vLLM 0.25; prompts go in as tokens, so that we know their length before vLLM does.
"""

import asyncio
import logging
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..catalog import WorkerClass
from ..completion.tasks import EMBED, GENERATE
from ..errors import EngineRefused, EngineUnavailable, SettingsError
from .base import Choice, Choose, Delta, Embed, Embeddings, EngineFacts, Generate, Generation, Tell
from .chat import LENGTH, STOP, TOOL_CALLS, chat, embeds_not, no_tools
from .likelihood import uniform, weigh_labels
from .options import GPUS, NODES, EngineOptions
from .toolcalls import split_calls, tellable

KV_CACHE_DTYPE, ENFORCE_EAGER = "kvCacheDtype", "enforceEager"
#: A folder in object storage (s3://, gs://, az://) from which Run:ai's streamer reads weights straight into the GPU's memory.
STREAM_FROM = "streamFrom"

#: No usage reports, no look at the model hub, no log line about a request (those have its text).
_ENVIRONMENT: Mapping[str, str] = {
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_DO_NOT_TRACK": "1",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_LOGGING_LEVEL": "WARNING",
}


class VllmEngine:
    """An `Engine` on vLLM. The constructor loads the model, which takes from half a minute to several."""

    def __init__(self, worker_class: WorkerClass, model_path: Path | None) -> None:
        options = EngineOptions(worker_class, {KV_CACHE_DTYPE, ENFORCE_EAGER, GPUS, NODES, STREAM_FROM})
        arguments = _arguments(worker_class, model_path, options)
        os.environ.update(_ENVIRONMENT)
        # Heavy, needs CUDA, and not in every image.
        from vllm import AsyncEngineArgs, PoolingParams, SamplingParams, TokensPrompt  # noqa: PLC0415
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams  # noqa: PLC0415
        from vllm.v1.engine.async_llm import AsyncLLM  # noqa: PLC0415
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError  # noqa: PLC0415

        logging.getLogger("vllm").setLevel(logging.WARNING)
        self._dead: type[Exception] = EngineDeadError
        self._failed: type[Exception] = EngineGenerateError
        self._prompt: Any = TokensPrompt
        self._sampling: Any = SamplingParams
        self._structured: Any = StructuredOutputsParams
        self._final_only, self._cumulative = RequestOutputKind.FINAL_ONLY, RequestOutputKind.CUMULATIVE
        self._pooling: Any = PoolingParams
        self._worker, self._embeds = worker_class.name, EMBED in worker_class.tasks
        try:
            self._engine: Any = AsyncLLM.from_engine_args(AsyncEngineArgs(**arguments))
        except (RuntimeError, ValueError, OSError) as error:
            # Before the first document, so the library's own words are safe, and they say which number to change.
            raise EngineUnavailable(
                f"vLLM did not start: {error}", hint="Does the model fit? Ask lamplighter check."
            ) from error
        self._tokenizer: Any = self._engine.get_tokenizer()
        self._label_tokens: dict[str, tuple[int, ...]] = {}
        self._facts = EngineFacts(
            name="vllm",
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
        """Writes an answer; with a schema, by vLLM's grammar of it. It ends where the context does.

        Calls of tools are told with the whole answer: a half written one is of no use.
        """
        tokens = self._prompt_of(request)
        room = self._facts.context_tokens - len(tokens)
        constraint = None if request.json_schema is None else self._structured(json=dict(request.json_schema))
        output = await self._run(
            tokens,
            max_tokens=min(request.max_tokens, room),
            temperature=request.temperature,
            seed=request.seed,
            structured_outputs=constraint,
            hear=None if tell is None else _hearing(tell, holds_back=bool(request.tools)),
            **request.sampling,
        )
        if output.finish_reason not in (STOP, LENGTH):
            raise EngineUnavailable(f"vLLM ended the answer with {output.finish_reason!r}.")
        text, calls = split_calls(output.text) if request.tools else (output.text, ())
        return Generation(
            text=text,
            finish_reason=TOOL_CALLS if calls and output.finish_reason == STOP else output.finish_reason,
            prompt_tokens=len(tokens),
            completion_tokens=len(output.token_ids),
            tool_calls=calls,
        )

    async def embed(self, request: Embed) -> Embeddings:
        """The model's own pooling, normalised."""
        if not self._embeds:
            raise embeds_not(self._worker)
        prompts = [self._tokenizer.encode(text) for text in request.texts]
        for place, tokens in enumerate(prompts):
            if len(tokens) > self._facts.context_tokens:
                raise EngineRefused(
                    f"input[{place}] has {len(tokens)} tokens, the context {self._facts.context_tokens}.",
                    hint="Send shorter texts, or raise contextTokens of the worker class.",
                )
        vectors = await asyncio.gather(*(self._embedded(tokens) for tokens in prompts))
        return Embeddings(vectors=tuple(vectors), prompt_tokens=sum(map(len, prompts)))

    async def choose(self, request: Choose) -> Choice:
        """Weighs the labels by the likelihood of the next token after `prefix`."""
        tokens = self._tokens(chat(request.messages), request.prefix)
        label_of = {token: label for label in request.labels for token in self._tokens_of(label)}
        if set(label_of.values()) != set(request.labels):
            return Choice(log_probabilities=uniform(request.labels), prompt_tokens=len(tokens))
        wanted = sorted(label_of)
        # Reported are the model's own likelihoods, before the restriction, of exactly these tokens.
        output = await self._run(
            tokens, max_tokens=1, temperature=0.0, seed=0, logprob_token_ids=wanted, allowed_token_ids=wanted
        )
        first = output.logprobs[0] if output.logprobs else {}
        top = [(label_of[token], float(item.logprob)) for token, item in first.items() if token in label_of]
        return Choice(log_probabilities=weigh_labels(request.labels, top), prompt_tokens=len(tokens))

    async def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Exact counts, by the model's own tokenizer."""
        return tuple(len(self._tokenizer.encode(text, add_special_tokens=False)) for text in texts)

    async def check_health(self) -> None:
        """Raises `EngineUnavailable` when vLLM's child process has ended: it does not come back."""
        try:
            await self._engine.check_health()
        except self._dead:
            raise _dead() from None

    async def close(self) -> None:
        """Ends vLLM's child process, which frees the GPU."""
        self._engine.shutdown()

    async def _embedded(self, tokens: Sequence[int]) -> tuple[float, ...]:
        with self._errors():
            prompt = self._prompt(prompt_token_ids=list(tokens))
            vector: tuple[float, ...] = ()
            async for output in self._engine.encode(prompt, self._pooling(task="embed"), request_id=uuid.uuid4().hex):
                vector = tuple(float(number) for number in output.outputs.data.tolist())
        if not vector:
            raise EngineUnavailable("vLLM ended a request without an answer.")
        return vector

    def _prompt_of(self, request: Generate) -> list[int]:
        if request.prompt is not None:
            return self._fitting(self._tokenizer.encode(request.prompt))
        messages = chat(request.messages)
        if not request.tools or request.tool_choice == "none":
            return self._tokens(messages)
        if request.tool_choice != "auto":
            raise EngineRefused("tool_choice can be auto or none here.", hint="The model decides whether it calls a tool.")
        tooled = self._tokens(messages, tools=[dict(tool) for tool in request.tools])
        if tooled == self._tokens(messages):
            raise no_tools()
        return tooled

    def _tokens(self, messages: Sequence[Mapping[str, Any]], prefix: str = "", tools: list[Any] | None = None) -> list[int]:
        # Templates that know no thinking ignore the switch; with it, the answer would come after a page of thoughts.
        text = self._tokenizer.apply_chat_template(
            messages, tools=tools, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return self._fitting(self._tokenizer.encode(text + prefix, add_special_tokens=False))

    def _fitting(self, tokens: list[int]) -> list[int]:
        if len(tokens) >= self._facts.context_tokens:
            raise EngineRefused(
                f"The prompt has {len(tokens)} tokens, the context {self._facts.context_tokens}.",
                hint="Raise contextTokens of the worker class.",
            )
        return tokens

    def _tokens_of(self, label: str) -> tuple[int, ...]:
        """The tokens that are the label, with and without a space before it."""
        if label not in self._label_tokens:
            written = (self._tokenizer.encode(text, add_special_tokens=False) for text in (label, f" {label}"))
            last = {tokens[-1] for tokens in written if tokens}
            self._label_tokens[label] = tuple(
                sorted(token for token in last if self._tokenizer.decode([token]).strip() == label)
            )
        return self._label_tokens[label]

    async def _run(self, tokens: Sequence[int], hear: Callable[[str], None] | None = None, **sampling: object) -> Any:
        """The output of one request; `hear` gets its text so far. Cancelling it ends it in vLLM too."""
        with self._errors():
            kind = self._final_only if hear is None else self._cumulative
            parameters = self._sampling(output_kind=kind, **sampling)
            prompt = self._prompt(prompt_token_ids=list(tokens))
            outputs = []
            async for answer in self._engine.generate(prompt, parameters, request_id=uuid.uuid4().hex):
                outputs = answer.outputs
                if hear is not None and outputs:
                    hear(outputs[0].text)
        if not outputs:
            raise EngineUnavailable("vLLM ended a request without an answer.")
        return outputs[0]

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """vLLM's errors as ours; its own words may quote the prompt."""
        try:
            yield
        except self._dead:
            raise _dead() from None
        except self._failed:
            raise EngineUnavailable("vLLM failed with this request and goes on with others.") from None
        except ValueError:
            raise EngineRefused("vLLM cannot take this request.", hint="The schema may be beyond its grammar.") from None


def _hearing(tell: Tell, *, holds_back: bool) -> Callable[[str], None]:
    """Tells what is new of a text that grows; with `holds_back` nothing of a call that may be beginning."""
    told = 0

    def hear(text: str) -> None:
        nonlocal told
        safe = tellable(text) if holds_back else len(text)
        if safe > told:
            tell(Delta(text=text[told:safe]))
            told = safe

    return hear


def _arguments(worker_class: WorkerClass, model_path: Path | None, options: EngineOptions) -> Mapping[str, object]:
    stream = options.get(STREAM_FROM, "")
    if not stream and (model_path is None or not model_path.exists()):
        raise SettingsError(
            f"There is no model at {model_path}." if model_path else "vLLM needs a folder with a model.",
            hint="Set LAMPLIGHTER_MODEL_PATH to a folder with config.json and weights.",
        )
    if worker_class.memory_fraction is None:
        raise SettingsError(
            f"workers.{worker_class.name}.memoryFraction is missing.", hint="lamplighter plan computes it for the pool's GPU."
        )
    if worker_class.tasks == {EMBED, GENERATE}:
        raise SettingsError(
            f"workers.{worker_class.name}.tasks has both {EMBED} and {GENERATE}, of which vLLM does one.",
            hint="Make a worker class of each.",
        )
    gpus, nodes = options.get(GPUS, 1), options.get(NODES, 1)
    return {
        "runner": "pooling" if EMBED in worker_class.tasks else "generate",
        "model": stream or str(model_path),
        "load_format": "runai_streamer" if stream else "auto",
        # Else each GPU's process reads all weights, and the network carries them as many times.
        "model_loader_extra_config": {"distributed": True} if stream and gpus > 1 else {},
        "served_model_name": worker_class.model,
        "gpu_memory_utilization": worker_class.memory_fraction,
        "max_model_len": worker_class.context_tokens,
        "max_num_seqs": worker_class.concurrency,
        "kv_cache_dtype": options.get(KV_CACHE_DTYPE, "auto"),
        "enforce_eager": options.get(ENFORCE_EAGER, False),
        "tensor_parallel_size": gpus,
        # The fast links are inside a node: tensors are split there, and layers over the nodes.
        "pipeline_parallel_size": nodes,
        # In a Ray actor vLLM would otherwise ask our Ray for more workers; over nodes that is what is wanted.
        "distributed_executor_backend": "ray" if nodes > 1 else "mp" if gpus > 1 else None,
        # The questions about one document share their beginning.
        "enable_prefix_caching": True,
        # A repository's tokenizer may bring a template of another form, and its generation settings are not ours.
        "tokenizer_mode": "hf",
        "generation_config": "vllm",
        "trust_remote_code": False,
        "enable_log_requests": False,
        "disable_log_stats": True,
    }


def _dead() -> EngineUnavailable:
    return EngineUnavailable("vLLM's engine process has ended.", hint="A new replica is started.")
