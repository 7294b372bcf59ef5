"""Vectors of texts, by every engine that gives them."""

import asyncio
import math
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from lamplighter_serving.catalog import WorkerClass
from lamplighter_serving.engines.base import Embed, Embeddings, Engine, Generate, Message
from lamplighter_serving.engines.llamacpp import LlamaCppEngine
from lamplighter_serving.engines.openai import OpenAiEngine
from lamplighter_serving.engines.scripted import ScriptedEngine
from lamplighter_serving.engines.vllm import VllmEngine
from lamplighter_serving.errors import EngineRefused, SettingsError
from serving.engines.openai_server import Behaviour, openai_server
from serving.engines.vllm_standin import install
from serving.engines.worker_classes import worker_class

EMBED, BOTH = frozenset({"embed"}), frozenset({"embed", "generate"})
TEXTS = ("Faktura za elektřinu.", "Invoice for electricity.", "A cat sat on the mat.", "Faktura za elektřinu.")


def scripted(_: ExitStack) -> Engine:
    return ScriptedEngine(worker_class("scripted", tasks=EMBED))


def openai(stack: ExitStack) -> Engine:
    base_url = stack.enter_context(openai_server(Behaviour()))
    return OpenAiEngine(worker_class("openai", {"baseUrl": base_url}, tasks=EMBED), None)


def vllm(stack: ExitStack) -> Engine:
    install(stack.enter_context(pytest.MonkeyPatch.context()))
    return VllmEngine(worker_class("vllm", memory_fraction=0.5, tasks=EMBED), Path(__file__).parent)


@pytest.mark.parametrize("make", [scripted, openai, vllm])
def test_a_vector_for_each_text_in_their_order(make: Callable[[ExitStack], Engine]) -> None:
    async def main(stack: ExitStack) -> Embeddings:
        engine = make(stack)
        embedded = await engine.embed(Embed(texts=TEXTS))
        await engine.close()
        return embedded

    with ExitStack() as stack:
        embedded = asyncio.run(main(stack))
    assert len(embedded.vectors) == len(TEXTS)
    assert embedded.prompt_tokens > 0
    if make is openai:  # whose server tells them in another order
        assert [vector[1] for vector in embedded.vectors] == [0, 1, 2, 3]


def test_llamacpp_writes_and_embeds_with_one_model() -> None:
    async def main() -> None:
        engine = LlamaCppEngine(worker_class("llamacpp", {"embeddingTokens": 64}, tasks=BOTH), None, cpus=1)
        one, other, cat, again = (await engine.embed(Embed(texts=TEXTS))).vectors
        assert math.isclose(math.hypot(*one), 1.0, rel_tol=1e-4)
        assert sum(a * b for a, b in zip(one, again, strict=True)) > 0.999
        assert sum(a * b for a, b in zip(one, other, strict=True)) < 0.999
        assert one != cat
        answer = await engine.generate(Generate(messages=(Message(role="user", content="Say hello."),), max_tokens=8))
        assert answer.text
        with pytest.raises(EngineRefused, match="of at most 63 that are embedded"):
            await engine.embed(Embed(texts=("a", "word " * 100)))
        await engine.close()

    asyncio.run(main())


def test_vllm_is_told_to_pool_and_does_not_do_both(monkeypatch: pytest.MonkeyPatch) -> None:
    told = install(monkeypatch)

    def made(worker: WorkerClass) -> VllmEngine:
        return VllmEngine(worker, Path(__file__).parent)

    made(worker_class("vllm", memory_fraction=0.5, tasks=EMBED))
    assert told.arguments[0].runner == "pooling"
    with pytest.raises(SettingsError, match="of which vLLM does one"):
        made(worker_class("vllm", memory_fraction=0.5, tasks=BOTH))
