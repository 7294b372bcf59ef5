"""How the page looks and to whom: contrast, narrow screens, quiet motion, what is read out, the timeline's lengths."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from lamplighter_serving.catalog import DEFAULT_CATALOG, parse_catalog
from lamplighter_serving.queue.job import Problem
from serving.gateway.page.page_invoice import invoice
from serving.gateway.page.page_server import PageServer
from serving.gateway.page.visit import NARROW, NewVisit, Visit

pytestmark = pytest.mark.browser

DOCUMENT, RESULT = invoice()
#: WCAG 2.2: 1.4.3 for text, 1.4.11 for the borders that make a control a control and for graphics.
TEXT_CONTRAST = 4.5
CONTROL_CONTRAST = 3.0

#: Every visible text with its colour and the colours behind it, innermost first; every control with its border, every bar.
_COLOURS = """() => {
  const behind = (node) => node ? [getComputedStyle(node).backgroundColor, ...behind(node.parentElement)] : [];
  const texts = [], borders = [];
  for (const node of document.querySelectorAll('body *')) {
    if (!node.checkVisibility() || node.closest('svg, .unseen, option, .skip')) continue;
    const style = getComputedStyle(node);
    const own = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    const what = `${node.tagName}.${node.className}#${node.id}`;
    if (own && !node.disabled) texts.push([what, style.color, behind(node)]);
    const around = behind(node.parentElement);
    if (node.matches('#choose, #search, select, .key-button')) borders.push([what, style.borderTopColor, around]);
    if (node.matches('.bar.measured')) borders.push([what, style.backgroundColor, around]);
    if (node.matches('input')) texts.push([what, getComputedStyle(node, '::placeholder').color, behind(node)]);
  }
  return { texts, borders };
}"""


def colour(text: str) -> tuple[float, float, float, float]:
    """`rgb(…)` or `rgba(…)` as computed by the browser: red, green, blue and opacity from 0 to 1."""
    numbers = [float(number) for number in re.findall(r"[\d.]+", text)]
    red, green, blue = (number / 255 for number in numbers[:3])
    return red, green, blue, numbers[3] if len(numbers) > 3 else 1.0


def luminance(red: float, green: float, blue: float) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(front: str, behind: list[str]) -> float:
    """Contrast of a colour with the first opaque one behind it."""
    back = next(parsed for parsed in map(colour, behind) if parsed[3] == 1.0)
    light, dark = sorted((luminance(*colour(front)[:3]), luminance(*back[:3])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def fill(visit: Visit) -> Page:
    """Opens the page with a job in every state, one of them open."""
    server = visit.server
    for name in ("failed.pdf", "done.pdf", "running.pdf", "queued.pdf"):
        server.submit(name, DOCUMENT)
    server.beat("lit", "", {"activation": 0.01, "weights": 0.24, "engine": 1.2})
    server.fail(server.lease(), Problem(code="document-damaged", sentence="The document is damaged.", hint="Send it again."))
    server.complete(server.lease(), RESULT)
    server.lease()
    page = visit.open()
    page.locator(".job-list li[data-state=done] .job").click()
    expect(page.locator(".box").first).to_be_attached()
    return page


def test_contrast_is_computed_as_published() -> None:
    # WebAIM: #767676 is the lightest grey that passes on white, 4.54:1; black on white is 21:1.
    assert contrast("rgb(118, 118, 118)", ["rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"]) == pytest.approx(4.54, abs=0.005)
    assert contrast("rgb(0, 0, 0)", ["rgb(255, 255, 255)"]) == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_text_and_control_has_the_contrast_of_wcag_aa(new_visit: NewVisit, scheme: str) -> None:
    page = fill(new_visit(scheme=scheme))
    for make_visible in (
        lambda: page.locator(".field-list li").nth(1).hover(),
        lambda: page.locator(".job-list li[data-state=failed] .job").click(),
        lambda: page.locator("#task-select").select_option(label="Own JSON Schema…"),
        lambda: page.locator("#key-button").click(),
    ):
        make_visible()
        page.evaluate("Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})))")
        found = page.evaluate(_COLOURS)
        assert len(found["texts"]) > 30
        assert [each for each in found["texts"] if contrast(each[1], each[2]) < TEXT_CONTRAST] == []
        assert [each for each in found["borders"] if contrast(each[1], each[2]) < CONTROL_CONTRAST] == []


def test_colours_follow_the_systems_preference(visit: Visit) -> None:
    page, ground = visit.open(), "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(16, 19, 26)"
    page.emulate_media(color_scheme="light")
    assert page.evaluate(ground) == "rgb(250, 249, 246)"


def test_narrow_screen_has_three_steps_and_never_scrolls_sideways(new_visit: NewVisit) -> None:
    page = fill(new_visit(size=NARROW))

    def shown() -> list[str]:
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
        return [name for name in ("jobs", "page", "fields") if page.locator(f".workspace > .{name}").is_visible()]

    assert shown() == ["page"]  # opening a job leads to its page
    page.locator(".box[data-path='/due_date']").click()
    assert shown() == ["fields"]
    page.locator(".field-list li[data-path='/issue_date']").click()
    assert shown() == ["page"]
    page.get_by_role("button", name="1 Jobs").click()
    assert shown() == ["jobs"]
    page.locator("#task-select").select_option(label="Own JSON Schema…")
    assert shown() == ["jobs"]


def test_nothing_moves_for_those_who_asked_for_it(visit: Visit) -> None:
    server = visit.server
    visit.page.emulate_media(reduced_motion="reduce")
    server.submit("invoice.pdf", DOCUMENT)
    server.beat("waking", "engine")
    page = visit.open()
    expect(page.locator("#lamp")).to_have_attribute("data-state", "waking")
    assert page.evaluate("document.getAnimations().length") == 0
    page.emulate_media(reduced_motion="no-preference")
    page.wait_for_function("document.getAnimations().length > 0")  # the flame


def test_states_are_told_to_those_who_hear_the_page(visit: Visit) -> None:
    server, page = visit.server, visit.open()
    server.submit("invoice.pdf", DOCUMENT)
    expect(page.locator("#announcer[aria-live=polite]")).to_have_text(re.compile("^Lamp waking"))
    server.beat("lit", "", {"engine": 1.0})
    expect(page.locator("#announcer")).to_have_text("Lamp lit")
    server.complete(server.lease(), RESULT)
    expect(page.locator(".job-list li")).to_have_attribute("data-state", "done")
    expect(page).to_have_title(re.compile("^Cooling"))


def test_focus_is_seen_on_everything_that_takes_it(visit: Visit) -> None:
    page = fill(visit)
    page.reload()  # the focus begins at the top again, the job stays open
    expect(page.locator(".box").first).to_be_attached()
    page.keyboard.press("Tab")
    seen = []
    for _ in range(40):
        what, width, style = page.evaluate(
            """() => {
              const node = document.activeElement, {outlineWidth, outlineStyle} = getComputedStyle(node);
              return [node.id || node.className || node.tagName, outlineWidth, outlineStyle];
            }"""
        )
        if what == "BODY":
            break
        seen.append(what)
        assert (width, style) == ("2px", "solid"), what
        page.keyboard.press("Tab")
    assert {"task-select", "key-button", "choose", "search", "job", "source"} <= set(seen)


def test_timeline_sets_each_stage_after_the_one_before_and_expectation_under_measure(visit: Visit) -> None:
    server = visit.server
    # Medians inside their buckets: weights (0.1+0.3)/2 = 0.2 s, engine (2+5)/2 = 3.5 s, first result (1+2)/2 = 1.5 s.
    server.remember_wakes({"weights": (0, 0, 0, 3), "engine": (0, 0, 0, 0, 0, 0, 3), "first_result": (0, 0, 0, 0, 0, 3)})
    page = visit.open()
    expect(page.locator("#wake-title")).to_have_text("Next wake")
    expect(page.locator("#lamp-number")).to_have_text(re.compile(r"^about 5\ss$"))  # 0.2 + 3.5 + 1.5 = 5.2
    server.submit("invoice.pdf", DOCUMENT)
    server.beat("lit", "", {"weights": 0.5, "engine": 2.0, "first_result": 1.5})
    expect(page.locator("#wake-title")).to_have_text("Last wake")

    def bar(stage: str, kind: str) -> tuple[float, float]:
        place = page.locator(f"#stages li[data-stage={stage}] .{kind}").bounding_box()
        track = page.locator(f"#stages li[data-stage={stage}] .track").bounding_box()
        assert place
        assert track
        return (place["x"] - track["x"]) / track["width"], place["width"] / track["width"]

    # The scale ends where the last bar ends: the engine's expectation at 0.5 + 3.5 = 4.0 s, as does 0.5 + 2.0 + 1.5.
    assert bar("weights", "measured") == pytest.approx((0, 0.5 / 4), abs=0.01)
    assert bar("weights", "expected") == pytest.approx((0, 0.2 / 4), abs=0.01)
    assert bar("engine", "measured") == pytest.approx((0.5 / 4, 2.0 / 4), abs=0.01)
    assert bar("engine", "expected") == pytest.approx((0.5 / 4, 3.5 / 4), abs=0.01)
    assert bar("first_result", "measured") == pytest.approx((2.5 / 4, 1.5 / 4), abs=0.01)


def test_lamp_of_another_worker_can_be_looked_at(new_visit: NewVisit) -> None:
    raw = json.loads(DEFAULT_CATALOG.read_text(encoding="utf-8"))
    raw["workers"]["vision"] = raw["workers"]["extract"]
    with PageServer(catalog=parse_catalog(raw, "test")) as server:
        visit = new_visit(server)
        page = visit.open()
        server.submit("invoice.pdf", DOCUMENT)
        expect(page.locator("#lamp")).to_have_attribute("data-state", "waking")
        page.locator("#lamp-choice").get_by_role("button", name="vision").click()
        expect(page.locator("#lamp")).to_have_attribute("data-state", "dark")
        visit.close()
