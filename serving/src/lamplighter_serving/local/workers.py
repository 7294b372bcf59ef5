"""The worker processes as the lamplighter starts them, and when one of them has shown that it cannot work."""

from collections import Counter

from ..catalog import WorkerClass
from .child import Child, Children
from .trouble import Trouble

#: How a worker ends whose settings are wrong, and one whose engine or database failed (see `worker.main`).
SETTINGS_STATUS = 2
ENGINE_STATUS = 1
#: An engine that failed so often in one run is not waited for any longer.
MOST_ENGINE_FAILURES = 3


class Workers:
    """Starts workers over one database. With `trouble` a worker that cannot work is reported there."""

    def __init__(self, children: Children, database_url: str, trouble: Trouble | None) -> None:
        self._children = children
        self._database_url = database_url
        self._trouble = trouble
        self._failures: Counter[str] = Counter()

    async def start(self, worker: WorkerClass, decided_at: float) -> Child:
        """Starts a worker of the class; `decided_at` is the Unix time of the decision, where its wake begins."""
        return await self._children.start(
            f"worker-{worker.name}",
            "worker",
            environment={
                "DATABASE_URL": self._database_url,
                "LAMPLIGHTER_WORKER": worker.name,
                "LAMPLIGHTER_STARTED_AT": f"{decided_at:.3f}",
                "LAMPLIGHTER_HOLDER": "",  # each process makes its own
            },
        )

    def note_death(self, worker: WorkerClass, child: Child) -> None:
        """A worker ended without being asked."""
        if child.status == ENGINE_STATUS:
            self._failures[worker.name] += 1
        hopeless = child.status == SETTINGS_STATUS or self._failures[worker.name] >= MOST_ENGINE_FAILURES
        if hopeless and self._trouble is not None:
            self._trouble.report(child.failure())
