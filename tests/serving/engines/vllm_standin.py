"""A stand-in for the `vllm` package, which needs CUDA: the names that `engines/vllm.py` uses, with their signatures.

Taken from the wheel of vLLM 0.25.1, file by file: `vllm/engine/arg_utils.py` (EngineArgs, AsyncEngineArgs), `vllm/outputs.py`
(CompletionOutput, RequestOutput), `vllm/logprobs.py` (Logprob), `vllm/inputs/llm.py` (TokensPrompt), `vllm/sampling_params.py`
(RequestOutputKind, SamplingParams, StructuredOutputsParams and their checks), `vllm/pooling_params.py` (PoolingParams),
`vllm/v1/engine/async_llm.py` (AsyncLLM), `vllm/v1/engine/exceptions.py`, `vllm/v1/engine/input_processor.py` (the checks of a
prompt), `vllm/tokenizers/protocol.py`.
Arguments it does not list are a TypeError, as in the real one. `test_engine_contract` runs the real one where there is a GPU.
"""

import asyncio
import json
import math
import re
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import ModuleType
from typing import Any, TypedDict

import pytest

from lamplighter_serving.engines.scripted import smallest_instance


class EngineDeadError(Exception):
    """`vllm.v1.engine.exceptions`."""


class EngineGenerateError(Exception):
    """`vllm.v1.engine.exceptions`."""


class RequestOutputKind(Enum):
    CUMULATIVE = 0
    DELTA = 1
    FINAL_ONLY = 2


class TokensPrompt(TypedDict):
    prompt_token_ids: list[int]


@dataclass
class StructuredOutputsParams:
    json: str | dict[str, Any] | None = None
    regex: str | None = None
    choice: list[str] | None = None
    grammar: str | None = None
    json_object: bool | None = None
    disable_any_whitespace: bool = False
    disable_additional_properties: bool = False
    whitespace_pattern: str | None = None
    structural_tag: str | None = None

    def __post_init__(self) -> None:
        kinds = (self.json, self.regex, self.choice, self.grammar, self.json_object, self.structural_tag)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("You can only use one kind of structured outputs constraint")


@dataclass(kw_only=True)
class SamplingParams:
    temperature: float = 1.0
    seed: int | None = None
    max_tokens: int | None = 16
    logprobs: int | None = None
    logprob_token_ids: list[int] | None = None
    output_kind: RequestOutputKind = RequestOutputKind.CUMULATIVE
    structured_outputs: StructuredOutputsParams | None = None
    top_p: float = 1.0
    stop: str | list[str] | None = None
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    allowed_token_ids: list[int] | None = None

    def __post_init__(self) -> None:
        if self.max_tokens is not None and self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, got {self.max_tokens}.")
        if self.allowed_token_ids is not None and not self.allowed_token_ids:
            raise ValueError("allowed_token_ids is not None and empty!")


@dataclass(kw_only=True)
class PoolingParams:
    task: str | None = None
    dimensions: int | None = None
    normalize: bool | None = None


class Tensor:
    """`torch.Tensor`, as far as it is read."""

    def __init__(self, numbers: list[float]) -> None:
        self._numbers = numbers

    def tolist(self) -> list[float]:
        return self._numbers


@dataclass
class PoolingOutput:
    data: Tensor


@dataclass
class PoolingRequestOutput:
    request_id: str
    outputs: PoolingOutput
    prompt_token_ids: list[int]
    num_cached_tokens: int
    finished: bool


@dataclass(kw_only=True)
class AsyncEngineArgs:
    model: str = "Qwen/Qwen3-0.6B"
    runner: str = "auto"
    served_model_name: str | list[str] | None = None
    tokenizer_mode: str = "auto"
    trust_remote_code: bool = False
    kv_cache_dtype: str = "auto"
    load_format: str = "auto"
    model_loader_extra_config: dict[str, Any] = field(default_factory=dict)
    max_model_len: int | None = None
    distributed_executor_backend: str | None = None
    tensor_parallel_size: int = 1
    pipeline_parallel_size: int = 1
    enable_prefix_caching: bool | None = None
    gpu_memory_utilization: float = 0.92
    max_num_seqs: int | None = None
    disable_log_stats: bool = False
    enforce_eager: bool = False
    generation_config: str = "auto"
    enable_log_requests: bool = False


@dataclass
class Logprob:
    logprob: float
    rank: int | None = None
    decoded_token: str | None = None


@dataclass
class CompletionOutput:
    index: int
    text: str
    token_ids: Sequence[int]
    cumulative_logprob: float | None
    logprobs: list[dict[int, Logprob]] | None
    finish_reason: str | None = None
    stop_reason: int | str | None = None


@dataclass
class RequestOutput:
    request_id: str
    prompt: str | None
    prompt_token_ids: list[int] | None
    prompt_logprobs: None
    outputs: list[CompletionOutput]
    finished: bool


class Tokenizer:
    """Words and signs with the space before them; ids as they come. The methods that `TokenizerLike` promises."""

    def __init__(self) -> None:
        self.knows_tools = True
        self._ids: dict[str, int] = {}
        self._texts: list[str] = []

    def encode(
        self,
        text: str,
        truncation: bool | None = None,
        max_length: int | None = None,
        add_special_tokens: bool = True,
    ) -> list[int]:
        pieces = re.findall(r"<\|\w+\|>| ?\w+| ?[^\w\s]|\s", text)
        for piece in pieces:
            if piece not in self._ids:
                self._ids[piece] = len(self._texts)
                self._texts.append(piece)
        return [self._ids[piece] for piece in pieces]

    def decode(self, ids: Sequence[int] | int, skip_special_tokens: bool = False) -> str:
        return "".join(self._texts[each] for each in ([ids] if isinstance(ids, int) else ids))

    def apply_chat_template(
        self, messages: list[dict[str, str]], tools: list[dict[str, Any]] | None = None, **kwargs: Any
    ) -> str | list[int]:
        text = f"<|tools|>\n{json.dumps(tools)}\n" if tools and self.knows_tools else ""
        text += "".join(f"<|{message['role']}|>\n{message['content']}\n" for message in messages)
        text += "<|assistant|>\n" if kwargs.get("add_generation_prompt") else ""
        return text if kwargs.get("tokenize") is False else self.encode(text)


@dataclass
class Told:
    """What a test tells the stand-in, and what it saw."""

    start_error: Exception | None = None
    error: Exception | None = None  # raised by the next calls
    text: str = "A text of seven tokens."
    finish_reason: str | None = None  # instead of stop or length
    hold: asyncio.Event | None = None  # an answer waits for it
    arguments: list[AsyncEngineArgs] = field(default_factory=list)
    sampling: list[SamplingParams] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    arrived: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))  # released by every call that begins
    at_once: int = 0
    most_at_once: int = 0
    aborted: int = 0
    shut_down: int = 0


class AsyncLLM:
    told = Told()

    def __init__(self, engine_args: AsyncEngineArgs) -> None:
        self._args = engine_args
        self._tokenizer = Tokenizer()
        self._running = asyncio.Semaphore(engine_args.max_num_seqs or 256)

    @classmethod
    def from_engine_args(
        cls,
        engine_args: AsyncEngineArgs,
        start_engine_loop: bool = True,
        usage_context: object = None,
        stat_loggers: list[object] | None = None,
    ) -> "AsyncLLM":
        cls.told.arguments.append(engine_args)
        if cls.told.start_error is not None:
            raise cls.told.start_error
        return cls(engine_args)

    def get_tokenizer(self) -> Tokenizer:
        return self._tokenizer

    async def check_health(self) -> None:
        if isinstance(self.told.error, EngineDeadError):
            raise self.told.error

    def shutdown(self, timeout: float | None = None) -> None:
        self.told.shut_down += 1

    async def generate(
        self,
        prompt: TokensPrompt,
        sampling_params: SamplingParams,
        request_id: str,
        *,
        prompt_text: str | None = None,
        lora_request: object = None,
        tokenization_kwargs: dict[str, Any] | None = None,
        trace_headers: dict[str, str] | None = None,
        priority: int = 0,
        data_parallel_rank: int | None = None,
        reasoning_ended: bool | None = None,
        reasoning_parser_kwargs: dict[str, Any] | None = None,
    ) -> AsyncGenerator[RequestOutput, None]:
        told = self.told
        if told.error is not None:
            raise told.error
        ids = prompt["prompt_token_ids"]
        if not ids or len(ids) >= (self._args.max_model_len or 0):
            raise ValueError(f"The decoder prompt (length {len(ids)}) is longer than the maximum model length")
        told.sampling.append(sampling_params)
        told.prompts.append(self._tokenizer.decode(ids))
        async with self._running:
            told.at_once += 1
            told.most_at_once = max(told.most_at_once, told.at_once)
            told.arrived.release()
            try:
                if told.hold is not None:
                    await told.hold.wait()
            except asyncio.CancelledError:
                told.aborted += 1
                raise
            finally:
                told.at_once -= 1
            whole = self._output(request_id, ids, sampling_params)
            if sampling_params.output_kind is RequestOutputKind.CUMULATIVE:
                for count in range(1, len(whole.outputs[0].token_ids)):
                    yield self._so_far(whole, count)
            yield whole

    def _so_far(self, whole: RequestOutput, count: int) -> RequestOutput:
        ids = whole.outputs[0].token_ids[:count]
        text = self._tokenizer.decode(ids)
        output = CompletionOutput(index=0, text=text, token_ids=ids, cumulative_logprob=None, logprobs=None)
        return RequestOutput(whole.request_id, None, whole.prompt_token_ids, None, [output], False)

    async def encode(
        self,
        prompt: TokensPrompt,
        pooling_params: PoolingParams,
        request_id: str,
        lora_request: object = None,
        trace_headers: dict[str, str] | None = None,
        priority: int = 0,
        tokenization_kwargs: dict[str, Any] | None = None,
        reasoning_ended: bool | None = None,
    ) -> AsyncGenerator[PoolingRequestOutput, None]:
        if self.told.error is not None:
            raise self.told.error
        if self._args.runner != "pooling" or pooling_params.task != "embed":
            raise ValueError("This model does not support this pooling task.")
        ids = prompt["prompt_token_ids"]
        yield PoolingRequestOutput(request_id, PoolingOutput(Tensor([1.0, float(len(ids))])), ids, 0, True)

    def _output(self, request_id: str, ids: list[int], sampling: SamplingParams) -> RequestOutput:
        constraint = sampling.structured_outputs
        text = self.told.text
        if constraint is not None and isinstance(constraint.json, dict):
            text = json.dumps(smallest_instance(constraint.json))
        allowed = sampling.allowed_token_ids
        written = [allowed[0]] if allowed else self._tokenizer.encode(text)
        room = min(sampling.max_tokens or 10**9, (self._args.max_model_len or 0) - len(ids))
        cut = len(written) > room
        written = written[:room]
        output = CompletionOutput(
            index=0,
            text=self._tokenizer.decode(written),
            token_ids=written,
            cumulative_logprob=None,
            logprobs=self._logprobs(sampling),
            finish_reason=self.told.finish_reason or ("length" if cut else "stop"),
        )
        return RequestOutput(request_id, None, ids, None, [output], True)

    def _logprobs(self, sampling: SamplingParams) -> list[dict[int, Logprob]] | None:
        """Half of the likelihood for the first token asked for, half of the rest for the next, and so on."""
        if sampling.logprob_token_ids is None:
            return None
        return [
            {token: Logprob(-(place + 1) * math.log(2), place + 1) for place, token in enumerate(sampling.logprob_token_ids)}
        ]


def install(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Makes `import vllm` find the stand-in; returns what tells and watches it."""
    modules = {
        "vllm": {
            "AsyncEngineArgs": AsyncEngineArgs,
            "PoolingParams": PoolingParams,
            "SamplingParams": SamplingParams,
            "TokensPrompt": TokensPrompt,
        },
        "vllm.sampling_params": {
            "RequestOutputKind": RequestOutputKind,
            "StructuredOutputsParams": StructuredOutputsParams,
            "SamplingParams": SamplingParams,
        },
        "vllm.v1": {},
        "vllm.v1.engine": {},
        "vllm.v1.engine.async_llm": {"AsyncLLM": AsyncLLM},
        "vllm.v1.engine.exceptions": {"EngineDeadError": EngineDeadError, "EngineGenerateError": EngineGenerateError},
    }
    for name, members in modules.items():
        module = ModuleType(name)
        module.__dict__.update(members)
        monkeypatch.setitem(sys.modules, name, module)
    AsyncLLM.told = Told()
    return AsyncLLM.told
