"""The one question to Prometheus: how much GPU memory each worker was measured to take."""

import json
import urllib.parse
import urllib.request
from collections.abc import Mapping

from ..errors import NotSeen

SECONDS = 10
#: The fullest GPU of any replica, by the serving chart's own record of what DCGM sees on the card (its records/gpu.yaml).
QUERY = 'max by (worker) (lamplighter:gpu_memory_used:bytes{namespace="%s"})'


def measured_vram(address: str, namespace: str) -> Mapping[str, int]:
    """Bytes by worker; empty where nothing is lit. Raises `NotSeen` where Prometheus does not answer."""
    hint = "Name its address, such as http://localhost:9090 of a kubectl port-forward."
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise NotSeen(f"{address} is no http address", hint=hint)
    query = urllib.parse.urlencode({"query": QUERY % namespace})
    try:
        with urllib.request.urlopen(f"{address.rstrip('/')}/api/v1/query?{query}", timeout=SECONDS) as answer:  # noqa: S310 (checked)
            series = json.load(answer)["data"]["result"]
        return {entry["metric"]["worker"]: int(float(entry["value"][1])) for entry in series}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotSeen(f"Prometheus at {address} does not answer: {error}", hint=hint) from error
