"""What a change does, for machines; sizes in bytes, times in seconds, prices an hour."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..about import NAME, VERSION
from ..changes.compare import Change
from ..changes.objects import ABSENT, Edit
from .diff_lines import side_state

FORMAT = 1


def diff_json(changes: Sequence[Change], *, base: str, head: str) -> str:
    """All environments; `head` is empty for the files as they are."""
    report = {
        "about": {"tool": NAME, "version": VERSION, "format": FORMAT},
        "base": base,
        "head": head or None,
        "environments": {change.environment: _environment(change) for change in changes},
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def _environment(change: Change) -> dict[str, Any]:
    return {
        "before": {"state": side_state(change.before), "refused": list(change.before.refused)},
        "after": {"state": side_state(change.after), "refused": list(change.after.refused)},
        "objects": {
            "added": list(change.added),
            "removed": list(change.removed),
            "changed": {key: [_edit(edit) for edit in edits] for key, edits in change.changed.items()},
        },
        "engines": [
            {"worker": worker, "model": model, "pool": pool}
            | {
                when: None if engine is None else asdict(engine) | {"marginBytes": engine.margin_bytes}
                for when, engine in (("before", moved.before), ("after", moved.after))
            }
            for (worker, model, pool), moved in change.engines.items()
        ],
        "peakNodes": {pool: asdict(moved) for pool, moved in change.peak_nodes.items()},
        "wakeSeconds": {worker: asdict(moved) for worker, moved in change.wakes.items()},
        "pricePerHour": None if change.money is None else asdict(change.money),
    }


def _edit(edit: Edit) -> dict[str, object]:
    sides = {"before": edit.before, "after": edit.after}
    return {"path": edit.path} | {when: value for when, value in sides.items() if value is not ABSENT}
