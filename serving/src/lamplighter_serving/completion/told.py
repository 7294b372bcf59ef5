"""What of an answer a client has been told in pieces, and what is left to tell once the whole stands.

A lost or late piece is thereby no loss: the whole answer brings what the pieces did not.
"""

from typing import Any

from .facts import Delta


class Told:
    """The pieces so far. Never says anything twice; an answer that does not begin with its pieces adds nothing."""

    def __init__(self) -> None:
        self._text = ""
        self._arguments: dict[object, str] = {}

    def add(self, delta: Delta) -> None:
        """Notes a piece that went out."""
        self._text += delta.text
        for call in delta.tool_calls:
            self._arguments[call["index"]] = self._arguments.get(call["index"], "") + _arguments(call)

    def rest(self, whole: Delta) -> Delta:
        """What of the whole answer has not been told."""
        text = whole.text[len(self._text) :] if whole.text.startswith(self._text) else ""
        return Delta(text=text, tool_calls=tuple(rest for call in whole.tool_calls if (rest := self._rest_of(call))))

    def _rest_of(self, call: Any) -> Any:
        known = self._arguments.get(call["index"])
        if known is None:
            return call
        arguments = _arguments(call)
        if len(arguments) <= len(known) or not arguments.startswith(known):
            return None
        return {"index": call["index"], "function": {"arguments": arguments[len(known) :]}}


def _arguments(call: Any) -> str:
    return str(call.get("function", {}).get("arguments") or "")
