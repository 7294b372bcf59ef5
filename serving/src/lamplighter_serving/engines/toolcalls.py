"""Calls of tools as a model writes them down, in the form that Hermes began and Qwen took over:

    <tool_call>
    {"name": "get_weather", "arguments": {"city": "Prague"}}
    </tool_call>

Text before the first call is the answer's own. What is not of this form stays text.
"""

import json
import re
from typing import Any

from ..completion.facts import ApiObject

MARK = "<tool_call>"
_CALL = re.compile(r"<tool_call>\s*(\{.*?\})\s*(?:</tool_call>|\Z)", re.DOTALL)


def split_calls(text: str) -> tuple[str, tuple[ApiObject, ...]]:
    """The text before the calls, and the calls in the API's form. All of it is text when one of them cannot be read."""
    calls = []
    for place, match in enumerate(_CALL.finditer(text)):
        call = _call(match[1], place)
        if call is None:
            return text, ()
        calls.append(call)
    return (text[: text.index(MARK)].rstrip(), tuple(calls)) if calls else (text, ())


def tellable(text: str) -> int:
    """How many characters of a text that is being written are certainly no part of a call."""
    if MARK in text:
        return len(text[: text.index(MARK)].rstrip())
    begun = next((length for length in range(len(MARK) - 1, 0, -1) if text.endswith(MARK[:length])), 0)
    return len(text[: len(text) - begun].rstrip())


def _call(written: str, place: int) -> ApiObject | None:
    try:
        said: Any = json.loads(written)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not isinstance(said.get("name"), str) or not isinstance(said.get("arguments", {}), dict):
        return None
    arguments = json.dumps(said.get("arguments", {}), ensure_ascii=False)
    return {"id": f"call_{place}", "type": "function", "function": {"name": said["name"], "arguments": arguments}}
