"""The engine in its own process: what its answers and errors become before they travel. (Ray itself: test_serve_app.)"""

import asyncio
import pickle
from typing import Any

import pytest

from lamplighter_serving.engines.base import Choose, Message
from lamplighter_serving.engines.replica import EngineReplica, Failure
from lamplighter_serving.engines.scripted import ScriptedEngine
from lamplighter_serving.errors import EngineRefused, EngineUnavailable, LamplighterError, SettingsError
from serving.engines.worker_classes import worker_class

CANARY = "canary-7731"
CHOOSE = Choose(messages=(Message(role="user", content=CANARY),), labels=("A", "B"))


async def replica(**script: object) -> EngineReplica:
    """As Serve makes one: it awaits the constructor."""
    made = EngineReplica.__new__(EngineReplica)
    await made.__init__(worker_class("scripted", script), None, 1)  # type: ignore[misc]
    return made


def test_options_that_cannot_work_are_told_and_not_raised() -> None:
    """Raised, Serve would make the replica again and again, and say that the deployment failed."""

    async def main() -> Any:
        made = await replica(delaySecond=1)
        await made.check_health()
        return await made.describe()

    failure = asyncio.run(main())
    assert isinstance(failure, Failure)
    assert isinstance(failure.error(), SettingsError)
    assert "delaySecond" in failure.sentence


@pytest.mark.parametrize(("script", "kind"), [({"refuseCall": 1}, EngineRefused), ({"failFirst": 1}, EngineUnavailable)])
def test_an_error_keeps_its_kind_and_its_sentence(script: dict[str, object], kind: type[LamplighterError]) -> None:
    async def main() -> Any:
        return await (await replica(**script)).choose(CHOOSE)

    failure = pickle.loads(pickle.dumps(asyncio.run(main())))
    assert type(failure.error()) is kind
    assert failure.sentence


def test_an_unknown_error_is_its_type_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError(f"while reading {CANARY}")

    monkeypatch.setattr(ScriptedEngine, "choose", fail)

    async def main() -> Any:
        return await (await replica()).choose(CHOOSE)

    failure = asyncio.run(main())
    assert failure.kind is EngineUnavailable
    assert "RuntimeError" in failure.sentence
    assert CANARY not in str(failure)


def test_a_replica_whose_engine_has_ended_is_not_healthy() -> None:
    async def main() -> None:
        made = await replica(sickCall=2)
        await made.choose(CHOOSE)
        await made.check_health()
        assert isinstance(await made.choose(CHOOSE), Failure)
        with pytest.raises(EngineUnavailable):
            await made.check_health()

    asyncio.run(main())


def test_a_replica_without_an_engine_asks_to_be_exchanged_once_it_is_missed() -> None:
    """Serve puts a new replica in the place of one that ended; this one's engine did not come up, and nobody asks why."""

    async def main() -> None:
        made = await replica(delaySecond=1)
        await made.check_health()
        assert isinstance(await made.choose(CHOOSE), Failure)
        with pytest.raises(SettingsError):
            await made.check_health()
        await made.close()

    asyncio.run(main())
