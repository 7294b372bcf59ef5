"""LL507: whether a version runs where it is promoted from. The evidence is Argo CD's Application, of a file or the cluster."""

import sys
from collections.abc import Iterator
from pathlib import Path

from ..cluster.client import Kubectl
from ..errors import CannotJudge, NotSeen
from ..findings import Finding, Place, Severity
from ..load.application import Application, applications, applications_of
from ..load.environments import FOLDER
from ..load.git import file_at

#: The resource, and the namespace that argocd/ puts Applications into.
APPLICATIONS, NAMESPACE = "applications.argoproj.io", "argocd"


def from_cluster(context: str) -> list[Application]:
    """Every Application of the cluster's Argo CD. Raises `CannotJudge`."""
    try:
        things = Kubectl(context=context).things(APPLICATIONS, NAMESPACE)
    except NotSeen as unseen:
        hint = f"Allow list of {APPLICATIONS} in {NAMESPACE} (plugins/rights/promote.yaml), or give --status a file."
        raise CannotJudge(f"The cluster says nothing of its Applications: {unseen.sentence}.", hint=hint) from unseen
    return applications_of(things, f"the namespace {NAMESPACE} of the cluster")


def from_file(status: str) -> list[Application]:
    """Every Application in a file, or in standard input (`-`). Raises `CannotJudge`."""
    try:
        text = sys.stdin.read() if status == "-" else Path(status).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        hint = "Make it with: kubectl -n argocd get applications -o json"
        raise CannotJudge(f"{status} cannot be read: {error}.", hint=hint) from error
    return applications(text, "standard input" if status == "-" else status)


def application_of(listed: list[Application], environment: str) -> Application | Finding:
    """The one that stands for an environment."""
    mine = [one for one in listed if one.path == f"{FOLDER}/{environment}"]
    if len(mine) == 1:
        return mine[0]
    names = ", ".join(one.name for one in listed[:5])
    sentence = f"{len(mine)} of the {len(listed)} Applications given ({names}) stand for {FOLDER}/{environment}, not one"
    return _doubt(environment, sentence, f"Give the status of the Application of {environment}.")


def not_proven(root: Path, application: Application, environment: str) -> Iterator[Finding]:
    """Why the environment's version.yaml, as it is in the tree, cannot be said to run well there."""
    doubts = list(application.doubts())
    for sentence in doubts:
        yield _doubt(environment, sentence, f"Wait until {environment} is Synced and Healthy, and ask again.")
    if doubts:
        return
    version_file = _version_file(environment)
    ran = file_at(root, application.revision, version_file)
    short = application.revision[:12]
    if ran is None:
        sentence = f"{application.name} runs the commit {short}, which has no {version_file} here"
        yield _doubt(environment, sentence, "Fetch that commit: git fetch origin.")
    elif ran != (root / version_file).read_bytes():
        sentence = f"{application.name} runs the version of commit {short}, and {version_file} says another one now"
        yield _doubt(environment, sentence, f"Merge it and wait for {environment}, or go back to what runs there.")


def _doubt(environment: str, sentence: str, change: str) -> Finding:
    place = Place(file=_version_file(environment), line=1)
    return Finding(code="LL507", severity=Severity.ERROR, place=place, path="", sentence=sentence, change=change)


def _version_file(environment: str) -> str:
    return f"{FOLDER}/{environment}/version.yaml"
