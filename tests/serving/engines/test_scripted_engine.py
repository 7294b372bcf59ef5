"""The scripted engine does what it is told."""

import asyncio
from typing import Any

import pytest

from lamplighter_serving.engines.base import Choose, Generate, Message
from lamplighter_serving.engines.scripted import ScriptedEngine
from lamplighter_serving.errors import EngineRefused, EngineUnavailable, SettingsError
from serving.engines.conftest import Run
from serving.engines.worker_classes import worker_class

GENERATE = Generate(messages=(Message(role="user", content="Read."),), max_tokens=16)
CHOOSE = Choose(messages=(Message(role="user", content="Which one?"),), labels=("A", "B"))


def engine(**options: object) -> ScriptedEngine:
    return ScriptedEngine(worker_class("scripted", options))


def test_answers_come_one_after_the_other_and_then_again(run: Run[Any]) -> None:
    made = engine(answers=["one", "two"])
    assert [run(made.generate(GENERATE)).text for _ in range(3)] == ["one", "two", "one"]


def test_the_first_calls_fail_and_later_ones_do_not(run: Run[Any]) -> None:
    made = engine(failFirst=2)
    for _ in range(2):
        with pytest.raises(EngineUnavailable):
            run(made.choose(CHOOSE))
    run(made.choose(CHOOSE))


def test_one_call_is_refused(run: Run[Any]) -> None:
    made = engine(refuseCall=2)
    run(made.choose(CHOOSE))
    with pytest.raises(EngineRefused):
        run(made.choose(CHOOSE))
    run(made.choose(CHOOSE))


def test_a_sick_engine_stays_sick(run: Run[Any]) -> None:
    made = engine(sickCall=2)
    run(made.choose(CHOOSE))
    run(made.check_health())
    for _ in range(2):
        with pytest.raises(EngineUnavailable):
            run(made.choose(CHOOSE))
        with pytest.raises(EngineUnavailable):
            run(made.check_health())


def test_a_call_that_hangs_holds_only_its_own_place(run: Run[Any]) -> None:
    async def hang_and_go_on() -> None:
        made = engine(hangCall=1)
        hanging = asyncio.create_task(made.choose(CHOOSE))
        await asyncio.sleep(0)
        await made.choose(CHOOSE)
        assert not hanging.done()
        hanging.cancel()

    run(hang_and_go_on())


def test_a_script_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(SettingsError, match="unknown keys: delay"):
        engine(delay=1)
