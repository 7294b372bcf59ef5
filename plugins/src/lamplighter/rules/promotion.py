"""LL504 to LL508: what version.yaml names is what runs: published charts and images by their digests, promoted in order.

LL504 and LL505 are found while the chart is fetched (load/published.py), LL507 by `promote`, LL508 with the
record that it leaves (load/promoted.py); the table is theirs.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..findings import Finding, Places
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL504": "a published chart is not the one that is pinned",
    "LL505": "a published chart is named only by half",
    "LL506": "an image beside a published chart has no digest",
    "LL507": "a version was not seen to run where it is promoted from",
    "LL508": "a version was not promoted to where it is to run",
}

CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = ()  # no fact of a deployment: the values say it themselves

#: The engine whose workers run the image for GPUs (templates/_gpu-pod.tpl has the same).
GPU_IMAGE_ENGINE = "vllm"


def check_pinned(values: Mapping[str, Any], places: Places) -> Iterator[Finding]:
    """LL506: beside a chart by digest every image that it runs is by digest too. `values` satisfy the chart's schema."""
    if "version" not in values["chart"]:
        return
    used = {"gateway"}
    for worker in values["workers"].values():
        engines = {model["engine"] for model in worker["models"].values()}
        used.add("workerVllm" if GPU_IMAGE_ENGINE in engines else "worker")
    for name in sorted(used):
        if not values["images"][name]["digest"]:
            yield _by_tag(name, values["images"][name], places)


def check_promoted_images(version: Mapping[str, Any], places: Places) -> Iterator[Finding]:
    """LL506 of every image that a version.yaml names, whoever runs it. No schema was asked yet."""
    images = version.get("images")
    for name, image in sorted(images.items()) if isinstance(images, dict) else ():
        if isinstance(image, dict) and not image.get("digest"):
            yield _by_tag(name, image, places)


def _by_tag(name: str, image: Mapping[str, Any], places: Places) -> Finding:
    reference = f"{image.get('repository', name)}:{image.get('tag') or 'the version of its chart'}"
    sentence = f"images.{name} is {reference}, and a tag may be moved to other bytes"
    change = f"Set images.{name}.digest; scripts/release writes it."
    # At the image's own lines: where the digest is left out, its line is that of the chart's default.
    return places.error("LL506", ("images", name), sentence, change)
