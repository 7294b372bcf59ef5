"""Bytes of a model's weights on one GPU once loaded: the sum over its tensors, as vLLM cuts and packs them.

vLLM's own rules, read in its layers (vocab_parallel_embedding.py, linear.py, fused_moe/layer.py, utils.get_pp_indices): a
vocabulary is padded to 64; key heads are repeated where there are fewer of them than ranks; norms, routers and latent
projections are on every rank; pipeline ranks get equal numbers of layers, the rest to the later middle ones, embeddings first
and head last.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..domain.llm import Architecture, Cut, Latent, Layer, Quantization, Tensor, Use
from ..units import MIB
from .engine import Card, EngineRun
from .packing import packed_bytes, packing_of

#: Rows to which a vocabulary is padded.
VOCABULARY_PADDING = 64

#: mxfp4 experts are padded for their kernels (mxfp4.py): Marlin wants 128 and 256, Hopper's Triton layout pads one side's
#: values, Blackwell's kernels want 256 on both.
MARLIN_PADDING = (128, 256)
HOPPER_PADDING = (1, 512)
BLACKWELL_PADDING = (256, 256)
HOPPER = 90
BLACKWELL = 100
NEXT_BLACKWELL = 120  # consumer Blackwell has no kernels of its own for it and takes Marlin


#: PyTorch's allocator: steps of small tensors, the size from which a tensor has its own segment, that segment's rounding, and
#: the rest that is split off. Qwen2.5-7B loads as 14.25 GiB for 14.19 GiB of numbers.
ALLOCATOR_STEP_BYTES = 512
ALLOCATOR_LARGE_BYTES = 10 * MIB
ALLOCATOR_ROUND_BYTES = 2 * MIB
ALLOCATOR_SPLIT_BYTES = MIB

#: Matrices that vLLM keeps as one.
FUSED = {
    "q_proj": "qkv_proj",
    "k_proj": "qkv_proj",
    "v_proj": "qkv_proj",
    "gate_proj": "gate_up_proj",
    "up_proj": "gate_up_proj",
    "q_a_proj": "fused_qkv_a_proj",
    "kv_a_proj_with_mqa": "fused_qkv_a_proj",
    "in_proj_qkv": "in_proj_qkvz",
    "in_proj_z": "in_proj_qkvz",
    "in_proj_b": "in_proj_ba",
    "in_proj_a": "in_proj_ba",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rank:
    """One place in the pipeline: its layers, and which ends of the model it holds."""

    first_layer: int
    layers: tuple[Layer, ...]
    first: bool
    last: bool


def ranks(architecture: Architecture, stages: int) -> list[Rank]:
    """The pipeline's stages."""
    count = len(architecture.layers)
    sizes = [count // stages] * stages
    left = count % stages
    for place in range(2, left + 2):
        sizes[-place if place <= stages else -1] += 1
    built, start = [], 0
    for stage, size in enumerate(sizes):
        layers = architecture.layers[start : start + size]
        built.append(Rank(first_layer=start, layers=layers, first=stage == 0, last=stage == stages - 1))
        start += size
    return built


def rank_weight_bytes(architecture: Architecture, rank: Rank, run: EngineRun, card: Card) -> int:
    """Bytes of one GPU of one stage."""
    half = run.element_bytes or architecture.element_bytes
    fused: Counter[tuple[int | None, str]] = Counter()
    for tensor, layer in rank_tensors(architecture, rank):
        size = tensor_bytes(tensor, architecture.quantization, layer=layer, half=half, run=run, card=card)
        fused[layer, fused_name(tensor.name)] += size
    total = sum(allocated_bytes(size) for size in fused.values())
    return total + architecture.rotary_elements * half + _latent_copies(architecture, rank, run, half)


def fused_name(name: str) -> str:
    """The parameter of vLLM that holds this matrix: projections of one input are one matrix there."""
    parent, _, own = name.rpartition(".")
    return f"{parent}.{FUSED.get(own, own)}"


def allocated_bytes(size: int) -> int:
    """What PyTorch's allocator gives for one tensor (CUDACachingAllocator.cpp).

    From 10 MiB on whole multiples of 2 MiB, and what is left over stays with the tensor unless it is more than 1 MiB.
    """
    if size < ALLOCATOR_LARGE_BYTES:
        return -(-size // ALLOCATOR_STEP_BYTES) * ALLOCATOR_STEP_BYTES
    left = -size % ALLOCATOR_ROUND_BYTES
    return size + left if left <= ALLOCATOR_SPLIT_BYTES else size


def rank_tensors(architecture: Architecture, rank: Rank) -> Iterator[tuple[Tensor, int | None]]:
    """The tensors of a stage, each with its layer's number."""
    if rank.first:
        yield from ((tensor, None) for tensor in architecture.first)
    for offset, layer in enumerate(rank.layers):
        yield from ((tensor, rank.first_layer + offset) for tensor in layer.tensors)
    if rank.last:
        yield from ((tensor, None) for tensor in architecture.last)
        if architecture.tied_embeddings and not rank.first:
            yield from ((tensor, None) for tensor in architecture.first if tensor.use is Use.EMBEDDING)
    if rank.first:
        for encoder in architecture.encoders:
            yield from ((tensor, None) for tensor in encoder.tensors)


def tensor_bytes(
    tensor: Tensor, quantization: Quantization, *, layer: int | None, half: int, run: EngineRun, card: Card
) -> int:
    """Bytes of a tensor on one rank."""
    sliced = rank_slice(tensor, run)
    packing = packing_of(tensor, quantization, layer=layer)
    if packing:
        if packing.method == "mxfp4" and tensor.use is Use.EXPERT:
            sliced = _padded(sliced, card)
        return packed_bytes(sliced, packing)
    return sliced.elements * (tensor.element_bytes or half)


def rank_slice(tensor: Tensor, run: EngineRun) -> Tensor:
    """The part of a tensor that one rank holds."""
    ranks_ = run.tensor_parallel
    match tensor.cut:
        case Cut.VOCABULARY:
            padded = -(-tensor.outputs // VOCABULARY_PADDING) * VOCABULARY_PADDING
            return _resized(tensor, outputs=-(-padded // ranks_))
        case Cut.HEADS if tensor.heads:
            return _resized(tensor, outputs=tensor.outputs // tensor.heads * max(1, -(-tensor.heads // ranks_)))
        case Cut.EVEN if ranks_ > 1:
            if tensor.use is Use.EXPERT and run.expert_parallel:
                return _resized(tensor, copies=-(-tensor.copies // ranks_))
            return _divided(tensor, ranks_)
        case _:
            return tensor


def _divided(tensor: Tensor, ranks_: int) -> Tensor:
    """Along the longer-named side: column-parallel layers by outputs, row-parallel ones by inputs.

    Only the size matters here.
    """
    row = tensor.name.endswith(("o_proj", "down_proj", "out_proj"))
    if row and tensor.inputs > 1:
        return _resized(tensor, inputs=-(-tensor.inputs // ranks_))
    return _resized(tensor, outputs=-(-tensor.outputs // ranks_))


def _resized(tensor: Tensor, *, inputs: int | None = None, outputs: int | None = None, copies: int | None = None) -> Tensor:
    return Tensor(
        name=tensor.name,
        inputs=tensor.inputs if inputs is None else inputs,
        outputs=tensor.outputs if outputs is None else outputs,
        use=tensor.use,
        cut=tensor.cut,
        heads=tensor.heads,
        copies=tensor.copies if copies is None else copies,
        element_bytes=tensor.element_bytes,
    )


def _padded(tensor: Tensor, card: Card) -> Tensor:
    """An mxfp4 expert as its kernel wants it; the model's width is the side that is not the experts' own."""
    if BLACKWELL <= card.capability < NEXT_BLACKWELL:
        inner, outer = BLACKWELL_PADDING
    elif HOPPER <= card.capability < BLACKWELL:
        inner, outer = HOPPER_PADDING
    else:
        inner, outer = MARLIN_PADDING
    down = tensor.name.endswith("down_proj")
    narrow, wide = (tensor.inputs, tensor.outputs) if down else (tensor.outputs, tensor.inputs)
    narrow, wide = -(-narrow // inner) * inner, -(-wide // outer) * outer
    return _resized(tensor, inputs=narrow, outputs=wide) if down else _resized(tensor, inputs=wide, outputs=narrow)


def _latent_copies(architecture: Architecture, rank: Rank, run: EngineRun, half: int) -> int:
    """Latent attention multiplies with two halves of kv_b_proj; where that is packed, they are unpacked beside it.

    mla_attention.py: W_UK_T and W_UV are views of an unquantised weight and new tensors else.
    """
    total = 0
    for offset, layer in enumerate(rank.layers):
        if not any(isinstance(kept, Latent) for kept in layer.kept):
            continue
        for tensor in layer.tensors:
            number = rank.first_layer + offset
            if tensor.name.endswith("kv_b_proj") and packing_of(tensor, architecture.quantization, layer=number):
                total += rank_slice(tensor, run).elements * half
    return total


def whole_bytes(architecture: Architecture, run: EngineRun, card: Card) -> int:
    """Bytes of all tensors as one GPU would hold them: what a checkpoint of this architecture has, all but padding."""
    alone = EngineRun(element_bytes=run.element_bytes)
    return sum(
        tensor_bytes(
            tensor,
            architecture.quantization,
            layer=layer,
            half=run.element_bytes or architecture.element_bytes,
            run=alone,
            card=card,
        )
        for rank in ranks(architecture, 1)
        for tensor, layer in rank_tensors(architecture, rank)
    )


def scaled(per_rank: Sequence[int], *, known_total: int, computed_total: int) -> list[int]:
    """Weights of each rank where the files' own total is known: the computed shares of it."""
    return [part * known_total // computed_total for part in per_rank]
