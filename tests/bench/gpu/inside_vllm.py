"""Run by a Python that has vLLM: starts it once with made-up weights and prints what it took of the card, as JSON.

stdin: {"folder": …, "arguments": {…}}. vLLM stays in this process, so that its worker's own figures can be read: what it calls
weights, peak of the trial run, other memory and graphs is what its log says, to the byte.
"""

import json
import os
import sys
import time
from typing import Any


def main() -> None:
    """One start, one full batch, one line."""
    asked = json.load(sys.stdin)
    os.environ |= {
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "VLLM_NO_USAGE_STATS": "1",
        "HF_HUB_OFFLINE": "1",
        "VLLM_LOGGING_LEVEL": "WARNING",
    }
    begin = time.monotonic()
    import torch
    from vllm import LLM, SamplingParams

    imported = time.monotonic()
    free_before, total = torch.cuda.mem_get_info()
    llm: Any = LLM(
        model=asked["folder"], load_format="dummy", skip_tokenizer_init=True, disable_log_stats=True, **asked["arguments"]
    )
    started = time.monotonic()
    free_started, _ = torch.cuda.mem_get_info()
    (parts,) = llm.collective_rpc(_parts)
    _full_batch(llm, SamplingParams, asked["arguments"])
    free_full, _ = torch.cuda.mem_get_info()
    properties = torch.cuda.get_device_properties(0)
    answer = parts | {
        "card": properties.name,
        "card_bytes": total,
        "used_started_bytes": free_before - free_started,
        "used_full_bytes": free_before - free_full,
        "import_seconds": imported - begin,
        "start_seconds": started - imported,
    }
    print(json.dumps(answer))


def _parts(worker: Any) -> dict[str, int]:
    """What vLLM's worker says of itself (gpu_worker.py, determine_available_memory)."""
    cache = worker.vllm_config.cache_config
    return {
        "weights_bytes": int(worker.model_runner.model_memory_usage),
        "activation_bytes": int(worker.peak_activation_memory),
        "non_torch_bytes": int(worker.non_torch_memory),
        "cuda_graph_bytes": int(worker.cudagraph_memory_estimate),
        "kv_available_bytes": int(worker.available_kv_cache_memory_bytes),
        "kv_blocks": int(cache.num_gpu_blocks),
        "kv_block_tokens": int(cache.block_size),
    }


def _full_batch(llm: Any, parameters: Any, arguments: dict[str, Any]) -> None:
    """As many requests as it may run at once, each as long as it may be."""
    length = arguments["max_model_len"] - 8
    prompts = [
        {"prompt_token_ids": [(7 * place + i) % 1000 + 3 for i in range(length)]} for place in range(arguments["max_num_seqs"])
    ]
    llm.generate(prompts, parameters(max_tokens=8, ignore_eos=True, detokenize=False, temperature=0.0), use_tqdm=False)


if __name__ == "__main__":
    main()
