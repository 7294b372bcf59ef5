"""One cluster, one Argo CD in it, and the repository it follows: commits go in, Applications come out."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import yaml

from cluster.cluster import Cluster
from gitops.api import Api
from gitops.argocd import NAMESPACE
from gitops.repository import Repository

#: A sync takes a second or two, a bootstrap ten, all of it many times longer on a busy machine; after this, it does not come.
MOST_SECONDS = 150
#: Argo CD takes an answer to an old commit for one to a new one that came meanwhile: so it is told again.
TOLD_AGAIN_SECONDS = 3.0
API = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}"
SETS = ("platform", "serving")
#: What a namespace holds beside what its controllers make.
KINDS = (
    "api/v1/{}/configmaps",
    "api/v1/{}/services",
    "api/v1/{}/serviceaccounts",
    "apis/apps/v1/{}/deployments",
    "apis/apps/v1/{}/statefulsets",
    "apis/networking.k8s.io/v1/{}/networkpolicies",
    "apis/policy/v1/{}/poddisruptionbudgets",
    "apis/keda.sh/v1alpha1/{}/scaledobjects",
)
Application = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What a test acts on. Everything that waits fails with what Argo CD says at that moment."""

    cluster: Cluster
    api: Api
    repository: Repository
    touched: set[str] = field(default_factory=set)  # Applications that were told of a commit; "" stands for all, and the sets

    def push(self, message: str, *names: str) -> str:
        """Commits the work tree, and tells Argo CD of it. Gives the commit."""
        commit = self.repository.commit(message)
        self.refresh(*names)
        return commit

    def refresh(self, *names: str) -> None:
        """As a webhook: these Applications look at git now; when none is named, every set and every Application."""
        self.touched.update(names or {""})
        self._tell(self.applications())

    def _tell(self, found: dict[str, Application]) -> None:
        """The Applications among the touched ones that do not stand at the newest commit, and the sets."""
        head = self.repository.head()
        for name in set(found) if "" in self.touched else self.touched & set(found):
            if found[name].get("status", {}).get("sync", {}).get("revision") != head:
                self._annotate(f"applications/{name}", {"argocd.argoproj.io/refresh": "normal"})
        for name in SETS if "" in self.touched else ():
            self._annotate(f"applicationsets/{name}", {"argocd.argoproj.io/application-set-refresh": "true"})

    def _annotate(self, path: str, annotations: dict[str, str]) -> None:
        self.api.patch(f"{API}/{path}", {"metadata": {"annotations": annotations}})

    def put_back(self, commit: str, first: set[str]) -> None:
        """Git as it was at a commit, and what was told of another one since synced to it."""
        names = () if "" in self.touched else tuple(self.touched)
        back = self.repository.put_back(commit)
        self.refresh(*names)
        self.wait("the first Applications", lambda found: set(found) == first)
        self.wait_synced(back, *names)
        self.touched.clear()

    def applications(self) -> dict[str, Application]:
        """All Applications by name."""
        found = self.api.get(f"{API}/applications")
        return {thing["metadata"]["name"]: thing for thing in found.get("items", [])}

    def wait(self, what: str, holds: Callable[[dict[str, Application]], bool], *, seconds: float = MOST_SECONDS) -> float:
        """Waits until it holds of the Applications; gives the seconds that took."""
        began = told = time.monotonic()
        while not holds(found := self.applications()):
            now = time.monotonic()
            assert now < began + seconds, f"{what}: not after {now - began:.0f} s.\n" + "\n".join(map(summary, found.values()))
            if now > told + TOLD_AGAIN_SECONDS:
                self._tell(found)
                told = now
            time.sleep(0.2)
        return time.monotonic() - began

    def wait_for(self, name: str, what: str, holds: Callable[[Application], bool], *, seconds: float = MOST_SECONDS) -> float:
        """Waits until it holds of one Application."""
        return self.wait(f"{name}: {what}", lambda found: name in found and holds(found[name]), seconds=seconds)

    def wait_synced(self, commit: str, *names: str) -> float:
        """Waits until Applications (all of them, when none is named) are synced to a commit, and healthy."""
        return self.wait(
            f"synced to {commit[:7]} and healthy",
            lambda found: all(name in found and settled(found[name], commit) for name in names or found),
        )

    def wait_for_set_error(self, name: str) -> str:
        """Waits until an ApplicationSet says that something is wrong; gives what."""
        errors: list[str] = []

        def says_one(_found: dict[str, Application]) -> bool:
            status = self.api.get(f"{API}/applicationsets/{name}").get("status", {})
            wanted = ("ErrorOccurred", "True")
            errors.extend(
                entry["message"] for entry in status.get("conditions", []) if (entry["type"], entry["status"]) == wanted
            )
            return bool(errors)

        self.wait(f"an error of the set {name}", says_one)
        return errors[-1]

    @contextmanager
    def cluster_objects(self, *things: tuple[str, str, dict[str, Any]]) -> Iterator[None]:
        """Admission rules (kind, name, spec) that are there while the block runs."""
        version = "admissionregistration.k8s.io/v1"
        made = [{"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec} for kind, name, spec in things]
        self.cluster.must("apply", "--filename=-", stdin=yaml.safe_dump_all(made))
        try:
            yield
        finally:
            self.cluster.must("delete", "--filename=-", stdin=yaml.safe_dump_all(made))

    def objects(self, namespace: str) -> dict[str, Any]:
        """What runs in a namespace, without what its controllers write: kind/name to what was asked for."""
        found = {}
        for kind in KINDS:
            listed = self.api.get("/" + kind.format(f"namespaces/{namespace}"))
            # A list says its kind once: DeploymentList.
            word = str(listed.get("kind", "")).removesuffix("List")
            found |= {f"{word}/{thing['metadata']['name']}": _asked_for(thing) for thing in listed.get("items", [])}
        return found


def settled(application: Application, commit: str) -> bool:
    """Whether it is synced to the commit and healthy, and nothing is under way."""
    status = application.get("status", {})
    return (
        status.get("sync", {}).get("status") == "Synced"
        and status["sync"].get("revision") == commit
        and status.get("health", {}).get("status") == "Healthy"
        and status.get("operationState", {}).get("phase") == "Succeeded"
    )


def conditions(application: Application) -> str:
    """What Argo CD shows of what is wrong with it."""
    return "\n".join(f"{entry['type']}: {entry['message']}" for entry in application.get("status", {}).get("conditions", []))


def summary(application: Application) -> str:
    """One Application in a few lines."""
    status = application.get("status", {})
    sync, health = status.get("sync", {}), status.get("health", {})
    operation = status.get("operationState", {})
    lines = [
        f"{application['metadata']['name']}: {sync.get('status')} {str(sync.get('revision'))[:7]}, {health.get('status')}",
        f"  {operation.get('phase')}: {operation.get('message')}",
        *(f"  {thing['kind']}/{thing['name']} {thing.get('status')} {thing.get('health')}" for thing in _unsettled(status)),
    ]
    return "\n".join([*lines, conditions(application)])


def _unsettled(status: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        thing
        for thing in status.get("resources", [])
        if thing.get("status") != "Synced" or thing.get("health", {}).get("status", "Healthy") != "Healthy"
    ]


def _asked_for(thing: dict[str, Any]) -> dict[str, Any]:
    labels = thing["metadata"].get("labels", {})
    return {"uid": thing["metadata"]["uid"], "labels": labels, **{key: thing.get(key) for key in ("spec", "data")}}
