"""What Argo CD says of an environment: its Application's JSON, as `kubectl get application -o json` prints one or several."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import CannotJudge

KIND = "Application"
#: An Application is some KiB, with its history and resources some hundred.
MOST_BYTES = 16 * 1024 * 1024
HINT = "Make it with: kubectl -n argocd get applications -o json"
_COMMIT_DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """The parts of an Application that say whether a commit runs. `errors` are conditions of kinds that end in Error."""

    name: str
    path: str  # of its source in the repository
    sync: str
    health: str
    revision: str  # the commit that was compared and, where it is Synced, applied
    operation: str  # phase of the last sync: Succeeded, Failed, Running …; empty where there was none
    errors: tuple[str, ...]

    def doubts(self) -> Iterator[str]:
        """Why what stands at its revision cannot be said to run well."""
        if self.sync != "Synced":
            yield f"{self.name} is {self.sync or 'of unknown sync'}, not Synced"
        if self.health != "Healthy":
            yield f"{self.name} is {self.health or 'of unknown health'}, not Healthy"
        if self.operation not in ("Succeeded", ""):
            yield f"the last sync of {self.name} is {self.operation}, not Succeeded"
        # With an error Argo CD goes on to show the health and operation of before.
        yield from (f"{self.name} has the condition {error}" for error in self.errors)
        if len(self.revision) not in (40, 64) or not _COMMIT_DIGITS.issuperset(self.revision):
            yield f"{self.name} says no commit"


def applications(text: str, origin: str) -> list[Application]:
    """Every Application in one object or a list. Raises `CannotJudge` for what is none."""
    if len(text) > MOST_BYTES:
        raise CannotJudge(f"{origin} has more than {MOST_BYTES} bytes.", hint=HINT)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CannotJudge(f"{origin} is not JSON: {error}.", hint=HINT) from error
    items = data.get("items") if isinstance(data, dict) else None
    return applications_of(items if isinstance(items, list) else [data], origin)


def applications_of(things: Sequence[object], origin: str) -> list[Application]:
    """Every Application among objects. Raises `CannotJudge` when there is none."""
    found = [_application(thing) for thing in things if isinstance(thing, dict) and thing.get("kind") == KIND]
    if not found:
        raise CannotJudge(f"{origin} holds no Application of Argo CD.", hint=HINT)
    return found


def _application(data: Mapping[str, Any]) -> Application:
    sync, source = _map(data, "status", "sync"), _map(data, "spec", "source")
    conditions = _map(data, "status").get("conditions")
    listed = [entry for entry in conditions if isinstance(entry, dict)] if isinstance(conditions, list) else []
    return Application(
        name=_text(_map(data, "metadata"), "name"),
        path=_text(source, "path").strip("/"),
        sync=_text(sync, "status"),
        health=_text(_map(data, "status", "health"), "status"),
        revision=_text(sync, "revision"),
        operation=_text(_map(data, "status", "operationState"), "phase"),
        errors=tuple(
            f"{_text(entry, 'type')}: {_text(entry, 'message')[:300]}"
            for entry in listed
            if _text(entry, "type").endswith("Error")
        ),
    )


def _map(data: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    for key in keys:
        below = data.get(key)
        data = below if isinstance(below, dict) else {}
    return data


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""
