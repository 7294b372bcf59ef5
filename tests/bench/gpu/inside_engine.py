"""Run by a Python that has vLLM: our engine from nothing to its first answer, and its throughput against vLLM alone.

stdin: {"folder": …, "context_tokens": …, "concurrency": …, "requests": …, "answer_tokens": …}. Prints JSON: seconds of each
stage, and tokens a second of both. The two are started one after the other, for two do not fit; the prompts are the same.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from bench.gpu.shape import MEMORY_FRACTION
from lamplighter_serving.catalog import WorkerClass
from lamplighter_serving.engines.base import Generate, Message
from lamplighter_serving.engines.vllm import VllmEngine


def main() -> None:
    """Ours, then vLLM's own."""
    asked = json.load(sys.stdin)
    ours = asyncio.run(_ours(asked))
    print(json.dumps(ours | {"raw_tokens_per_second": _raw(asked)}))


async def _ours(asked: dict[str, Any]) -> dict[str, float]:
    worker_class = WorkerClass(
        name="extract",
        engine="vllm",
        model="measured",
        context_tokens=asked["context_tokens"],
        concurrency=asked["concurrency"],
        memory_fraction=MEMORY_FRACTION,
        engine_options={},
        jobs_per_replica=asked["concurrency"],
        cooldown_seconds=60.0,
        max_job_seconds=600.0,
        max_attempts=1,
    )
    begin = time.monotonic()
    import vllm  # noqa: F401

    imported = time.monotonic()
    engine = VllmEngine(worker_class, Path(asked["folder"]))
    started = time.monotonic()
    await engine.generate(_request(asked, 0, answer_tokens=1))
    first = time.monotonic()
    await asyncio.gather(*(engine.generate(_request(asked, place)) for place in range(asked["concurrency"])))
    begun = time.monotonic()
    room = asyncio.Semaphore(asked["concurrency"])

    async def one(place: int) -> int:
        async with room:
            return (await engine.generate(_request(asked, place))).completion_tokens

    tokens = sum(await asyncio.gather(*(one(place) for place in range(asked["requests"]))))
    seconds = time.monotonic() - begun
    await engine.close()
    return {
        "import_seconds": imported - begin,
        "engine_seconds": started - imported,
        "first_token_seconds": first - started,
        "ours_tokens_per_second": tokens / seconds,
    }


def _raw(asked: dict[str, Any]) -> float:
    """vLLM's offline interface over the same prompts: what nothing around it would give."""
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "1"
    from vllm import LLM, SamplingParams

    llm: Any = LLM(
        model=asked["folder"],
        max_model_len=asked["context_tokens"],
        max_num_seqs=asked["concurrency"],
        gpu_memory_utilization=MEMORY_FRACTION,
        generation_config="vllm",
        disable_log_stats=True,
    )
    parameters = SamplingParams(max_tokens=asked["answer_tokens"], temperature=0.0, seed=0)
    chats = [
        [{"role": message.role, "content": message.content} for message in _request(asked, place).messages]
        for place in range(asked["requests"])
    ]
    llm.chat(chats[: asked["concurrency"]], parameters, use_tqdm=False)
    begun = time.monotonic()
    outputs = llm.chat(chats, parameters, use_tqdm=False)
    return float(sum(len(output.outputs[0].token_ids) for output in outputs) / (time.monotonic() - begun))


def _request(asked: dict[str, Any], place: int, answer_tokens: int | None = None) -> Generate:
    """A prompt of some 500 bytes that begins like no other, so that no cache answers."""
    text = f"{place:05d} " + "Faktura, odběratel, celkem k úhradě. " * 12
    return Generate(messages=(Message(role="user", content=text),), max_tokens=answer_tokens or asked["answer_tokens"])


if __name__ == "__main__":
    main()
