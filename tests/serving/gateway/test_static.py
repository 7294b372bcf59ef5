"""The page's files: what is served under which name and rule, and that no path leads out of the folder."""

import re
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from lamplighter_serving.gateway.static import PAGE_FOLDER, read_page, routes
from serving.gateway.running import RunningGateway


@pytest.fixture
def page(gateway: RunningGateway) -> httpx.Client:
    """A browser without a key."""
    return gateway.client(None)


def base(page: httpx.Client) -> str:
    found = re.search(r'src="(/page/[0-9a-f]{16}/)', page.get("/").text)
    assert found
    return found[1]


def test_page_needs_no_key_and_names_only_files_that_are_there(page: httpx.Client) -> None:
    index = page.get("/")
    assert (index.status_code, index.headers["content-type"]) == (200, "text/html; charset=utf-8")
    named = re.findall(r'(?:src|href)="([^"#]+)"', index.text)
    assert any(name.endswith(".js") for name in named)
    for name in named:
        assert page.get(name).status_code == 200, name


def test_every_file_of_the_folder_is_served_with_its_type(page: httpx.Client) -> None:
    types = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    for path in PAGE_FOLDER.iterdir():
        if path.suffix not in types:
            continue
        response = page.get(base(page) + path.name)
        assert response.content == path.read_bytes()
        assert response.headers["content-type"] == f"{types[path.suffix]}; charset=utf-8"
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["x-content-type-options"] == "nosniff"


def test_policy_allows_nothing_from_elsewhere_and_nothing_inline(page: httpx.Client) -> None:
    policy = dict(rule.split(" ", 1) for rule in page.get("/").headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"} & set(" ".join(policy.values()).split())
    index = page.get("/").text
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|javascript:", index)


def test_index_is_asked_for_again_and_costs_nothing_when_unchanged(page: httpx.Client) -> None:
    index = page.get("/")
    assert index.headers["cache-control"] == "no-cache"
    again = page.get("/", headers={"if-none-match": index.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert page.get("/", headers={"if-none-match": '"old"'}).status_code == 200


@pytest.mark.parametrize(
    "climb",
    [
        "../openapi.json",
        "..%2fopenapi.json",
        "%2e%2e/openapi.json",
        "%2e%2e%2fapp.py",
        "....//app.py",
        "..\\app.py",
        "/etc/passwd",
        "%00",
        "index.html",
        "app.js/",
        "app.js%00.css",
        "APP.JS",
        "",
        ".",
    ],
)
def test_no_path_leads_to_anything_but_the_files(gateway: RunningGateway, page: httpx.Client, climb: str) -> None:
    # Past the client's own tidying of paths.
    url = httpx.URL(gateway.address).copy_with(raw_path=(base(page) + climb).encode())
    assert page.get(url).status_code == 404


def test_file_that_changes_gets_another_name_and_so_do_all_others(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<script src="a.js"></script><link href="./b.css"><a href="other.js">')
    (tmp_path / "a.js").write_text("import './c.js'")
    (tmp_path / "b.css").write_text("")
    first = read_page(tmp_path)
    (tmp_path / "b.css").write_text("a {}")
    second = read_page(tmp_path)
    assert first.version != second.version
    paths = {route.path for route in routes(second) if isinstance(route, Route)}
    assert paths == {"/", f"/page/{second.version}/a.js", f"/page/{second.version}/b.css"}


def test_hidden_files_and_code_are_no_part_of_the_page(tmp_path: Path) -> None:
    for name in ("index.html", ".secret", "server.py", "__init__.py"):
        (tmp_path / name).write_text("")
    assert set(read_page(tmp_path).files) == {"index.html"}


def test_gateway_without_a_page_has_no_routes_for_it(tmp_path: Path) -> None:
    assert routes(read_page(tmp_path)) == []
