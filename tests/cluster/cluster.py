"""A cluster as the tests see it: kubectl and both Helms pointed at it, and namespaces held to restricted Pod Security."""

import json
import os
import subprocess
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cluster.pods import pods_of
from cluster.programs import CRDS, program

#: A Helm command here takes a second or two, its hooks included; what takes this long waits for something that never comes.
MOST_SECONDS = 120
NO_CONDITIONS = "conditions accessor error: <nil>"
LEVEL = "restricted"
#: Where no proxy of the environment is asked: the loopback address, and the machines of `cluster.machine`.
OURS = "127.0.0.1,198.18.0.0/15"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """The cluster of a kubeconfig. `home` is a folder where Helm may keep what it caches."""

    kubeconfig: Path
    home: Path

    def kubectl(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Runs kubectl; the caller looks at the exit status."""
        return self._run([program("kubectl"), *arguments], stdin)

    def must(self, *arguments: str, stdin: str = "") -> str:
        """kubectl's output; fails with its complaint when it has one."""
        done = self.kubectl(*arguments, stdin=stdin)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def helm(self, major: int, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Runs Helm 3 or Helm 4; the caller looks at the exit status."""
        return self._run([program(f"helm{major}"), *arguments], stdin)

    def get(self, kind: str, name: str, namespace: str) -> dict[str, Any]:
        """One object as it is in the cluster."""
        found: dict[str, Any] = json.loads(self.must("get", kind, name, "--namespace", namespace, "--output", "json"))
        return found

    def apply(self, manifests: str, namespace: str, *, dry_run: bool) -> str:
        """Applies as Helm 4 does, on the server's side; gives what the server refused or warned of, or nothing."""
        arguments = ["apply", "--server-side", "--field-manager=helm", "--validate=strict", "--warnings-as-errors"]
        arguments += ["--dry-run=server"] if dry_run else []
        done = self.kubectl(*arguments, "--namespace", namespace, "--filename=-", stdin=manifests)
        return done.stderr if done.returncode else ""

    def complaints(self, manifests: str, namespace: str) -> str:
        """Everything the cluster says against a render: to a dry run, to the real thing, and to the pods it would make."""
        return (
            self.apply(manifests, namespace, dry_run=True)
            or self.apply(manifests, namespace, dry_run=False)
            # Pod Security only warns of a template that breaks it. Its pods are refused: so they are tried as well.
            or self.refused_pods(manifests, namespace)
        )

    def refused_pods(self, manifests: str, namespace: str) -> str:
        """What the server says against the pods of every template, without making one."""
        pods = [pod for thing in yaml.safe_load_all(manifests) if thing for pod in pods_of(thing)]
        return self.apply(yaml.safe_dump_all(pods), namespace, dry_run=True) if pods else ""

    @contextmanager
    def namespace(self, prefix: str = "serving", level: str = LEVEL) -> Iterator[str]:
        """A fresh namespace in which Pod Security refuses what is beyond its level, and warns of templates that are."""
        name = f"{prefix}-{uuid.uuid4().hex[:8]}"
        labels = {f"pod-security.kubernetes.io/{mode}": level for mode in ("enforce", "warn", "audit")}
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        self.must("create", "--filename=-", stdin=json.dumps(body))
        try:
            # A pod needs the account, and its controller makes it a moment later.
            self.must("wait", "--for=create", "serviceaccount/default", "--namespace", name, "--timeout=60s")
            yield name
        finally:
            self.must("delete", "namespace", name, "--wait=false")
            # What our charts make outside of any namespace.
            self.must("delete", "priorityclasses", "--selector=app.kubernetes.io/part-of=lamplighter", "--ignore-not-found")

    def apply_crds(self) -> None:
        """The operators' CRDs; returns when the server answers for them."""
        files = sorted(CRDS.glob("*/*.yaml"))
        assert files, f"{CRDS} is empty: run scripts/cluster-tools"
        self.apply_definitions(files)

    def apply_definitions(self, files: Iterable[Path]) -> None:
        """CRDs of these files; returns when the server answers for them."""
        # Some are too large for an apply on the client's side, whose annotation repeats them.
        self.must("apply", "--server-side", *(f"--filename={path}" for path in files))
        established = ("wait", "--for=condition=Established", "--timeout=60s", "customresourcedefinitions", "--all")
        deadline = time.monotonic() + MOST_SECONDS
        # kubectl fails over a definition whose conditions are still null, instead of waiting for one.
        while NO_CONDITIONS in self.kubectl(*established).stderr and time.monotonic() < deadline:
            time.sleep(0.2)
        self.must(*established)

    def _run(self, command: list[str], stdin: str) -> subprocess.CompletedProcess[str]:
        homes = {f"HELM_{kind}_HOME": str(self.home / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
        environment = os.environ | homes | {"KUBECONFIG": str(self.kubeconfig), "NO_PROXY": OURS}
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, env=environment, timeout=MOST_SECONDS, check=False
        )
