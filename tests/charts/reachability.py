"""Who may open a connection to whom, from NetworkPolicies as text: Kubernetes' rules, for what our charts use of them.

Policies only ever add: a pod that no policy selects takes everything, one that a policy selects takes what some policy allows.
Unknown parts of a policy are an error, never a guess.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

KNOWN = {"podSelector", "policyTypes", "ingress"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pod:
    """What a policy sees of one: its namespace, its labels, and its ports by name."""

    namespace: str
    labels: Mapping[str, str]
    ports: Mapping[str, int]


def pod_of(thing: Mapping[str, Any]) -> Pod:
    """The pod that a workload makes; a Pod is its own."""
    template = thing if thing["kind"] == "Pod" else thing["spec"]["template"]
    ports = [port for container in template["spec"]["containers"] for port in container.get("ports", ())]
    return Pod(
        namespace=thing["metadata"]["namespace"],
        labels=template["metadata"]["labels"],
        ports={port["name"]: port["containerPort"] for port in ports},
    )


def reaches(policies: Iterable[Mapping[str, Any]], source: Pod, target: Pod, port: str) -> bool:
    """Whether `source` may connect to that port of `target`."""
    chosen = [policy for policy in policies if _selects(policy, target)]
    return not chosen or any(
        _allows(rule, source, target, port) for policy in chosen for rule in policy["spec"].get("ingress", ())
    )


def _selects(policy: Mapping[str, Any], pod: Pod) -> bool:
    spec = policy["spec"]
    assert spec.keys() <= KNOWN, f"reachability does not know {sorted(spec.keys() - KNOWN)}"
    assert spec["policyTypes"] == ["Ingress"]
    return bool(policy["metadata"]["namespace"] == pod.namespace and _matches(spec["podSelector"], pod.labels))


def _allows(rule: Mapping[str, Any], source: Pod, target: Pod, port: str) -> bool:
    assert rule.keys() <= {"from", "ports"}, rule
    ports = [target.ports.get(entry["port"], entry["port"]) for entry in rule.get("ports", ())]
    if ports and target.ports[port] not in ports:
        return False
    return "from" not in rule or any(_is_peer(peer, source, target) for peer in rule["from"])


def _is_peer(peer: Mapping[str, Any], source: Pod, target: Pod) -> bool:
    assert peer.keys() <= {"podSelector", "namespaceSelector"}, peer
    # Kubernetes gives every namespace this label itself.
    namespace = {"kubernetes.io/metadata.name": source.namespace}
    near = (
        _matches(peer["namespaceSelector"], namespace) if "namespaceSelector" in peer else source.namespace == target.namespace
    )
    return near and _matches(peer.get("podSelector", {}), source.labels)


def _matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    assert selector.keys() <= {"matchLabels"}, selector
    return selector.get("matchLabels", {}).items() <= labels.items()
