"""Tools in a chat: what a model may call, which calls it made before, and what they gave. Passed on, not run."""

from collections.abc import Mapping
from reprlib import repr as short
from typing import Any

from ..errors import EngineRefused
from .facts import ApiObject

CHOICES = ("none", "auto", "required")


def tools(value: object) -> tuple[ApiObject, ...]:
    """The functions of a body's `tools`. Raises `EngineRefused`."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise EngineRefused("tools is not a list.", hint=_HINT)
    for place, tool in enumerate(value):
        function = _function(tool)
        if function is None or not isinstance(function.get("parameters", {}), dict):
            raise EngineRefused(f"tools[{place}] is no function.", hint=_HINT)
    return tuple(value)


def tool_choice(value: object, offered: tuple[ApiObject, ...]) -> str | ApiObject:
    """A body's `tool_choice`: none, auto, required, or one of the functions offered. Raises `EngineRefused`."""
    if value is None:
        return "auto"
    if isinstance(value, str) and value in CHOICES and (offered or value == "none"):
        return value
    chosen = _function(value)
    if chosen is not None and chosen["name"] in names(offered):
        return {"type": "function", "function": {"name": chosen["name"]}}
    raise EngineRefused(
        f"tool_choice is {short(value)}.", hint=f"It may be {', '.join(CHOICES)}, or name one of tools, which it then needs."
    )


def tool_calls(value: object, place: int) -> tuple[ApiObject, ...]:
    """The calls of an assistant's turn. Raises `EngineRefused`."""
    calls = value if isinstance(value, list) else []
    for call in calls:
        function = _function(call)
        if function is None or not isinstance(call.get("id"), str) or not isinstance(function.get("arguments"), str):
            raise EngineRefused(
                f"messages[{place}].tool_calls is not a list of calls.",
                hint='A call is {"id": "…", "type": "function", "function": {"name": "…", "arguments": "{…}"}}.',
            )
    return tuple(calls)


def names(offered: tuple[ApiObject, ...]) -> frozenset[str]:
    """Names of the functions."""
    return frozenset(str(function["name"]) for tool in offered if (function := _function(tool)) is not None)


def _function(value: Any) -> Mapping[str, Any] | None:
    function = value.get("function") if isinstance(value, dict) and value.get("type") == "function" else None
    return function if isinstance(function, dict) and isinstance(function.get("name"), str) and function["name"] else None


_HINT = 'Send [{"type": "function", "function": {"name": "…", "parameters": {…}}}].'
