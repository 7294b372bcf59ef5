"""The pod that this process runs in, as Kubernetes knows it. Nothing else of the worker speaks to Kubernetes.

Needs one right: to patch `pods/status` in the pod's namespace. That changes annotations too, and no container, which is why it
is not the right to patch pods.
"""

import json
import ssl
from collections.abc import Mapping

import httpx

from ..errors import PodUntold
from ..settings import PodPlace

#: Nothing waits for the answer but the next heartbeat.
TIMEOUT_SECONDS = 4.0


class OwnPod:
    """The pod at a place of the API."""

    def __init__(self, place: PodPlace) -> None:
        self._place = place

    async def annotate(self, annotations: Mapping[str, str]) -> None:
        """Sets these annotations beside the others. Raises `PodUntold`."""
        credentials = self._place.credentials
        try:
            # Read at every call: the kubelet renews the token.
            token = (credentials / "token").read_text(encoding="utf-8").strip()
            namespace = (credentials / "namespace").read_text(encoding="utf-8").strip()
            trust = ssl.create_default_context(cafile=credentials / "ca.crt")
            async with httpx.AsyncClient(verify=trust, trust_env=False, timeout=TIMEOUT_SECONDS) as client:
                answer = await client.patch(
                    f"{self._place.api}/api/v1/namespaces/{namespace}/pods/{self._place.name}/status",
                    headers={"authorization": f"Bearer {token}", "content-type": "application/merge-patch+json"},
                    content=json.dumps({"metadata": {"annotations": annotations}}),
                )
        except (httpx.HTTPError, OSError) as error:
            raise PodUntold(f"Kubernetes did not answer: {type(error).__name__}.") from error
        if answer.is_error:
            raise PodUntold(f"Kubernetes refused with status {answer.status_code}.")
