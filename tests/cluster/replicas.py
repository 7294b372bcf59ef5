"""Replicas of a release's Deployments as they change, followed by a watch on the API server and through its restarts."""

import json
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx
import yaml

from cluster.trial import Trial

#: Between two tries while the API server is away.
PAUSE_SECONDS = 0.05


class Replicas:
    """The history of each Deployment: replicas that were asked for, and since when (monotonic seconds)."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._history: dict[str, list[tuple[float, int]]] = {}

    def saw(self, name: str, count: int) -> None:
        """Notes a change."""
        with self._changed:
            history = self._history.setdefault(name, [])
            if not history or history[-1][1] != count:
                history.append((time.monotonic(), count))
                self._changed.notify_all()

    def since(self, name: str, count: int, within_seconds: float) -> float:
        """Waits until it has so many, and gives the time at which that began."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: self._last(name) == count, within_seconds)
            assert arrived, f"{name} has {self._last(name)} instead of {count} replicas"
            return self._history[name][-1][0]

    def between(self, name: str, begin: float, end: float) -> Sequence[int]:
        """All that it had in that time."""
        with self._changed:
            history = list(self._history.get(name, ()))
        ends = [at for at, _ in history[1:]] + [float("inf")]
        return [count for (at, count), until in zip(history, ends, strict=True) if at <= end and until >= begin]

    def _last(self, name: str) -> int | None:
        history = self._history.get(name)
        return history[-1][1] if history else None


@contextmanager
def watched_replicas(release: Trial) -> Iterator[Replicas]:
    """Follows them for the length of the block."""
    replicas = Replicas()
    over = threading.Event()
    client = _client(release)
    watching = threading.Thread(target=_follow, args=(client, release.namespace, replicas, over), daemon=True)
    watching.start()
    try:
        yield replicas
    finally:
        over.set()
        client.close()


def _follow(client: httpx.Client, namespace: str, replicas: Replicas, over: threading.Event) -> None:
    # Without a resource version a watch begins with what there is, so none is missed between two of them.
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments?watch=1"
    while not over.is_set():
        try:
            with client.stream("GET", path) as response:
                for line in response.iter_lines():
                    deployment = json.loads(line)["object"]
                    if deployment["kind"] == "Deployment":
                        replicas.saw(deployment["metadata"]["name"], deployment["spec"]["replicas"])
        except (httpx.HTTPError, httpx.StreamError, RuntimeError):
            # The API server is away, or the block has ended and closed the client.
            over.wait(PAUSE_SECONDS)


def _client(release: Trial) -> httpx.Client:
    access = yaml.safe_load(release.cluster.kubeconfig.read_text())
    place, user = access["clusters"][0]["cluster"], access["users"][0]["user"]
    return httpx.Client(
        base_url=place["server"],
        headers={"authorization": f"Bearer {user['token']}"},
        verify=ssl.create_default_context(cafile=place["certificate-authority"]),
        timeout=httpx.Timeout(10, read=None),
        trust_env=False,
    )
