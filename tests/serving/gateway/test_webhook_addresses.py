"""Where a webhook may not go: tries to reach what is inside, and to say more than an address in an address."""

from ipaddress import ip_address, ip_network

import pytest

from lamplighter_serving.gateway.webhooks.address import WebhookRefused, check_addresses, parse_target

INSIDE = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",  # carrier-grade NAT: some clouds' metadata
    "169.254.169.254",  # metadata of most clouds
    "168.63.129.16",  # Azure's own, public by its number
    "192.0.0.192",  # Oracle's metadata
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",  # AWS's metadata
    "ff02::1",
    "::ffff:127.0.0.1",  # mapped
    "::ffff:169.254.169.254",
    "::127.0.0.1",  # compatible
    "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
    "64:ff9b:1::a9fe:a9fe",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo of 127.0.0.1
)
SMUGGLED = (
    "https://example.com/\r\nhost: inside",
    "https://example.com/a b",
    "https://example.com/\nwebhook-id: 1",
    "https://exam\tple.com/",
    "https://example.com/\x00",
    "https://example.com@127.0.0.1/",
    "https://user:password@example.com/",
    "https://example.com#@127.0.0.1/",
    "https://127.0.0.1\\@example.com/",
    "https://ex\N{CIRCLED LATIN SMALL LETTER A}mple.com/",
    "https://[::1%25lo]/",
    "https://exa%6dple.com/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:22a/",
    "https:///path",
    "https://",
    "//example.com/",
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "HTTPS://[::ffff:7f00:1]/",
    "https://example.com/" + "a" * 2000,
)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused_whether_it_is_written_or_resolved(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(WebhookRefused, match="not public"):
        parse_target(f"https://{host}/hook")
    target = parse_target("https://hooks.example.com/")
    with pytest.raises(WebhookRefused, match="not public"):
        check_addresses(target, [ip_address("93.184.215.14"), ip_address(address)], ())


@pytest.mark.parametrize("url", SMUGGLED)
def test_a_text_that_says_more_than_an_address_is_refused(url: str) -> None:
    with pytest.raises(WebhookRefused):
        parse_target(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "hooks.example.com"])
def test_a_name_that_leads_inside_is_refused_by_its_address(host: str) -> None:
    target = parse_target(f"https://{host}/")
    with pytest.raises(WebhookRefused, match="not public"):
        check_addresses(target, [ip_address("127.0.0.1")], ())


def test_a_host_without_an_address_is_refused() -> None:
    with pytest.raises(WebhookRefused, match="without an address"):
        check_addresses(parse_target("https://example.com/"), [], ())


def test_a_public_address_is_taken_apart() -> None:
    target = parse_target("https://Hooks.Example.com.:8443/a/b?c=d")
    assert (target.host, target.port, target.path) == ("hooks.example.com", 8443, "/a/b?c=d")
    assert target.host_header == "hooks.example.com:8443"
    assert parse_target("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]").host_header == (
        "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]"
    )


def test_named_networks_are_reached_also_without_tls_and_no_others() -> None:
    networks = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    assert parse_target("http://10.1.2.3/hook", networks).port == 80
    parse_target("http://[fd00::5]/hook", networks)
    inside = parse_target("http://receiver.inside/hook", networks)
    check_addresses(inside, [ip_address("10.1.2.3")], networks)
    for address in ("127.0.0.1", "93.184.215.14"):  # inside, but not there; outside, and in plain text
        with pytest.raises(WebhookRefused):
            check_addresses(inside, [ip_address(address)], networks)
