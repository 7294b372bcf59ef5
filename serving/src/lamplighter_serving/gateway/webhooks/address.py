"""Where a webhook may go. Pure: texts and addresses in, refusals out; nobody is asked for a name here.

A client chooses the address, so it must not lead inside: to this machine, to a private network, to a cloud's metadata. The name
is resolved once, each address it has is checked, and the connection goes to one of those: a second look-up could give another.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from ...errors import LamplighterError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_CHARACTERS = 2000
DEFAULT_PORTS = {"https": 443, "http": 80}
#: RFC 6052 and RFC 8215: an IPv4 address in its last 32 bits, reached through a translator.
NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
#: Public by their number, and inside by what answers there: Azure's wire server, and the protocol assignments of RFC 6890,
#: where Oracle's cloud has its metadata.
INSIDE = (IPv4Network("168.63.129.16/32"), IPv4Network("192.0.0.0/24"))
#: What an address may be written in; RFC 3986 without what would end a line or a header, and without user information.
_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?[]!$&'()*+,;=%")
#: A name or an IPv4 address, or an IPv6 address without a zone.
_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}")


class WebhookRefused(LamplighterError):
    """The webhook may not go there."""

    code = "webhook-refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A webhook's address, taken apart. `path` is what the request line says."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The value of the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse_target(url: str, networks: Sequence[Network] = ()) -> Target:
    """The address in a URL. Raises `WebhookRefused` for what is none, and for numbers that may not be reached."""
    if not 0 < len(url) <= MOST_CHARACTERS or not set(url) <= _ALLOWED:
        raise _refused(
            f"is not a URL of at most {MOST_CHARACTERS} of the characters that a URL may have, without user and fragment"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("is not a URL") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0:
        raise _refused("does not begin with https:// and a host")
    target = Target(
        scheme=parts.scheme,
        host=parts.hostname.rstrip("."),
        port=port or DEFAULT_PORTS[parts.scheme],
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    if not target.path.startswith("/") or not _HOST.fullmatch(target.host):
        raise _refused("does not begin with https:// and a host")
    try:
        literal = ip_address(target.host)
    except ValueError:
        if target.scheme == "http" and not networks:
            raise _refused("is not https") from None
    else:
        check_addresses(target, [literal], networks)
    return target


def check_addresses(target: Target, addresses: Iterable[Address], networks: Sequence[Network]) -> None:
    """Raises `WebhookRefused` unless every address of the host may be reached; `networks` may be besides what is public.

    Without TLS only those networks are reached.
    """
    checked = list(addresses)
    if not checked:
        raise _refused("has a host without an address")
    for address in map(embedded, checked):
        named = any(address.version == network.version and address in network for network in networks)
        if not named and not _public(address):
            raise _refused(
                "leads to an address that is not public", hint="LAMPLIGHTER_WEBHOOK_NETWORKS allows networks inside."
            )
        if not named and target.scheme == "http":
            raise _refused("is not https")


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for (mapped, 6to4, Teredo, NAT64, compatible), else the address."""
    if isinstance(address, IPv4Address):
        return address
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in NAT64) or int(address) >> 32 == 0:
        return low
    return address


def _public(address: Address) -> bool:
    if address.version == 4 and any(address in network for network in INSIDE):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _refused(why: str, *, hint: str = "") -> WebhookRefused:
    return WebhookRefused(f"The webhook {why}.", hint=hint or "Give a public address: https://hooks.example.com/lamplighter.")
