"""The page's files: under names that change with their content, so that browsers keep them forever; and `/`, which names them.

One hash over all files is part of every path. So modules may import each other by their plain names, and a browser never mixes
two versions. Only files that stand in the folder when the gateway starts are served; there is no path a client could climb.
"""

import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGE_FOLDER = Path(__file__).parent / "page"
INDEX = "index.html"

#: Nothing from elsewhere, no inline script, no frame. Pictures of pages come as blobs: an <img> cannot send the key.
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
FOREVER = "public, max-age=31536000, immutable"
#: The index is asked for anew each time; it is small, and an ETag spares even that.
ASK_AGAIN = "no-cache"

#: src="app.js", href="./style.css": what the index names of its own folder.
_OWN_REFERENCE = re.compile(r"""((?:src|href)=["'])(?:\./|/)?([\w./-]+)(["'])""")

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
}
_TEXTS = ("text/", "image/svg", "application/json")


@dataclass(frozen=True, kw_only=True, slots=True)
class PageFiles:
    """The folder as it stood at start: file name to content, and the hash over all of them."""

    files: Mapping[str, bytes]
    version: str


def read_page(folder: Path = PAGE_FOLDER) -> PageFiles:
    """Reads the folder; an absent one is an empty one."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith((".", "__")))
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.suffix not in (".py", ".pyc")}
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return PageFiles(files=files, version=digest.hexdigest()[:16])


def routes(page: PageFiles) -> list[Route]:
    """`/` and one route a file."""
    if INDEX not in page.files:
        return []
    base = f"/page/{page.version}/"
    made = [_file_route(base + name, name, content, FOREVER) for name, content in page.files.items() if name != INDEX]
    return [_file_route("/", INDEX, _index(page, base), ASK_AGAIN), *made]


def _index(page: PageFiles, base: str) -> bytes:
    """The index with its references to own files made absolute."""

    def refer(match: re.Match[str]) -> str:
        before, name, after = match.groups()
        return f"{before}{base}{name}{after}" if name in page.files else match[0]

    return _OWN_REFERENCE.sub(refer, page.files[INDEX].decode("utf-8")).encode()


def _file_route(path: str, name: str, content: bytes, cache_control: str) -> Route:
    suffix = "." + name.rsplit(".", 1)[-1]
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {
        "content-type": f"{kind}; charset=utf-8" if kind.startswith(_TEXTS) else kind,
        "cache-control": cache_control,
        "content-security-policy": PAGE_POLICY,
        "etag": etag,
    }

    async def serve(request: Request) -> Response:
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers)

    return Route(path, serve)
