"""Charts that were published, in a real registry on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from release.registry import chart_copy, large_chart, push, registry


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """`address` of the registry, digest of the serving chart in `charts/`, and of one of a hundred megabytes in `large/`."""

    address: str
    digest: str
    large: str

    def filled_in(self, text: str) -> str:
        """With what only this run knows."""
        for name, value in (("registry", self.address), ("digest", self.digest), ("large", self.large)):
            text = text.replace(f"{{{name}}}", value)
        return text


@contextmanager
def published_charts(folder: Path) -> Iterator[Published]:
    """As long as the block runs."""
    for name in ("charts", "large"):
        (folder / name).mkdir()
    with registry(folder) as address:
        large = push(large_chart(folder / "large"), address, "large")
        yield Published(address=address, digest=push(chart_copy(folder / "charts"), address, "charts"), large=large)
