"""What a vLLM engine needs beside weights and KV cache, from the code of vLLM 0.33 and from published measurements.

Each constant says which. They lean to the upper side: an engine that was said to fit must start.
"""

from ..domain.gpu import GpuChip
from ..domain.model import Shape
from ..units import GIB, MIB

#: Memory of the process outside PyTorch at one GPU, CUDA context not counted: 0.02 to 0.16 GiB in five measured runs.
NON_TORCH_BYTES = 164 * MIB

#: Error of the sum against measured runs, about half a GiB; a result within it is called tight.
ERROR_BYTES = GIB // 2

#: The sampler's dummy run keeps this many copies of the logits (float32). Measured 9.6 with the native sampler; FlashInfer's
#: has 1.3 to 2.
SAMPLER_COPIES = 9.6
LOGIT_BYTES = 4

#: The forward pass peaks in the feed-forward layer: gate, up and their product, and a few hidden states, 16 bits each.
FEED_FORWARD_COPIES = 3
HIDDEN_COPIES = 4
ACTIVATION_BYTES = 2

#: vLLM's default of max_num_batched_tokens: 8192 on cards of 70 GiB and more except the A100, 2048 elsewhere.
LARGE_CARD_BYTES = 70 * GIB
LARGE_CARD_TOKENS = 8192
SMALL_CARD_TOKENS = 2048

#: CUDA graphs: 2.24 GiB for 67 captured batch sizes of 36 layers (Qwen3-8B, vLLM 0.9), the dearest of the measured runs.
GRAPH_BYTES_PER_SIZE_AND_LAYER = 2294 * MIB // (67 * 36)
GRAPH_MOST_SEQUENCES = 512
GRAPH_STEP = 8


def activation_bytes(shape: Shape, *, concurrency: int, chip: GpuChip) -> int:
    """Peak of PyTorch's memory above weights and cache while the engine measures itself."""
    sampler = int(SAMPLER_COPIES * concurrency * shape.vocabulary * LOGIT_BYTES)
    large = chip.memory_bytes >= LARGE_CARD_BYTES and not chip.key.startswith("a100")
    tokens = LARGE_CARD_TOKENS if large else SMALL_CARD_TOKENS
    forward = tokens * (FEED_FORWARD_COPIES * shape.intermediate + HIDDEN_COPIES * shape.hidden) * ACTIVATION_BYTES
    return max(sampler, forward)


def graph_bytes(shape: Shape, *, concurrency: int) -> int:
    """CUDA graphs of the batch sizes 1, 2, 4, 8, 16, 24 … up to twice the sequences."""
    sequences = min(2 * concurrency, GRAPH_MOST_SEQUENCES)
    sizes = 3 + -(-sequences // GRAPH_STEP)
    return sizes * shape.layers * GRAPH_BYTES_PER_SIZE_AND_LAYER
