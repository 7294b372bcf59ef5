"""The page, its key and its line to the gateway: who may look, what happens when the line breaks, what is asked and when."""

import re

import pytest
from playwright.sync_api import expect

from lamplighter_serving.queue.job import Problem
from serving.gateway.page.page_server import PageServer
from serving.gateway.page.visit import NewVisit, Visit

pytestmark = pytest.mark.browser

DOCUMENT = b"%PDF-1.7 cut off"
WRONG_KEY = "ll_abcdefgh_" + "x" * 43


def test_key_in_the_fragment_is_taken_and_leaves_the_address(visit: Visit) -> None:
    page = visit.open()
    assert "key" not in page.url
    assert not [each for each in visit.requests if visit.server.key in each.partition("#")[0]]
    page.reload()
    visit.expect_live()  # kept for this tab
    expect(page.locator("#key-dialog")).to_be_hidden()
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]


def test_page_without_a_key_asks_for_one(visit: Visit) -> None:
    visit.failures_are_meant = True
    visit.page.goto(visit.server.address)
    expect(visit.page.locator("#key-dialog")).to_be_visible()
    expect(visit.page.locator("#key-text")).to_be_focused()
    visit.page.locator("#key-text").fill(visit.server.key)
    visit.page.keyboard.press("Enter")
    visit.expect_live()
    expect(visit.page.locator("#key-dialog")).to_be_hidden()


def test_wrong_key_is_asked_again_with_the_reason(visit: Visit) -> None:
    visit.failures_are_meant = True
    page = visit.page
    page.goto(f"{visit.server.address}#key={WRONG_KEY}")
    expect(page.locator("#key-problem")).to_have_text("The key abcdefgh is unknown or revoked.")
    expect(page.locator("#key-button")).to_have_attribute("data-key", "refused")
    page.locator("#key-text").fill(visit.server.key)
    page.get_by_role("button", name="Use this key").click()
    visit.expect_live()
    expect(page.locator("#key-button")).to_have_attribute("data-key", "accepted")


def test_forgotten_key_takes_what_it_showed_with_it(visit: Visit) -> None:
    visit.failures_are_meant = True
    visit.server.submit("invoice.pdf", DOCUMENT)
    page = visit.open()
    expect(page.locator(".job")).to_have_count(1)
    page.locator("#key-button").click()
    page.get_by_role("button", name="Forget").click()
    expect(page.locator(".job")).to_have_count(0)
    expect(page.locator("#key-dialog")).to_be_visible()


def test_other_tenants_key_shows_nothing_of_the_first(visit: Visit) -> None:
    visit.failures_are_meant = True
    visit.server.submit("invoice.pdf", DOCUMENT)
    visit.server.fail(visit.server.lease(), Problem(code="document-damaged", sentence="It is damaged."))
    page = visit.open()
    page.locator(".job").click()
    expect(page.locator(".problem")).to_be_visible()
    other = visit.server.new_key("other")
    page.evaluate("key => { location.hash = `key=${key}` }", other)
    expect(page.locator(".job")).to_have_count(0)
    visit.expect_live()
    expect(page.locator("#jobs-note")).to_have_text("No documents yet.")
    expect(page.locator(".problem")).to_have_count(0)
    expect(page.locator("#notice")).to_be_hidden()


def test_gateway_without_keys_is_not_asked_for_one(new_visit: NewVisit) -> None:
    with PageServer(authentication=False) as server:
        visit = new_visit(server)
        visit.page.goto(server.address)
        visit.expect_live()
        expect(visit.page.locator("#key-button")).to_have_attribute("data-key", "needless")
        visit.close()


def test_lost_connection_is_shown_and_mends_with_the_news_of_the_meantime(visit: Visit) -> None:
    visit.failures_are_meant = True
    visit.server.submit("before.pdf", DOCUMENT)
    page = visit.open()
    expect(page.locator(".job")).to_have_count(1)
    visit.server.stop()
    expect(page.locator("#connection")).to_have_attribute("data-state", "lost")
    expect(page.locator("#connection")).to_contain_text("Connection lost")
    visit.server.submit("meanwhile.pdf", DOCUMENT)
    visit.server.start()
    visit.expect_live()
    expect(page.locator(".job-name")).to_have_text(["meanwhile.pdf", "before.pdf"])
    visit.server.submit("after.pdf", DOCUMENT)
    expect(page.locator(".job-name").first).to_have_text("after.pdf")


def test_nothing_is_asked_again_and_again(visit: Visit) -> None:
    visit.server.submit("invoice.pdf", DOCUMENT)
    page = visit.open()
    expect(page.locator(".job")).to_have_count(1)
    expect(page.locator("#task-select option")).to_have_count(2)
    asked = list(visit.requests)
    # The page's own clock goes on for three seconds, the lamp's waking with it.
    expect(page.locator(".job-age")).to_have_text(re.compile(r"^[3-9]\ss$"))
    expect(page.locator("#lamp-number")).to_have_text(re.compile(r"^[3-9]\ss$"))
    assert visit.requests == asked


def test_page_that_cannot_be_drawn_says_why(visit: Visit) -> None:
    visit.failures_are_meant = True
    visit.server.submit("cut.pdf", DOCUMENT)
    page = visit.open()
    page.get_by_role("button", name="cut.pdf").first.click()
    expect(page.locator("#page-note")).to_contain_text("The document cannot be read")


def test_stream_is_read_the_same_wherever_it_is_cut(visit: Visit) -> None:
    page = visit.open()
    # The standard's own forms: three line ends, a comment, data on two lines, a field without a space, an event without data.
    text = ": hello\r\nretry: 1500\r\n\r\nevent: job\rdata: {\rdata:}\r\r"
    text += "event: lamp\ndata: 1\nid: 7\n\nevent: empty\n\ndata: 2\r\n\r\n"
    expected = [{"event": "job", "data": "{\n}"}, {"event": "lamp", "data": "1"}, {"event": "message", "data": "2"}]
    folder = page.locator("script[src]").get_attribute("src")
    assert folder
    module = folder.replace("app.js", "events.js")
    results = page.evaluate(
        """async ([module, text]) => {
          const { EventParser } = await import(module);
          const results = [];
          for (let cut = 0; cut <= text.length; cut += 1) {
            const parser = new EventParser();
            results.push([...parser.feed(text.slice(0, cut)), ...parser.feed(text.slice(cut))]);
          }
          return results;
        }""",
        [module, text],
    )
    assert len(results) == len(text) + 1
    assert all(result == expected for result in results)
