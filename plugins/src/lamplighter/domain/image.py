"""Container images that a release uses, as its manifests name them."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageUse:
    """One image and the objects that need it, such as `Deployment lamplighter-gateway`."""

    reference: str
    used_by: tuple[str, ...]

    @property
    def pinned(self) -> bool:
        """Whether a digest says which bytes; a tag may move."""
        return "@sha256:" in self.reference
