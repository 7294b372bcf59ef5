"""How fast a registry gives an image's layers, and how fast this machine unpacks them: downloaded, unpacked and thrown away.

The distribution specification's own calls, without a container runtime: a manifest, then its blobs in order, as containerd does
with one download at a time. Nothing is written; a pull also writes, so a slow disk makes it slower than this.
"""

import json
import platform
import re
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any

from ..errors import CannotJudge
from .speed import MIB, Bounds, Meter, Progress, Speed

CHUNK_BYTES = MIB
TIMEOUT_SECONDS = 30
#: A manifest is a list of layers; distribution itself takes no larger one.
MOST_MANIFEST_BYTES = 4 * MIB
INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
#: Processors as images name them (GOARCH).
ARCHITECTURES: Mapping[str, str] = {"x86_64": "amd64", "aarch64": "arm64"}

_REFERENCE = re.compile(
    r"(?P<host>[a-zA-Z0-9.-]+(:\d+)?)/(?P<name>[a-z0-9._/-]+)(:(?P<tag>[A-Za-z0-9._-]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """An image with its registry. `scheme`: http for a registry without TLS."""

    host: str
    name: str
    version: str
    scheme: str

    def url(self, kind: str, version: str) -> str:
        """Of one of its manifests or blobs."""
        # Docker Hub's images are named by one host and served by another.
        host = "registry-1.docker.io" if self.host == "docker.io" else self.host
        return f"{self.scheme}://{host}/v2/{self.name}/{kind}/{version}"


def image_of(reference: str, *, insecure: bool) -> Image:
    """Reads `registry/name:tag` or `registry/name@digest`. Raises `CannotJudge` for anything else."""
    match = _REFERENCE.fullmatch(reference)
    if match is None or not (match["tag"] or match["digest"]):
        raise CannotJudge(
            f"{reference[:200]!r} names no image.", hint="Write it like registry.example/lamplighter-worker:0.1.0."
        )
    return Image(
        host=match["host"], name=match["name"], version=match["digest"] or match["tag"], scheme="http" if insecure else "https"
    )


def download(image: Image, bounds: Bounds, tell: Progress) -> Speed:
    """Fetches layers until a bound is reached. Raises `CannotJudge` where the registry refuses, or does not answer."""
    caller = _Caller()
    try:
        layers = _layers(image, caller)
        whole = sum(layer["size"] for layer in layers)
        meter = Meter(Bounds(most_bytes=min(bounds.most_bytes, whole), most_seconds=bounds.most_seconds), tell)
        for layer in layers:
            if not meter.full:
                _fetch(image, layer, caller, meter)
    except (OSError, HTTPException, zlib.error, ValueError, KeyError, TypeError) as error:
        raise CannotJudge(
            f"{image.host}/{image.name}:{image.version} cannot be downloaded: {_reason(error)}.",
            hint="Only images that anybody may read are measured; --insecure is for a registry without TLS.",
        ) from error
    if not meter.size_bytes:
        raise CannotJudge(f"{image.name}:{image.version} has no layers.", hint="Name an image that workers run.")
    return meter.speed(
        f"downloaded and unpacked one layer at a time, not written, {len(layers)} layers of {whole / MIB:.0f} MiB"
    )


def _layers(image: Image, caller: "_Caller") -> list[Any]:
    manifest = caller.json(image.url("manifests", image.version))
    if "manifests" in manifest:
        wanted = ARCHITECTURES.get(platform.machine(), "amd64")
        fitting = [one for one in manifest["manifests"] if one.get("platform", {}).get("architecture") == wanted]
        if not fitting:
            raise ValueError(f"it has no {wanted} image")
        manifest = caller.json(image.url("manifests", fitting[0]["digest"]))
    return list(manifest["layers"])


def _fetch(image: Image, layer: Mapping[str, Any], caller: "_Caller", meter: Meter) -> None:
    unpacked = zlib.decompressobj(16 + zlib.MAX_WBITS) if "gzip" in layer.get("mediaType", "") else None
    with caller.open(image.url("blobs", layer["digest"])) as answer:
        while not meter.full and (chunk := answer.read(CHUNK_BYTES)):
            if unpacked:
                unpacked.decompress(chunk)
            meter.add(len(chunk))


class _Caller:
    """Asks a registry, as nobody or with the token that it gives to anybody."""

    def __init__(self) -> None:
        self._token = ""

    def json(self, url: str) -> dict[str, Any]:
        """A manifest. Raises ValueError for what is none."""
        with self.open(url) as answer:
            found = json.loads(answer.read(MOST_MANIFEST_BYTES))
        if not isinstance(found, dict):
            raise ValueError("its manifest is no map")
        return found

    def open(self, url: str) -> HTTPResponse:
        """An answer with a body; asks for a token once."""
        try:
            return self._get(url)
        except urllib.error.HTTPError as error:
            challenge = dict(re.findall(r'(\w+)="([^"]*)"', error.headers.get("www-authenticate", "")))
            if error.code != 401 or self._token or not challenge.get("realm", "").startswith(("https://", "http://")):
                raise
        asked = urllib.parse.urlencode({key: challenge[key] for key in ("service", "scope") if key in challenge})
        answered = self.json(f"{challenge['realm']}?{asked}")
        self._token = str(answered.get("token") or answered["access_token"])
        return self._get(url)

    def _get(self, url: str) -> HTTPResponse:
        request = urllib.request.Request(url, headers={"accept": ", ".join((*INDEXES, *MANIFESTS))})  # noqa: S310 (http or https)
        if self._token:
            # Not sent on where a blob lies elsewhere.
            request.add_unredirected_header("authorization", f"Bearer {self._token}")
        answer: HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310
        return answer


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"it says {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__
