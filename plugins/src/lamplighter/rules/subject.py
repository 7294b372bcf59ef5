"""What a rule looks at."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..domain.deployment import Deployment, EngineSettings, Worker
from ..domain.gpu import GpuChip
from ..findings import Path, Places


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One deployment, the chips that are known, and where each value stands."""

    deployment: Deployment
    chips: Mapping[str, GpuChip]
    places: Places

    def engines(self) -> Iterator[tuple[Worker, EngineSettings, Path]]:
        """Each worker with each of its engines, and the engine's path."""
        for worker in self.deployment.workers.values():
            for engine in worker.engines:
                yield worker, engine, ("workers", worker.name, "models", engine.model)


def listed(names: Iterable[str]) -> str:
    """Names for a sentence."""
    return ", ".join(sorted(names)) or "nothing"
