"""The models of the catalog as clients of the OpenAI API see them: always there, whatever is lit."""

import math
from collections.abc import Mapping

from ..catalog import Catalog, WorkerClass
from ..errors import StoreUnavailable
from ..queue.job import JsonObject
from .lampboard import LampBoard
from .problems import RequestRefused

#: When to come back where no wake has been seen yet.
UNKNOWN_WAKE_SECONDS = 60

#: From the darkest to the brightest. A lamp that cools still answers at once.
_STATES = {"dark": "dark", "waking": "waking", "cooling": "lit", "lit": "lit"}
_BRIGHTNESS = ("dark", "waking", "lit")


class Models:
    """Models by name, and how bright their lamps are."""

    def __init__(self, catalog: Catalog, lampboard: LampBoard) -> None:
        self._catalog = catalog
        self._lampboard = lampboard

    @property
    def names(self) -> tuple[str, ...]:
        """In the catalog's order."""
        return tuple(dict.fromkeys(worker.model for worker in self._catalog.workers.values()))

    def worker(self, model: object, *, needs: str | None = None) -> WorkerClass:
        """A worker class of the model that has the task. Raises `RequestRefused`: 404 for no model, 400 for another task."""
        served = [worker for worker in self._catalog.workers.values() if worker.model == model]
        if not served:
            hint = f"Models: {', '.join(sorted(self.names))}."
            raise RequestRefused(404, "model-unknown", "There is no model of that name.", hint=hint)
        for worker in served:
            if needs is None or needs in worker.tasks:
                return worker
        able = sorted({worker.model for worker in self._catalog.workers.values() if needs in worker.tasks})
        raise RequestRefused(
            400,
            "model-not-for-this",
            f"The model does not {needs}.",
            hint=f"Those that do: {', '.join(able)}." if able else f"No model of this gateway has {needs} among its tasks.",
        )

    async def described(self, name: str) -> JsonObject:
        """One model. Raises `RequestRefused`."""
        self.worker(name)
        return _model(name, await self._states())

    async def all(self) -> JsonObject:
        """The list of models."""
        states = await self._states()
        return {"object": "list", "data": [_model(name, states) for name in self.names]}

    async def wake_seconds(self, worker: str) -> int:
        """About how long this class takes to wake."""
        lamp = next((each for each in await self._lampboard.lamps() if each.worker == worker), None)
        return UNKNOWN_WAKE_SECONDS if lamp is None or lamp.expected_seconds is None else math.ceil(lamp.expected_seconds)

    async def _states(self) -> Mapping[str, str]:
        """The best lamp of each model; nothing while the database is away, for the models are there all the same."""
        try:
            lamps = {lamp.worker: _STATES[lamp.state] for lamp in await self._lampboard.lamps()}
        except StoreUnavailable:
            return {}
        states: dict[str, str] = {}
        for worker in self._catalog.workers.values():
            state = lamps[worker.name]
            states[worker.model] = max(states.get(worker.model, state), state, key=_BRIGHTNESS.index)
        return states


def _model(name: str, states: Mapping[str, str]) -> JsonObject:
    state = states.get(name, "unknown")
    return {"id": name, "object": "model", "created": 0, "owned_by": "lamplighter", "state": state}
