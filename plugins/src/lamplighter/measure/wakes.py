"""Seconds of a wake's stages as a gateway has seen them: the means of its histogram since it started."""

import re
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException

from ..errors import CannotJudge

TIMEOUT_SECONDS = 10
MOST_BYTES = 4 * 1024 * 1024
#: A contract of the application (docs of its metrics).
_LINE = re.compile(r"lamplighter_wake_stage_seconds_(sum|count)\{([^}]*)\} ([0-9.eE+-]+)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def seen_stages(url: str, worker: str) -> Mapping[str, tuple[float, int]]:
    """Mean seconds and number of wakes, by stage. Raises `CannotJudge` where nothing answers, or no wake was seen."""
    if not url.startswith(("http://", "https://")):
        raise CannotJudge(f"{url!r} is no address.", hint="Write it like http://lamplighter-gateway:8080/metrics.")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 (http or https)
            text = answer.read(MOST_BYTES).decode()
    except (OSError, HTTPException, UnicodeDecodeError) as error:
        raise CannotJudge(f"{url} cannot be read: {error}.", hint="Name the gateway's /metrics.") from error
    found = stages_of(text, worker)
    if not found:
        raise CannotJudge(f"{url} has seen no wake of worker {worker!r}.", hint="Wake it once, and measure then.")
    return found


def stages_of(text: str, worker: str) -> Mapping[str, tuple[float, int]]:
    """The same from the text of the metrics; of every worker where `worker` is empty."""
    sums: dict[str, dict[str, float]] = {}
    for kind, labels, number in _LINE.findall(text):
        said = dict(_LABEL.findall(labels))
        if worker in ("", said.get("worker")) and "stage" in said:
            kinds = sums.setdefault(said["stage"], {"sum": 0.0, "count": 0.0})
            kinds[kind] += float(number)
    return {stage: (kinds["sum"] / kinds["count"], int(kinds["count"])) for stage, kinds in sums.items() if kinds["count"]}
