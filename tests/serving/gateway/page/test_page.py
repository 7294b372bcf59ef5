"""The page in a real Chromium against the real gateway: what a person sees and does. The worker is scripted."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from lamplighter_serving.queue.job import Problem
from serving.gateway.page.page_invoice import HEIGHT, TOTAL, TYPED, WIDTH, invoice
from serving.gateway.page.page_server import PageServer
from serving.gateway.page.visit import Visit

pytestmark = pytest.mark.browser

DOCUMENT, RESULT = invoice()
REFUSAL = Problem(
    code="document-encrypted",
    sentence="The document is encrypted and cannot be read.",
    hint="Save it without a password and send it again.",
)
OWN_SCHEMA = {"type": "object", "properties": {"number": {"type": ["string", "null"], "title": "Number"}}}

#: The gateway takes the first document, the page never hears of it. Playwright's routes cannot: they lose a form's file.
_LOSE_THE_FIRST_ANSWER = """() => {
  const real = window.fetch;
  window.fetch = async (...request) => {
    const answer = await real(...request);
    if (request[1]?.method !== 'POST') return answer;
    window.fetch = real;
    throw new TypeError('the line broke');
  };
}"""


def field(page: Page, path: str) -> Locator:
    return page.locator(f".field-list li[data-path='{path}']")


def finish_one(server: PageServer) -> None:
    server.complete(server.lease(), RESULT)


def open_done_job(visit: Visit) -> Page:
    visit.server.submit("invoice.pdf", DOCUMENT)
    finish_one(visit.server)
    page = visit.open()
    page.get_by_role("button", name="invoice.pdf").click()
    expect(page.locator(".box")).to_have_count(len(TYPED))
    return page


# --- a document's way -----------------------------------------------------------------------------------------------------


def test_dropped_document_wakes_the_lamp_and_its_fields_appear(visit: Visit) -> None:
    server, page = visit.server, visit.open()
    expect(page.locator("#lamp")).to_have_attribute("data-state", "dark")
    visit.drop({"invoice.pdf": DOCUMENT})
    row = page.locator(".job-list li")
    expect(row).to_have_attribute("data-state", "queued")
    expect(row).to_contain_text("invoice.pdf")
    expect(page.locator("#lamp")).to_have_attribute("data-state", "waking")
    server.begin_wake()
    server.beat("waking", "weights", {"activation": 0.01})
    expect(page.locator("#stages li.running")).to_have_attribute("data-stage", "weights")
    server.beat("waking", "engine", {"activation": 0.01, "weights": 0.24})
    expect(page.locator("#stages li.running")).to_have_attribute("data-stage", "engine")
    expect(page.locator("#outcome")).to_contain_text("starting the engine")
    lease = server.lease()
    server.beat("lit", "", {"activation": 0.01, "weights": 0.24, "engine": 1.2})
    expect(page.locator("#lamp")).to_have_attribute("data-state", "lit")
    expect(row).to_have_attribute("data-state", "running")
    server.complete(lease, RESULT)
    expect(row).to_have_attribute("data-state", "done")
    expect(page.locator(".field-list li")).to_have_count(len(TYPED) + 2)
    # The title of the extractor's schema, the value of the result, the text of the document.
    expect(field(page, "/total_amount")).to_contain_text("Total amount")
    expect(field(page, "/total_amount")).to_contain_text("26862")
    expect(field(page, "/total_amount")).to_contain_text("26 862,00 Kč")
    expect(field(page, "/total_amount")).to_contain_text("page 2")
    expect(field(page, "/currency")).to_contain_text("not found")
    expect(page.locator("#lamp")).to_have_attribute("data-state", "cooling")
    expect(page.locator("#lamp-unit")).to_have_text("to dark")


def test_several_documents_are_sent_and_the_first_is_opened(visit: Visit) -> None:
    page = visit.open()
    visit.drop({f"invoice-{number}.pdf": DOCUMENT for number in range(5)})
    expect(page.locator(".job-list li")).to_have_count(5)
    expect(page.locator(".uploads li")).to_have_count(0)
    expect(page.locator(".job[aria-current]")).to_have_count(1)
    expect(page.locator(".sheet img")).to_be_visible()


def test_whole_page_takes_documents_while_they_are_dragged(visit: Visit) -> None:
    page = visit.open()
    drag = """kind => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['x'], 'invoice.pdf'));
      document.body.dispatchEvent(new DragEvent(kind, {bubbles: true, dataTransfer: transfer}));
    }"""
    page.evaluate(drag, "dragenter")
    expect(page.locator("#curtain")).to_have_text("Drop the document to read as: Invoice")
    page.evaluate(drag, "dragleave")
    expect(page.locator("#curtain")).to_be_hidden()


def test_files_can_be_chosen_without_dragging(visit: Visit, tmp_path: Path) -> None:
    page = visit.open()
    (tmp_path / "chosen.pdf").write_bytes(DOCUMENT)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="choose files").click()
    chooser.value.set_files(tmp_path / "chosen.pdf")
    expect(page.locator(".job-list li")).to_contain_text("chosen.pdf")


def test_document_whose_answer_was_lost_is_sent_again_and_becomes_one_job(visit: Visit) -> None:
    page = visit.open()
    page.evaluate(_LOSE_THE_FIRST_ANSWER)
    visit.drop({"invoice.pdf": DOCUMENT})
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".uploads li")).to_have_count(0)
    expect(page.locator(".job-list li")).to_have_count(1)
    assert len(visit.server.jobs()) == 1


def test_failed_job_shows_the_sentence_and_what_to_do(visit: Visit) -> None:
    visit.server.submit("locked.pdf", DOCUMENT)
    visit.server.fail(visit.server.lease(), REFUSAL)
    page = visit.open()
    page.get_by_role("button", name="locked.pdf").click()
    expect(page.locator(".problem")).to_contain_text(REFUSAL.sentence)
    expect(page.locator(".problem")).to_contain_text(REFUSAL.hint)
    expect(page.locator(".job-list li")).to_have_attribute("data-state", "failed")


def test_queued_job_can_be_cancelled(visit: Visit) -> None:
    visit.server.submit("invoice.pdf", DOCUMENT)
    page = visit.open()
    page.get_by_role("button", name="Cancel invoice.pdf").click()
    expect(page.locator(".job-list li")).to_have_attribute("data-state", "cancelled")
    expect(page.get_by_role("button", name="Cancel invoice.pdf")).to_be_hidden()
    assert visit.server.jobs()[0].state == "cancelled"


def test_own_schema_is_checked_before_and_refused_with_its_place(visit: Visit) -> None:
    visit.failures_are_meant = True
    page = visit.open()
    page.locator("#task-select").select_option(label="Own JSON Schema…")
    page.locator("#schema-text").fill("{")
    visit.drop({"contract.pdf": DOCUMENT})
    expect(page.locator("#schema-note")).to_contain_text("Not JSON yet")
    assert visit.server.jobs() == ()
    page.locator("#schema-text").fill(json.dumps({"type": "object", "properties": {"a": {"$ref": "#/b"}}}))
    visit.drop({"contract.pdf": DOCUMENT})
    expect(page.locator(".upload.refused")).to_contain_text("/properties/a")
    page.get_by_role("button", name="Dismiss").click()
    page.locator("#schema-text").fill(json.dumps(OWN_SCHEMA))
    visit.drop({"contract.pdf": DOCUMENT})
    expect(page.locator(".job-list li")).to_contain_text("own schema")
    assert visit.server.jobs()[0].request["schema"] == OWN_SCHEMA


def test_name_of_a_document_never_becomes_markup(visit: Visit) -> None:
    name = "<img src=x onerror=document.title='caught'>.pdf"
    visit.server.submit(name, DOCUMENT)
    page = visit.open()
    expect(page.locator(".job-list .job-name")).to_have_text(name)
    expect(page.locator(".job-list img")).to_have_count(0)


# --- fields and boxes -------------------------------------------------------------------------------------------------------


def test_field_and_box_point_at_each_other(visit: Visit) -> None:
    page = open_done_job(visit)
    due, issue = (page.locator(f".box[data-path='/{name}']") for name in ("due_date", "issue_date"))
    field(page, "/due_date").hover()
    expect(due).to_have_class(re.compile("marked"))
    expect(issue).not_to_have_class(re.compile("marked"))
    issue.hover()
    expect(field(page, "/issue_date")).to_have_class(re.compile("marked"))
    expect(field(page, "/due_date")).not_to_have_class(re.compile("marked"))
    page.mouse.move(0, 0)
    expect(page.locator(".marked")).to_have_count(0)
    field(page, "/due_date").get_by_role("button").focus()
    expect(due).to_have_class(re.compile("marked"))
    due.press("Enter")
    expect(field(page, "/due_date").get_by_role("button")).to_be_focused()


def test_box_stands_where_the_value_was_drawn(visit: Visit) -> None:
    page = open_done_job(visit)
    picture = page.locator(".sheet img").bounding_box()
    box = page.locator(".box[data-path='/due_date']").bounding_box()
    assert picture
    assert box
    # The due date is drawn at 180 points from the left in a size of 10, its base line 260 from the top (third of four rows).
    assert box["x"] - picture["x"] == pytest.approx(180 / WIDTH * picture["width"], abs=1)
    assert box["y"] - picture["y"] == pytest.approx((260 - 9.3) / HEIGHT * picture["height"], abs=1)
    assert box["height"] == pytest.approx((9.3 + 2.4) / HEIGHT * picture["height"], abs=1)


def test_pressing_a_field_turns_to_its_page(visit: Visit) -> None:
    page = open_done_job(visit)
    expect(page.locator("#page-number")).to_have_text("1 of 2")
    field(page, TOTAL[0]).click()
    expect(page.locator("#page-number")).to_have_text("2 of 2")
    expect(page.locator(f".box[data-path='{TOTAL[0]}']")).to_have_class(re.compile("marked"))
    expect(page.locator(".sheet img")).to_have_attribute("alt", "Page 2 of the document")


def test_raw_result_is_what_the_api_gives_and_can_be_copied_and_kept(visit: Visit) -> None:
    page = open_done_job(visit)
    page.get_by_role("button", name="JSON").click()
    assert json.loads(page.locator("#raw-text").inner_text()) == RESULT
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#raw-note")).to_have_text("Copied.")
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == RESULT
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "invoice.json"
    assert json.loads(download.value.path().read_text(encoding="utf-8")) == RESULT


# --- the list ---------------------------------------------------------------------------------------------------------------


def test_jobs_are_walked_with_j_and_k_and_opened_with_enter(visit: Visit) -> None:
    for name in ("oldest.pdf", "middle.pdf", "newest.pdf"):
        visit.server.submit(name, DOCUMENT)
    page = visit.open()
    expect(page.locator(".job-name")).to_have_text(["newest.pdf", "middle.pdf", "oldest.pdf"])
    for key in "jjjk":  # the end of the list holds
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="middle.pdf").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".job[aria-current]")).to_contain_text("middle.pdf")
    expect(page.locator(".sheet img")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("jk")  # letters again, in a field
    expect(page.locator("#search")).to_have_value("jk")


def test_search_narrows_the_list_and_holds_while_news_come(visit: Visit) -> None:
    for name in ("contract.pdf", "invoice.pdf"):
        visit.server.submit(name, DOCUMENT)
    page = visit.open()
    page.locator("#search").fill("INV")
    expect(page.locator(".job-name")).to_have_text(["invoice.pdf"])
    visit.server.submit("contract-2.pdf", DOCUMENT)
    visit.server.submit("invoice-2.pdf", DOCUMENT)
    expect(page.locator(".job-name")).to_have_text(["invoice-2.pdf", "invoice.pdf"])
    page.locator("#search").fill("nothing")
    expect(page.locator("#jobs-note")).to_have_text("No job has this in its name or id.")


def test_jobs_beyond_the_first_page_are_asked_for(visit: Visit) -> None:
    for number in range(60):  # the gateway gives 50 a page
        visit.server.submit(f"invoice-{number:02}.pdf", DOCUMENT)
    page = visit.open()
    expect(page.locator(".job")).to_have_count(50)
    page.get_by_role("button", name="Show older jobs").click()
    expect(page.locator(".job")).to_have_count(60)
    expect(page.get_by_role("button", name="Show older jobs")).to_be_hidden()


def test_reload_leads_back_to_the_open_job(visit: Visit) -> None:
    page = open_done_job(visit)
    page.reload()
    expect(page.locator(".box")).to_have_count(len(TYPED))
    expect(page.locator(".job[aria-current]")).to_contain_text("invoice.pdf")
