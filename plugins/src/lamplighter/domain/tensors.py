"""The tensors of a model as its files store them: what a header says, never a tensor itself."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Tensor:
    """One tensor. `dtype` is the file format's own name (BF16, F8_E4M3, U8 …); `size_bytes` is what it takes in the file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredWeights:
    """All weights of a model. Without its files at hand only an index is known: then `tensors` is empty and `names` is not."""

    tensors: tuple[Tensor, ...]
    names: tuple[str, ...]
    total_bytes: int
    files: tuple[str, ...]

    @property
    def bytes_by_dtype(self) -> Mapping[str, int]:
        """Bytes of each number format, by its name; empty where only an index is known."""
        sizes: Counter[str] = Counter()
        for tensor in self.tensors:
            sizes[tensor.dtype] += tensor.size_bytes
        return dict(sorted(sizes.items()))
