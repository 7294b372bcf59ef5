"""One POST to an address that was checked: the connection goes to that address, and no redirect is followed.

HTTP/1.1 by hand, for what a client library would do by itself is what must not happen here: look the name up again, go through
a proxy of the environment, follow a redirect, read an answer without end.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import ip_address

from .address import Address, Network, Target, check_addresses, parse_target

#: For the whole of an attempt: name, connection, answer. Receivers are told to answer at once and work later.
POST_SECONDS = 15.0
#: More of a head than this is not read; of a body nothing is.
MOST_HEAD_BYTES = 16 * 1024

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")


class PostFailed(Exception):
    """Nobody answered. The text is ours and names no address."""


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Every address of a host. Raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    networks: Sequence[Network],
    tls: ssl.SSLContext,
    resolver: Resolve = resolve,
) -> int:
    """Sends it and gives the status. Raises `WebhookRefused` for an address that may not be reached, and `PostFailed`."""
    target = parse_target(url, networks)
    try:
        async with asyncio.timeout(POST_SECONDS):
            addresses = await resolver(target.host, target.port)
            check_addresses(target, addresses, networks)
            return await _exchange(target, addresses[0], body, headers, tls)
    except TimeoutError:
        raise PostFailed(f"no answer within {POST_SECONDS:g} s") from None
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, UnicodeError) as error:
        raise PostFailed(type(error).__name__) from error


async def _exchange(target: Target, address: Address, body: bytes, headers: Mapping[str, str], tls: ssl.SSLContext) -> int:
    secure = target.scheme == "https"
    reader, writer = await asyncio.open_connection(
        str(address),
        target.port,
        limit=MOST_HEAD_BYTES,
        ssl=tls if secure else None,
        server_hostname=target.host if secure else None,
    )
    try:
        head = {
            "host": target.host_header,
            "user-agent": "lamplighter",
            "content-type": "application/json",
            "content-length": str(len(body)),
            "connection": "close",
            **headers,
        }
        lines = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        writer.write("\r\n".join(lines).encode("ascii") + body)
        await writer.drain()
        match = _STATUS.fullmatch(await reader.readuntil(b"\n"))
        if match is None:
            raise PostFailed("the answer is not HTTP")
        return int(match[1])
    finally:
        writer.close()
