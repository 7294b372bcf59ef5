"""Puts the questions to the engine and turns its answers into opinions. Knows when a question is worth its tokens.

A small model likes some letters whatever stands behind them. So it is asked once, for each number of options, a question whose
quotes say nothing, and every answer is divided by that one (contextual calibration: Zhao et al. 2021, "Calibrate Before Use").
"""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from ...engines.base import Choice, Choose, Engine
from ..decide import Opinion, can_change
from ..prior.contest import Shortlists
from ..prior.weigh import Shortlist
from ..scene.scene import Scene
from ..schema.parse import Leaf
from .question import MOST_OPTIONS, empty_question, opinion, question

#: What each engine answered to questions that say nothing, by their number of options: asked once in an engine's life.
_HABITS: WeakKeyDictionary[Engine, dict[int, Choice]] = WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinions:
    """What the model said, by field, and what the asking cost. A field without an entry was not asked about."""

    by_leaf: Mapping[Leaf, Opinion]
    prompt_tokens: int = 0


async def ask(lists: Shortlists, scene: Scene, instructions: str, engine: Engine, trust: float) -> Opinions:
    """Asks about every field whose choice the answer could change. Raises what the engine raises (`EngineError`)."""
    asked = {leaf: item for leaf, item in lists.items() if can_change(item.options, trust)}
    habits = _HABITS.setdefault(engine, {})
    sizes = sorted({_shown(item) for item in asked.values()} - set(habits))
    questions = [question(leaf, item, scene, instructions) for leaf, item in asked.items()]
    choices = await _choose_all(engine, [*(empty_question(size) for size in sizes), *questions])
    habits.update(zip(sizes, choices, strict=False))
    by_leaf = {
        leaf: opinion(item, _calibrated(choice, habits[_shown(item)]))
        for (leaf, item), choice in zip(asked.items(), choices[len(sizes) :], strict=True)
    }
    return Opinions(by_leaf=by_leaf, prompt_tokens=sum(choice.prompt_tokens for choice in choices))


def _shown(item: Shortlist) -> int:
    """How many options a question shows."""
    return min(len(item.options), MOST_OPTIONS)


async def _choose_all(engine: Engine, questions: list[Choose]) -> list[Choice]:
    """All answers in order; when one fails the others are not waited for."""
    tasks = [asyncio.ensure_future(engine.choose(each)) for each in questions]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()


def _calibrated(choice: Choice, empty: Choice) -> Choice:
    raw = [said - liked for said, liked in zip(choice.log_probabilities, empty.log_probabilities, strict=True)]
    highest = max(raw)
    total = highest + math.log(sum(math.exp(value - highest) for value in raw))
    return Choice(log_probabilities=tuple(value - total for value in raw), prompt_tokens=choice.prompt_tokens)
