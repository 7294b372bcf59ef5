"""What a worker tells Kubernetes of its pod's end: changes alone, and no more often than somebody listens."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from lamplighter_serving.errors import PodUntold, SettingsError
from lamplighter_serving.settings import PodPlace, read_worker_settings
from lamplighter_serving.worker.deletion_cost import ANNOTATION, REST_SECONDS, DeletionCost
from lamplighter_serving.worker.own_pod import OwnPod

WORKER = {"DATABASE_URL": "postgresql://q", "LAMPLIGHTER_WORKER": "extract"}


class Listener:
    """Keeps what it is told, or refuses."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.asked = 0
        self.refuses = False

    async def __call__(self, annotations: Mapping[str, str]) -> None:
        self.asked += 1
        if self.refuses:
            raise PodUntold("Kubernetes refused with status 403.")
        assert annotations.keys() == {ANNOTATION}
        self.told.append(annotations[ANNOTATION])


def beats(cost: DeletionCost, *busy: bool) -> None:
    async def tell() -> None:
        for each in busy:
            await cost.tell(busy=each)

    asyncio.run(tell())


def test_a_busy_pod_costs_more_and_a_row_of_jobs_is_told_once() -> None:
    listener = Listener()
    beats(DeletionCost(listener), False, True, True, True, False, False)
    assert listener.told == ["100", "0"]


def test_a_refusal_is_left_alone_for_a_while_and_then_tried_again() -> None:
    now = 0.0
    listener = Listener()
    cost = DeletionCost(listener, clock=lambda: now)
    listener.refuses = True
    beats(cost, True, True, True)
    assert (listener.asked, listener.told) == (1, [])
    now, listener.refuses = REST_SECONDS, False
    beats(cost, True, True)
    assert (listener.asked, listener.told) == (2, ["100"])


def test_a_process_in_no_pod_tells_nobody() -> None:
    beats(DeletionCost(None), True, False)


def test_an_api_that_cannot_be_reached_is_an_untold_pod_and_no_surprise(tmp_path: Path) -> None:
    nowhere = PodPlace(name="pod", api="https://127.0.0.1:1", credentials=tmp_path)
    with pytest.raises(PodUntold, match="FileNotFoundError"):
        asyncio.run(OwnPod(nowhere).annotate({}))


def test_the_pods_place_comes_from_what_kubernetes_sets() -> None:
    api = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "6443"}
    place = read_worker_settings({**WORKER, **api, "LAMPLIGHTER_POD": "extract-0"}).pod
    assert place is not None
    assert (place.name, place.api) == ("extract-0", "https://10.96.0.1:6443")
    over_six = {**api, "KUBERNETES_SERVICE_HOST": "fd00::1"}
    place = read_worker_settings({**WORKER, **over_six, "LAMPLIGHTER_POD": "extract-0"}).pod
    assert place is not None
    assert place.api == "https://[fd00::1]:6443"
    assert read_worker_settings({**WORKER, **api}).pod is None
    with pytest.raises(SettingsError, match="KUBERNETES_SERVICE_HOST is not set"):
        read_worker_settings({**WORKER, "LAMPLIGHTER_POD": "extract-0"})
