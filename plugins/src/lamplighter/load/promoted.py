"""The record of a promotion: promoted.yaml says from which environment a version.yaml came, and at which commit it ran there.

A tree alone cannot tell whether a version ran anywhere, so `promote`, which asks for evidence, leaves this record. It keeps
mistakes out, such as a version that is edited by hand. Who writes a false one on purpose is for its review, and for
`check --changed-since`, which looks the commit up.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..findings import Finding, Places
from .environments import FOLDER, Environment
from .files import Files
from .git import file_at, is_before
from .packaged import promotion_schema
from .schemas import BAD_VALUE, check_schema
from .yamlfile import YamlRefused, parse_yaml

NOT_PROMOTED = "LL508"
PROMOTED_FILE = "promoted.yaml"
VERSION_FILE = "version.yaml"
_HEAD = "# Written by lamplighter promote: where the version beside it ran, Synced and Healthy.\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Promotion:
    """`source`: the environment in which the version ran, at `commit`. `version`: the digest of what version.yaml says."""

    source: str
    commit: str
    version: str

    @property
    def text(self) -> str:
        """As it stands in the file."""
        return f'{_HEAD}from: "{self.source}"\ncommit: "{self.commit}"\nversion: "{self.version}"\n'


def version_digest(data: Mapping[str, Any]) -> str:
    """Of what a version.yaml says; its comments and the order of its keys do not count."""
    return f"sha256:{hashlib.sha256(json.dumps(data, sort_keys=True, separators=(',', ':')).encode()).hexdigest()}"


def check_promoted(files: Files, environment: Environment, *, published: bool) -> Iterator[Finding]:
    """LL508 where an environment takes promoted versions only, and this one is none. One tree says it, without git.

    An environment that was never promoted to may follow the tree (not `published`): that is how all begin.
    """
    name, source = environment.name, environment.promoted_from
    recorded = files.exists(_file(name))
    if not source or not (recorded or published):
        return
    if source == name or not files.exists(f"{FOLDER}/{source}/environment.yaml"):
        places = _places(files, f"{FOLDER}/{name}/environment.yaml")
        sentence = f"promotedFrom is {source}, which is no other environment"
        yield places.error(BAD_VALUE, ("promotedFrom",), sentence, "Name the one whose versions it is to take.")
        return
    version = files.layer(f"{FOLDER}/{name}/{VERSION_FILE}")
    promotion = _promotion(files, name) if recorded else None
    change = f"Run lamplighter promote {source} {name}, or go back to the version before: git revert."
    if version and not recorded:
        sentence = f"{name} takes the versions of {source}, and nothing says that this one ran there: no {PROMOTED_FILE}"
        yield _places(files, version.file).error(NOT_PROMOTED, ("chart",), sentence, change)
    elif promotion and promotion.source != source:
        sentence = f"this version was promoted from {promotion.source}, and {name} takes those of {source}"
        yield _places(files, _file(name)).error(NOT_PROMOTED, ("from",), sentence, change)
    elif version and promotion and promotion.version != (digest := version_digest(version.data)):
        sentence = f"{PROMOTED_FILE} has the version {promotion.version} of {source}, and this is {digest}"
        yield _places(files, version.file).error(NOT_PROMOTED, ("chart",), sentence, change)


def not_its_source(files: Files, environment: Environment, source: str) -> Iterator[Finding]:
    """LL508 where somebody promotes to an environment from another one than it takes versions of."""
    name, due = environment.name, environment.promoted_from
    if due and source != due:
        sentence = f"{name} takes the versions of {due}, not those of {source}"
        places = _places(files, f"{FOLDER}/{name}/environment.yaml")
        yield places.error(NOT_PROMOTED, ("promotedFrom",), sentence, f"Promote to {due} first, then from there.")


def check_recorded(root: Path, name: str, reference: str) -> Iterator[Finding]:
    """LL508 where the record names a commit that `reference` does not stand on, or that had another version. Asks git."""
    files = Files(root)
    promotion = _promotion(files, name) if files.exists(_file(name)) else None
    if promotion is None:
        return
    short, version_file = promotion.commit[:12], f"{FOLDER}/{promotion.source}/{VERSION_FILE}"
    places, change = _places(files, _file(name)), f"Run lamplighter promote {promotion.source} {name}."
    if not is_before(root, promotion.commit, reference):
        sentence = f"commit {short} is none that {reference[:80]} stands on, so nothing of it ran in {promotion.source}"
        yield places.error(NOT_PROMOTED, ("commit",), sentence, change)
        return
    then = _digest_of(file_at(root, promotion.commit, version_file))
    if then != promotion.version:
        sentence = f"at commit {short} {version_file} was {then or 'not there'}, not {promotion.version}"
        yield places.error(NOT_PROMOTED, ("commit",), sentence, change)


def _promotion(files: Files, name: str) -> Promotion | None:
    """The record; None, with findings, when it cannot be used."""
    layer = files.layer(_file(name))
    if layer is None:
        return None
    findings = check_schema(promotion_schema(), layer.data, Places([(layer.file, layer.lines)]))
    files.findings.extend(findings)
    if findings:
        return None
    return Promotion(source=layer.data["from"], commit=layer.data["commit"], version=layer.data["version"])


def _digest_of(content: bytes | None) -> str:
    try:
        data = parse_yaml(content).data if content is not None else None
    except YamlRefused:
        data = None
    return version_digest(data) if isinstance(data, dict) else ""


def _file(name: str) -> str:
    return f"{FOLDER}/{name}/{PROMOTED_FILE}"


def _places(files: Files, name: str) -> Places:
    layer = files.layer(name)
    return Places([(name, layer.lines if layer else {})])
