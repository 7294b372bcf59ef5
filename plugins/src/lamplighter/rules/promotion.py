"""LL507, LL508: what may be promoted. Asked by `lamplighter promote` alone: an environment need not be ready to be copied."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..domain.rollout import HEALTHY, SYNCED, Rollout
from ..findings import Finding, Path, Places
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL507": "a version that is to be promoted does not name everything by digest",
    "LL508": "a version that is to be promoted is not known to run where it comes from",
}

#: Neither speaks of one environment as it stands.
CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = ()


def check_version(version: Mapping[str, Any], places: Places) -> Iterator[Finding]:
    """LL507: a path is whatever stands there, and a tag whatever was pushed last."""
    chart = version.get("chart")
    chart = chart if isinstance(chart, dict) else {}
    release = "Release it first: scripts/release writes version and digests."
    if "path" in chart:
        yield places.error("LL507", ("chart", "path"), f"chart.path is {chart['path']}, the tree of whoever looks", release)
    for key in ("version", "digest"):
        if "path" not in chart and not chart.get(key):
            yield places.error("LL507", ("chart", key), f"chart.{key} is not set", release)
    images = version.get("images")
    for name, image in images.items() if isinstance(images, dict) else ():
        if isinstance(image, dict) and not image.get("digest"):
            path: Path = ("images", name, "digest")
            tag = f", and its tag {image['tag']} may be pushed again" if image.get("tag") else ""
            yield places.error("LL507", path, f"images.{name}.digest is not set{tag}", release)


def check_rollout(source: str, rollout: Rollout, version: bytes, synced: bytes | None, places: Places) -> Iterator[Finding]:
    """LL508: `version` is the file to copy, `synced` the same file at the commit that the rollout names, if that is known."""

    def finding(sentence: str, change: str) -> Finding:
        return places.error("LL508", (), sentence, change)

    if rollout.environment != source:
        said = f"is of {rollout.environment}" if rollout.environment else "names no environment"
        yield finding(f"the Application that was given {said}, not of {source}", f"Give that of serving-{source}.")
        return
    wait = "Wait until it is, or see argocd/README.md for what a refused sync looks like."
    for what, said, due in (("sync status", rollout.sync, SYNCED), ("health", rollout.health, HEALTHY)):
        if said != due:
            yield finding(f"the {what} of {source} is {said or 'unknown'}, not {due}", wait)
    for error in rollout.errors:
        yield finding(f"Argo CD says of {source}: {' '.join(error.split())[:300]}", wait)
    commit = rollout.revision[:12] or "none"
    if synced is None:
        yield finding(
            f"{source} has synced commit {commit}, which git does not know here or which lacks this file",
            "Fetch it, or give a newer Application.",
        )
    elif synced != version:
        yield finding(f"{source} has synced this file as it was at {commit}, and it is another one now", "Commit, and wait.")
