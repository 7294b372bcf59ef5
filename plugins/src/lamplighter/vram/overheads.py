"""What a vLLM engine takes beside weights, cache and activation: CUDA graphs, and memory outside PyTorch.

And how far sums err.
"""

from ..domain.llm import Architecture
from ..units import GIB, MIB
from .engine import GRAPHS_BUDGETED_SINCE, Card, EngineRun, Resolved, is_v1

#: Memory of the process outside PyTorch, CUDA context not counted (it is taken before the engine measures what is free): 0.01
#: to 0.16 GiB in runs on one GPU, 0.08 the middle one of nine; with ranks that talk, their buffers: 0.25 to 0.55 GiB at 2, 0.59
#: at 4, up to 2.2 at 8.
NON_TORCH_BYTES = 82 * MIB
NON_TORCH_BYTES_PER_FURTHER_RANK = 300 * MIB

#: FlashInfer attention's workspace (VLLM_FLASHINFER_WORKSPACE_BUFFER_SIZE, 394 MiB). Blackwell takes that backend by itself,
#: and an fp8 cache does everywhere but on Hopper, whose FlashAttention 3 reads fp8.
WORKSPACE_BYTES = 394 * MIB
HOPPER = 90
BLACKWELL = 100

#: CUDA graphs of each captured batch size: launch parameters of a layer's kernels, and a pool that grows with the largest. The
#: dearest of the measured runs: 2.24 GiB for 67 sizes of 36 layers (Qwen3-8B, vLLM 0.9). Published runs of 0.11 and later lie
#: between 0.1 and 1.1 GiB, so newer ones are taken at half of it.
GRAPH_BYTES_PER_SIZE_AND_LAYER = 2294 * MIB // (67 * 36)
NEWER_GRAPH_DIVISOR = 2
NEWER_GRAPHS_SINCE = (0, 11)

#: Captured sizes: 1, 2, 4, then by 8 up to 256, by 16 up to twice the sequences, at most 512 (config/vllm.py).
SMALLEST_SIZES = 3
FINE_STEP, FINE_UNTIL, COARSE_STEP, LARGEST_SIZE = 8, 256, 16, 512

#: Error of the sum against measured runs, about half a GiB at one GPU; the parts that are estimated, not counted, err by a
#: quarter of themselves beside.
LEAST_ERROR_BYTES = GIB // 2
ERROR_SHARE = 4


def non_torch_bytes(run: EngineRun, card: Card) -> int:
    """Memory outside PyTorch, and the attention's workspace, on each GPU."""
    ranks = run.tensor_parallel * run.pipeline_parallel
    packed_cache = run.kv_cache_dtype.startswith("fp8") and card.capability != HOPPER
    flashinfer = is_v1(run, card) and (packed_cache or card.capability >= BLACKWELL)
    return NON_TORCH_BYTES + NON_TORCH_BYTES_PER_FURTHER_RANK * (ranks - 1) + (WORKSPACE_BYTES if flashinfer else 0)


def graph_bytes(architecture: Architecture, run: EngineRun, resolved: Resolved, *, layers: int) -> int:
    """CUDA graphs of `layers` layers; none in eager mode."""
    if run.eager:
        return 0
    largest = min(2 * resolved.max_num_seqs, LARGEST_SIZE, resolved.max_num_batched_tokens)
    fine, coarse = min(largest, FINE_UNTIL), max(0, largest - FINE_UNTIL)
    sizes = SMALLEST_SIZES + fine // FINE_STEP + coarse // COARSE_STEP
    divisor = NEWER_GRAPH_DIVISOR if run.version >= NEWER_GRAPHS_SINCE else 1
    return sizes * layers * GRAPH_BYTES_PER_SIZE_AND_LAYER // divisor


def graphs_are_budgeted(run: EngineRun) -> bool:
    """Whether graphs are taken off the cache's part; before 0.20 they came on top of the budget and could run out of memory."""
    return run.version >= GRAPHS_BUDGETED_SINCE


def error_bytes(*, activation: int, graphs: int, other: int) -> int:
    """How far the sum may be off, up or down."""
    return LEAST_ERROR_BYTES + (activation + graphs + other) // ERROR_SHARE
