"""An Argo CD Application as `kubectl get -o json` prints it."""

import json
from pathlib import Path
from typing import Any

from ..domain.rollout import Rollout
from ..errors import CannotJudge

#: What the ApplicationSet of argocd/ writes on each Application.
ENVIRONMENT_LABEL = "lamplighter.dev/environment"
#: One Application with its history is some ten kilobytes; one with a thousand objects below a megabyte.
MOST_BYTES = 16 * 1024 * 1024


def read_rollout(file: Path) -> Rollout:
    """The Application in a file. Raises `CannotJudge` when it holds none."""
    hint = "Make it with kubectl --namespace argocd get application serving-ENV --output json."
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CannotJudge(f"{file} has more than {MOST_BYTES} bytes.", hint=hint)
        said = json.loads(file.read_bytes())
    except OSError as error:
        raise CannotJudge(f"{file} cannot be read: {error.strerror}.", hint=hint) from error
    except (ValueError, RecursionError) as error:
        raise CannotJudge(f"{file} is not JSON.", hint=hint) from error
    if not isinstance(said, dict) or said.get("kind") != "Application":
        raise CannotJudge(f"{file} holds no Application.", hint=hint)
    metadata, status = _map(said, "metadata"), _map(said, "status")
    sync, conditions = _map(status, "sync"), status.get("conditions")
    return Rollout(
        environment=_text(_map(metadata, "labels"), ENVIRONMENT_LABEL),
        revision=_text(sync, "revision"),
        sync=_text(sync, "status"),
        health=_text(_map(status, "health"), "status"),
        errors=tuple(_error(each) for each in conditions if _is_error(each)) if isinstance(conditions, list) else (),
    )


def _is_error(condition: object) -> bool:
    return isinstance(condition, dict) and str(condition.get("type", "")).endswith("Error")


def _error(condition: Any) -> str:
    return f"{condition['type']}: {condition.get('message', '')}".strip()


def _map(data: Any, key: str) -> dict[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _text(data: dict[str, Any], key: str) -> str:
    return str(data.get(key) or "")
