"""The API server over HTTP, for what follows many objects at once: watches, and changes of nodes."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx


@asynccontextmanager
async def api(access: dict[str, Any]) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the rights of a kubeconfig's user."""
    place, user = access["clusters"][0]["cluster"], access["users"][0]["user"]
    async with httpx.AsyncClient(
        base_url=place["server"],
        headers={"authorization": f"Bearer {user['token']}"},
        verify=ssl.create_default_context(cafile=place["certificate-authority"]),
        timeout=httpx.Timeout(30, read=None),
        trust_env=False,
    ) as client:
        yield client


async def watch(client: httpx.AsyncClient, path: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """What happens to the objects below a path: ADDED, MODIFIED or DELETED, and the object. Those that are there come first."""
    async with client.stream("GET", path, params={"watch": "1"}) as response:
        response.raise_for_status()
        async for line in response.aiter_lines():
            event = json.loads(line)
            yield event["type"], event["object"]


async def create(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
    """A new object; and its status, where it has one of its own."""
    (await client.post(path, json=body)).raise_for_status()


async def merge(client: httpx.AsyncClient, path: str, change: dict[str, Any]) -> None:
    """A merge patch."""
    headers = {"content-type": "application/merge-patch+json"}
    (await client.patch(path, content=json.dumps(change), headers=headers)).raise_for_status()
