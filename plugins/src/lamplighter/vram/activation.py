"""The peak of the engine's own trial run: what PyTorch takes above weights and cache while the engine measures itself.

vLLM runs one batch of max_num_batched_tokens through the model and samples once for max_num_seqs requests
(gpu_model_runner.profile_run); the larger of the two counts. Models with pictures run their encoder first and keep its output.
"""

from ..domain.llm import Architecture, Encoder, Use
from .engine import HALF_ROTATION_SINCE, SORTLESS_SAMPLER_SINCE, EngineRun, Resolved

#: Sampling's float32 copies of the logits (max_num_seqs x vocabulary). Until 0.14 top-p sorts all logits: 9.6 copies measured
#: with 0.6.6 (OPT-125m, 0.46 GiB), 0.11 (Llama-3-8B, 4.76 GiB; Qwen3-32B, 5.64 GiB). The kernel of 0.18 and FlashInfer's sort
#: nothing: the 16-bit logits, their float32 copy, probabilities and noise remain.
SORTED_COPIES = 9.6
SORTLESS_COPIES = 3.5
LOGIT_BYTES = 4

#: The widest moment of a feed-forward: gate, up and their product. Of attention: query, key, value, output.
FEED_FORWARD_COPIES = 3
ATTENTION_COPIES = 2

#: Hidden states alive beside it: the layer's input, the residual, the layer's output, and one that compilation keeps.
HIDDEN_COPIES = 4
HALF_BYTES = 2

#: fused_moe.py works on chunks of at most so many tokens.
EXPERT_CHUNK_TOKENS = 16384

#: An encoder's layer at its widest, in 16 bits, until 0.13: residual, hidden states in and out, query, key, value, rotated
#: query and key, and norms and rotations in float32; the feed-forward's gate, up, their product, and what its activation makes.
#: Qwen2.5-VL-3B's trial of 65,536 patches took 4.06 GiB (0.7.4), 7B's 4.93.
WIDE_HIDDEN_COPIES = 16
WIDE_FEED_FORWARD_COPIES = 4

#: Since 0.14 rotations stay in 16 bits. Every rank holds the patches, their positions, the residual and its norm; the ranks
#: share query, key, value, query and key laid side by side, both rotated, and the result, or the feed-forward's gate, up and
#: product (qwen2_5_vl.py). Counting gives 4 + 8 copies of the hidden state; two published runs of 65,536 patches of 1,152 took
#: about 2.4 GiB alone (0.20) and 1.6 GiB at two ranks (0.21), which is 5 + 12.
ENCODER_HIDDEN_COPIES = 5
ENCODER_SHARED_COPIES = 12
ENCODER_FEED_FORWARD_COPIES = 3


def activation_bytes(architecture: Architecture, run: EngineRun, resolved: Resolved) -> int:
    """Bytes on one GPU."""
    hidden = resolved.max_num_batched_tokens * architecture.hidden * HALF_BYTES
    decoder = max(sampler_bytes(architecture, run, resolved) + hidden, forward_bytes(architecture, run, resolved))
    if not run.images or not architecture.encoders:
        return decoder
    outputs = encoder_tokens(architecture, resolved) * architecture.hidden * HALF_BYTES
    encoder = max(encoder_bytes(encoder, run, resolved) for encoder in architecture.encoders)
    return max(decoder + outputs, encoder + outputs)


def sampler_bytes(architecture: Architecture, run: EngineRun, resolved: Resolved) -> int:
    """The trial sampling. Not divided by tensor parallelism: every rank gathers all logits."""
    copies = SORTLESS_COPIES if run.version >= SORTLESS_SAMPLER_SINCE else SORTED_COPIES
    sampled = min(resolved.max_num_seqs, resolved.max_num_batched_tokens)
    return int(copies * sampled * architecture.vocabulary * LOGIT_BYTES)


def forward_bytes(architecture: Architecture, run: EngineRun, resolved: Resolved) -> int:
    """The trial batch through the widest layer."""
    tokens, ranks = resolved.max_num_batched_tokens, run.tensor_parallel
    wide = FEED_FORWARD_COPIES * architecture.intermediate // ranks
    attention = ATTENTION_COPIES * architecture.mixer_width // ranks
    hidden = HIDDEN_COPIES * architecture.hidden * tokens
    return HALF_BYTES * (hidden + max(tokens * max(wide, attention), _expert_elements(architecture, run, tokens)))


def _expert_elements(architecture: Architecture, run: EngineRun, tokens: int) -> int:
    """Routed experts: each token's copy for each of its experts, between gate and up, and back to the model's width."""
    inner = [
        tensor.outputs
        for layer in architecture.layers
        for tensor in layer.tensors
        if tensor.use is Use.EXPERT and tensor.name.endswith("up_proj")
    ]
    if not inner or not architecture.experts_per_token:
        return 0
    ranks = 1 if run.expert_parallel else run.tensor_parallel
    width = max(inner) // ranks
    rows = min(tokens, EXPERT_CHUNK_TOKENS) * architecture.experts_per_token
    return rows * (width + max(2 * width, architecture.hidden))


def encoder_tokens(architecture: Architecture, resolved: Resolved) -> int:
    """Tokens of encoded pictures kept while the decoder runs: the batch's budget, or one picture of the largest size."""
    largest = max((encoder.tokens or 0 for encoder in architecture.encoders), default=0)
    return max(resolved.max_num_batched_tokens, largest)


def encoder_bytes(encoder: Encoder, run: EngineRun, resolved: Resolved) -> int:
    """The encoder's trial run on as many pictures of the largest size as the budget takes."""
    if not encoder.tokens or not encoder.patches:
        return 0
    items = max(1, resolved.max_num_batched_tokens // encoder.tokens)
    ranks = run.tensor_parallel if encoder.heads and encoder.heads % run.tensor_parallel == 0 else 1
    if run.version < HALF_ROTATION_SINCE:
        width = WIDE_HIDDEN_COPIES * encoder.hidden + WIDE_FEED_FORWARD_COPIES * encoder.intermediate // ranks
    else:
        shared = max(ENCODER_SHARED_COPIES * encoder.hidden, ENCODER_FEED_FORWARD_COPIES * encoder.intermediate)
        width = ENCODER_HIDDEN_COPIES * encoder.hidden + shared // ranks
    return items * encoder.patches * width * HALF_BYTES
