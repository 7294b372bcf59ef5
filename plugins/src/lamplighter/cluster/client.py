"""The one door to Kubernetes: kubectl, which knows the kubeconfig and every way to log in. It reads and never writes."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import CannotJudge, NotSeen

#: One list takes a tenth of a second; an API server that takes this long does not answer.
MOST_SECONDS = 30
#: kubectl's words when the API server says 403, and when a kind is not there.
_FORBIDDEN = "Error from server (Forbidden)"
_NO_SUCH_KIND = "the server doesn't have a resource type"

Thing = Mapping[str, Any]


class Cluster(Protocol):
    """What the plugin asks of a cluster. Kinds are resources with their group: `scaledobjects.keda.sh`."""

    def things(self, kind: str, namespace: str = "") -> Sequence[Thing]:
        """All objects of a kind, in a namespace or of the cluster. Raises `NotSeen` where it may not look or there is no such
        kind, `CannotJudge` where the cluster does not answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kubectl:
    """kubectl with a context of the kubeconfig, or its current one."""

    context: str = ""

    def things(self, kind: str, namespace: str = "") -> Sequence[Thing]:
        """See `Cluster`."""
        found = self._get(kind, *(("--namespace", namespace) if namespace else ()))
        return list(found.get("items", ()))

    def _get(self, kind: str, *arguments: str) -> dict[str, Any]:
        program = shutil.which("kubectl")
        if program is None:
            raise CannotJudge("kubectl is not in PATH.", hint="Install kubectl 1.33 or newer.")
        command = [program, *(("--context", self.context) if self.context else ()), "get", kind, *arguments]
        command += ["--output=json", f"--request-timeout={MOST_SECONDS}s"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS + 5, check=False)
        except subprocess.TimeoutExpired as error:
            raise CannotJudge(
                f"The cluster did not answer within {MOST_SECONDS} seconds.", hint="Look at the context."
            ) from error
        if done.returncode == 0:
            found: dict[str, Any] = json.loads(done.stdout)
            return found
        if _FORBIDDEN in done.stderr:
            raise NotSeen(f"may not read {kind}", hint=f"Allow list of {kind} (plugins/rights/observe.yaml).")
        if _NO_SUCH_KIND in done.stderr:
            raise NotSeen(f"the cluster has no {kind}", hint="Is its operator installed?")
        raise CannotJudge(f"kubectl get {kind}: {done.stderr.strip()}", hint="Name a context of the kubeconfig that works.")
