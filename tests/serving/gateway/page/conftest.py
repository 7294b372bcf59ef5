"""A browser for all tests of the page; for each its own gateway, and visits whose complaints fail the test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from serving.gateway.page.chromium import open_browser
from serving.gateway.page.page_server import PageServer
from serving.gateway.page.visit import WIDE, NewVisit, Visit


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = open_browser(playwright)
        yield browser
        browser.close()


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer() as server:
        yield server


@pytest.fixture
def new_visit(browser: Browser, server: PageServer) -> Iterator[NewVisit]:
    """Opens visits; at the end none may have an error in its console, an uncaught one, or a breach of the content policy."""
    visits: list[Visit] = []

    def visit(at: PageServer = server, *, size: tuple[int, int] = WIDE, scheme: str = "dark") -> Visit:
        visits.append(Visit(browser, at, size=size, scheme=scheme))
        return visits[-1]

    yield visit
    for each in visits:
        each.close()
    assert [complaint for each in visits for complaint in each.complaints] == []


@pytest.fixture
def visit(new_visit: NewVisit) -> Visit:
    return new_visit()
