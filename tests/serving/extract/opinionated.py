"""An engine that has opinions a test can state: for each field's title a text whose quote it prefers."""

import json
import math
import re
from collections.abc import Mapping, Sequence

from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.page import Document
from lamplighter_serving.documents.read import read_document
from lamplighter_serving.engines.base import Choice, Choose, EngineFacts, Generate, Generation
from lamplighter_serving.errors import EngineUnavailable

_OPTION = re.compile(r'^([A-H])\) "?(.*?)"?$', re.M)


def document(text: str) -> Document:
    """The document a plain text is read as."""
    return read_document(text.encode(), DocumentLimits(), "eng")


class OpinionatedEngine:
    """Prefers, for a question that names a title, the quote with the wanted text; likes the letters in `habits` anyway."""

    def __init__(
        self,
        wants: Mapping[str, str] | None = None,
        *,
        habits: Mapping[str, float] | None = None,
        writes: Sequence[object] = (),
        trust: float = 1.0,
        context_tokens: int = 4096,
        fails: bool = False,
    ) -> None:
        self._wants = wants or {}
        self._habits = habits or {}
        self._writes = list(writes)
        self._fails = fails
        self.facts = EngineFacts(
            name="opinionated", model="none", context_tokens=context_tokens, concurrency=4, details={"trust": trust}
        )
        self.asked: list[str] = []
        self.prompts: list[str] = []

    async def choose(self, request: Choose) -> Choice:
        if self._fails:
            raise EngineUnavailable("gone")
        content = request.messages[-1].content
        self.asked.append(content)
        wanted = next((text for title, text in self._wants.items() if title in content), None)
        weights = [
            self._habits.get(letter, 0.0) + (3.0 if wanted is not None and wanted in quote else 0.0)
            for letter, quote in _OPTION.findall(content)
        ]
        total = math.log(sum(map(math.exp, weights)))
        return Choice(log_probabilities=tuple(weight - total for weight in weights), prompt_tokens=10)

    async def generate(self, request: Generate) -> Generation:
        self.prompts.append(request.messages[-1].content)
        answer = self._writes.pop(0)
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return Generation(text=text, finish_reason="stop", prompt_tokens=100, completion_tokens=7)

    async def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(len(text.split()) + 1 for text in texts)

    async def close(self) -> None:
        pass
