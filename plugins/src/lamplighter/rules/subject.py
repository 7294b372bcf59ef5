"""What a rule looks at."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..domain.deployment import Deployment, EngineSettings, Worker
from ..domain.engine import EngineTable
from ..domain.gpu import GpuChip
from ..domain.lock import LockState
from ..findings import Path, Places


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One deployment, the chips and engines that are known, and where each value stands."""

    deployment: Deployment
    chips: Mapping[str, GpuChip]
    places: Places
    engine_tables: Mapping[str, EngineTable] = field(default_factory=dict)
    lock: LockState | None = None  # None where there is no environment, and so no lock

    def engines(self) -> Iterator[tuple[Worker, EngineSettings, Path]]:
        """Each worker with each of its engines, and the engine's path."""
        for worker in self.deployment.workers.values():
            for engine in worker.engines:
                yield worker, engine, ("workers", worker.name, "models", engine.model)


def listed(names: Iterable[str]) -> str:
    """Names for a sentence."""
    return ", ".join(sorted(names)) or "nothing"
