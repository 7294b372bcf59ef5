"""A chart that was published: named by registry, version and digest, fetched once and kept by its digest.

What is kept is only ever added whole and never changed, so that any number of renders may use it at once. The digest is that of
the registry's manifest, which holds the digest of the chart's bytes; Helm compares those while it fetches.
"""

import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CannotJudge
from ..findings import Finding, Places, path_text
from .helm import Pulled, pull
from .yamlfile import YamlRefused, parse_yaml

NOT_AS_PINNED = "LL504"
NAMED_HALF = "LL505"

#: A chart of templates is some hundred KiB, with its dependencies some MiB. What is larger is no chart of ours.
MOST_PACKED_BYTES = 8 * 1024 * 1024
MOST_BYTES = 32 * 1024 * 1024
MOST_FILES = 5_000

#: What each key must look like before any of it reaches a program: charts/*/values.schema.json say the same.
_SHAPES: Mapping[str, tuple[re.Pattern[str], str]] = {
    "repository": (
        re.compile(r"oci://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*"),
        "oci://registry.example/charts",
    ),
    "version": (re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]{1,64})?"), "0.1.0"),
    "digest": (re.compile(r"sha256:[0-9a-f]{64}"), "sha256: and 64 hexadecimal digits"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedChart:
    """One chart of a registry. `places` and `at` say where version.yaml names it."""

    name: str
    repository: str  # with oci://, and without the chart's name
    version: str
    digest: str
    places: Places
    at: tuple[str, ...] = ("chart",)

    @property
    def where(self) -> str:
        """File and line of its version, for an error that is no finding."""
        place = self.places.of((*self.at, "version"))
        return f"{place.file}:{place.line}"


def published_chart(name: str, said: Mapping[str, Any], places: Places) -> PublishedChart | list[Finding]:
    """The chart that version.yaml's `chart` names, or what is wrong with the names."""
    found = list(_half_named(said, places))
    return found or PublishedChart(name=name, places=places, **{key: said[key] for key in _SHAPES})


def _half_named(said: Mapping[str, Any], places: Places) -> Iterator[Finding]:
    if "path" in said:
        sentence = "chart names a folder of the tree and a published version: one of them would be left unread"
        yield places.error(NAMED_HALF, ("chart", "path"), sentence, "Leave path out, or repository, version and digest.")
        return
    for key, (shape, example) in _SHAPES.items():
        at = ("chart", key)
        if said.get(key) is None:
            sentence = f"{path_text(at)} is not set, so other bytes could be rendered than those that were promoted"
            yield places.error(NAMED_HALF, at, sentence, f"Write it like {example}; scripts/release writes all three.")
        elif not isinstance(said[key], str) or not shape.fullmatch(said[key]):
            shown = str(said[key])[:80]
            yield places.error(NAMED_HALF, at, f"{path_text(at)} is {shown!r}, which it cannot be", f"Write it like {example}.")


def charts_folder() -> Path:
    """Where charts are kept: LAMPLIGHTER_CACHE, else the user's cache folder."""
    given = os.environ.get("LAMPLIGHTER_CACHE")
    base = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lamplighter"
    return base / "charts"


def fetched_chart(chart: PublishedChart, cache: Path) -> Path | Finding:
    """The chart's folder, or LL504: the registry has no such version, or it is other bytes, or no chart of this name.

    Raises `CannotJudge` where the registry does not answer or the cache cannot be written, and `HelmFailed` without a helm.
    """
    kept = cache / chart.digest.replace(":", "-") / chart.name
    if (kept / "Chart.yaml").is_file():
        return kept
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as folder:
            return _fetch(chart, Path(folder), kept)
    except OSError as error:
        raise CannotJudge(
            f"{chart.where}: {chart.name} cannot be kept in {cache}: {error.strerror}.",
            hint="Set LAMPLIGHTER_CACHE to a folder.",
        ) from error


def _fetch(chart: PublishedChart, folder: Path, kept: Path) -> Path | Finding:
    reference = f"{chart.repository}/{chart.name}"
    got = pull(reference=reference, version=chart.version, folder=folder)
    if not isinstance(got, Pulled):
        if got.missing:
            sentence = f"{reference} has no version {chart.version}"
            return _not_as_pinned(chart, "version", sentence, "Publish it (scripts/release), or name a version that is there.")
        hint = "Nothing was rendered. Look whether the registry answers and helm registry login was done, then try again."
        raise CannotJudge(f"{chart.where}: {reference} {chart.version} cannot be fetched: {got.reason}.", hint=hint)
    if got.digest != chart.digest:
        sentence = f"{reference} {chart.version} is {got.digest}, not {chart.digest}: it was published again with other bytes"
        return _not_as_pinned(chart, "digest", sentence, "Release a new version; one that is out does not change.")
    if problem := _unpack(got.file, folder / "chart", chart):
        return _not_as_pinned(chart, "version", f"{reference} {chart.version} {problem}", "Release a sound chart.")
    kept.parent.parent.mkdir(parents=True, exist_ok=True)
    try:
        (folder / "chart").rename(kept.parent)
    except OSError:
        # Somebody else was faster; by its digest it is the same.
        if not (kept / "Chart.yaml").is_file():
            raise
    return kept


def _unpack(file: Path, folder: Path, chart: PublishedChart) -> str:
    """Unpacks the chart; what is wrong with it, or nothing. Only plain files that stay within the chart's own folder."""
    if file.stat().st_size > MOST_PACKED_BYTES:
        return f"has {file.stat().st_size} bytes; a chart has at most {MOST_PACKED_BYTES}"
    size = 0
    try:
        with tarfile.open(file) as archive:
            for number, member in enumerate(archive):
                size += member.size
                if size > MOST_BYTES or number >= MOST_FILES:
                    return f"unpacks to more than {MOST_BYTES} bytes or {MOST_FILES} files"
                if not (member.isfile() or member.isdir()) or member.name.split("/")[0] != chart.name:
                    return f"holds {member.name[:80]!r}, which is no plain file of {chart.name}"
                archive.extract(member, folder, filter="data")
        data = parse_yaml((folder / chart.name / "Chart.yaml").read_bytes()).data
    except (tarfile.TarError, EOFError, YamlRefused, FileNotFoundError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        return f"is no chart: {error}"
    named = (data.get("name"), data.get("version")) if isinstance(data, dict) else (None, None)
    return "" if named == (chart.name, chart.version) else f"calls itself {named[0]} {named[1]}"


def _not_as_pinned(chart: PublishedChart, key: str, sentence: str, change: str) -> Finding:
    return chart.places.error(NOT_AS_PINNED, (*chart.at, key), sentence, change)
