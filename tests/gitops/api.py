"""The API server asked directly: a kubectl a question takes more of a busy machine than all of Argo CD does."""

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Nothing is there; or not yet, while the server makes room for a kind that is new.
NOT_NOW = (404, 429, 503)


@dataclass(frozen=True, kw_only=True, slots=True)
class Api:
    """An API server, by its address, the authority it is trusted by, and a token."""

    url: str
    token: str
    opener: urllib.request.OpenerDirector

    def get(self, path: str) -> dict[str, Any]:
        """What is at a path; empty where there is nothing."""
        return self._ask("GET", path)

    def patch(self, path: str, changes: dict[str, Any]) -> None:
        """Merges changes into an object. It may be gone by now."""
        self._ask("PATCH", path, json.dumps(changes).encode())

    def patch_status(self, path: str, status: dict[str, Any]) -> None:
        """Merges into an object's status. It may be gone by now."""
        self.patch(f"{path}/status", {"status": status})

    def _ask(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/merge-patch+json"}
        request = urllib.request.Request(f"{self.url}{path}", data=body, headers=headers, method=method)
        try:
            with self.opener.open(request, timeout=30) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            error.close()
            if error.code not in NOT_NOW:
                raise
            return {}


def api_of(kubeconfig: Path) -> Api:
    """The server of a kubeconfig that cluster.control_plane wrote."""
    config = json.loads(kubeconfig.read_text())
    cluster = config["clusters"][0]["cluster"]
    context = ssl.create_default_context(cafile=cluster["certificate-authority"])
    # Past any proxy of the environment: the address is our own.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    return Api(url=cluster["server"], token=config["users"][0]["user"]["token"], opener=opener)
