"""How vLLM shares the pool among layers of different kinds, and what one request takes of it.

Layers are sorted into groups of equally many; every group has a block table of its own, and all draw blocks from one pool, so a
block is as large as its group's layers' pages together (kv_cache_utils.py, kv_cache_planning.py). Layers of a kind that does
not fill its last group leave a gap.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..engine import EngineRun, Resolved, Version
from .pages import Pages, Reach

#: The first version that keeps only the window of sliding layers; before, every layer was given the whole context.
GROUPS_SINCE: Version = (0, 9, 2)

#: Where the kinds' numbers of layers differ by less than this, the larger number makes the groups (1.25 up to 0.14).
NEAR_EQUAL = 1.5
NEAR_EQUAL_BEFORE = 1.25
NEAR_EQUAL_SINCE: Version = (0, 16)

#: Sliding layers keep the tokens of every batch in flight; with asynchronous scheduling, the default, there are two.
IN_FLIGHT_SINCE: Version = (0, 28)
BATCHES_IN_FLIGHT = 2

#: Kernels of latent attention want whole multiples of this where a hybrid's block grows.
LATENT_ALIGNMENT = 128

#: A recurrent layer that serves prefix caching keeps the state before the current block too. It is on by default since 0.28;
#: four of four published runs of 0.17 to 0.25 had it on, and it is the larger, so it is assumed from 0.16 on.
STATES_WITH_PREFIX_CACHING = 2
STATE_PREFIXES_SINCE: Version = (0, 16)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """The pool of one GPU, cut into blocks of `block_bytes`. `request_blocks`: those of a request of the longest context."""

    block_bytes: int
    block_tokens: int
    request_blocks: int
    growing_token_bytes: int
    uniform: bool

    def blocks(self, available_bytes: int) -> int:
        """Whole blocks in that many bytes."""
        return max(0, available_bytes) // self.block_bytes if self.block_bytes else 0

    @property
    def request_bytes(self) -> int:
        """Bytes of one request."""
        return self.request_blocks * self.block_bytes


def pool(layers: Sequence[Sequence[Pages]], run: EngineRun, resolved: Resolved) -> Pool:
    """The pool that these layers of one GPU need. A model that keeps nothing has blocks of no bytes."""
    kinds = Counter(pages for kept in layers for pages in kept)
    if run.version < GROUPS_SINCE:
        kinds = _all_full(kinds)
    growing = sum(pages.token_bytes * count for pages, count in kinds.items() if pages.reach is Reach.ALL)
    growing = growing or sum(pages.token_bytes * count for pages, count in kinds.items())
    block = _block_tokens(kinds, run, resolved)
    if len({(pages.reach, pages.span) for pages in kinds}) <= 1:
        return _uniform(kinds, run, resolved, block=block, growing=growing)
    return _grouped(kinds, run, resolved, block=block, growing=growing)


def _all_full(kinds: Counter[Pages]) -> Counter[Pages]:
    full: Counter[Pages] = Counter()
    for pages, count in kinds.items():
        windowed = pages.reach in (Reach.WINDOW, Reach.CHUNK)
        full[Pages(reach=Reach.ALL, token_bytes=pages.token_bytes) if windowed else pages] += count
    return full


def _block_tokens(kinds: Counter[Pages], run: EngineRun, resolved: Resolved) -> int:
    """The block of attention layers. Beside recurrent ones it grows until its page holds their state."""
    states = [pages.state_bytes for pages in kinds if pages.reach is Reach.STATE]
    attention = [pages for pages in kinds if pages.token_bytes]
    if not states or not attention:
        return run.block_tokens
    step = max(run.block_tokens, LATENT_ALIGNMENT if any(pages.latent for pages in attention) else 1)
    token = max(pages.token_bytes for pages in attention)
    return step * -(-max(states) // (step * token))


def _uniform(kinds: Counter[Pages], run: EngineRun, resolved: Resolved, *, block: int, growing: int) -> Pool:
    """All layers alike: one block table, a block holds every layer's page."""
    total = sum(_page_bytes(pages, block) * count for pages, count in kinds.items())
    example = next(iter(kinds), Pages(reach=Reach.ALL))
    return Pool(
        block_bytes=total,
        block_tokens=block,
        request_blocks=_request_blocks(example, run, resolved, block=block),
        growing_token_bytes=growing,
        uniform=example.reach is Reach.ALL,
    )


def _grouped(kinds: Counter[Pages], run: EngineRun, resolved: Resolved, *, block: int, growing: int) -> Pool:
    """Layers of several kinds: pages made equal, groups of equally many layers."""
    page = max(_page_bytes(pages, block) for pages in kinds)
    merged: Counter[tuple[Pages, int]] = Counter()
    for pages, count in kinds.items():
        merged[pages, _grown_block(pages, block, page)] += count
    size = _group_size(list(merged.values()), run.version)
    blocks = 0
    for (pages, tokens), count in merged.items():
        blocks += -(-count // size) * _request_blocks(pages, run, resolved, block=tokens)
    return Pool(block_bytes=page * size, block_tokens=block, request_blocks=blocks, growing_token_bytes=growing, uniform=False)


def _group_size(counts: Sequence[int], version: Version) -> int:
    least, most = min(counts), max(counts)
    near = NEAR_EQUAL if version >= NEAR_EQUAL_SINCE else NEAR_EQUAL_BEFORE
    return most if most < least * near else least


def _page_bytes(pages: Pages, block: int) -> int:
    return pages.state_bytes if pages.reach is Reach.STATE else pages.token_bytes * block


def _grown_block(pages: Pages, block: int, page: int) -> int:
    """Tokens of a block whose page was made as large as the largest: more tokens where they fit evenly, else padding."""
    if pages.reach is Reach.STATE:
        return block
    own = pages.token_bytes * block
    return block * (page // own) if page % own == 0 else block


def _request_blocks(pages: Pages, run: EngineRun, resolved: Resolved, *, block: int) -> int:
    """Blocks that one request of the longest context holds in one group."""
    length = resolved.max_model_len
    batches = BATCHES_IN_FLIGHT if run.version >= IN_FLIGHT_SINCE else 1
    in_flight = batches * resolved.max_num_batched_tokens
    match pages.reach:
        case Reach.WINDOW:
            return -(-min(pages.span - 1 + in_flight, length) // block) + 1
        case Reach.CHUNK:
            return -(-min(pages.span + in_flight, length) // block)
        case Reach.STATE:
            kept_states = resolved.prefix_caching and run.version >= STATE_PREFIXES_SINCE
            return STATES_WITH_PREFIX_CACHING if kept_states else 1
        case Reach.ENCODER:
            return -(-pages.span // block)
        case Reach.ALL:
            return -(-length // block)
