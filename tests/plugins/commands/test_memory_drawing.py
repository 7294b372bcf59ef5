"""The pictures of GPU memory: to scale, in plain signs where there are no others, and readable in a browser."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from lamplighter.domain.usage import CardUsage, EngineUsage
from lamplighter.report.memory_svg import BAR_WIDTH, WIDTH, memory_svg
from lamplighter.report.memory_text import memory_lines
from lamplighter.report.screen import PLAIN, Screen
from lamplighter.units import GIB
from serving.gateway.page.chromium import open_browser

SVG = "{http://www.w3.org/2000/svg}"


def engine(
    parts: dict[str, int], *, start: int = 0, reserved: int = 12, worker: str = "extract", reason: str = ""
) -> EngineUsage:
    """Sizes in GiB."""
    return EngineUsage(
        worker=worker,
        model="qwen3-8b-awq",
        parts={part: size * GIB for part, size in parts.items()},
        start_bytes=start * GIB,
        reserved_bytes=reserved * GIB,
        reason=reason,
    )


def card(*engines: EngineUsage, count: int = 1, total: int = 16) -> CardUsage:
    return CardUsage(pool="t4", chip="t4", count=count, total_bytes=total * GIB, engines=engines)


FITS = card(engine({"weights": 6, "KV cache": 4}))
TOO_MUCH = card(engine({"weights": 6, "KV cache": 14}), count=0)


# In a terminal


def test_a_bar_is_to_scale() -> None:
    """64 cells for 16 GiB, four each: 24 of weights, 16 of cache, up to the line at 12 GiB, its own cell the 49th."""
    bar = memory_lines([FITS], PLAIN)[1]
    assert bar == "  [" + "w" * 24 + "k" * 16 + "." * 8 + "|" + " " * 15 + "]"


def test_what_does_not_fit_goes_past_the_line_and_past_the_card() -> None:
    """20 GiB in 64 cells: the card ends at 51.2, what the engine may have at 38.4."""
    bar = memory_lines([TOO_MUCH], PLAIN)[1]
    card_cells, beyond = bar.strip()[1:].split("]")
    assert (len(card_cells), len(beyond)) == (51, 13)
    assert card_cells.startswith("w" * 19 + "k" * 19 + "|!")
    assert set(beyond) == {"!"}
    assert "margin -8.0" in memory_lines([TOO_MUCH], PLAIN)[2]


def test_a_lack_too_small_to_show_is_not_shown_as_none() -> None:
    short = EngineUsage(worker="a", model="b", parts={"weights": 12 * GIB + 1}, start_bytes=0, reserved_bytes=12 * GIB)
    assert "margin -0.1" in memory_lines([card(short)], PLAIN)[2]


def test_several_engines_lie_one_after_the_other_each_with_its_line() -> None:
    bar = memory_lines([card(engine({"weights": 4}, reserved=8), engine({"weights": 2}, start=8, reserved=4))], PLAIN)[1]
    assert bar == "  [" + "w" * 16 + "." * 16 + "|" + "w" * 7 + "." * 8 + "|" + " " * 15 + "]"


def test_replicas_that_share_a_card_are_told_once_with_their_number() -> None:
    shared = card(*(engine({"weights": 2}, start=4 * place, reserved=4) for place in range(4)))
    lines = memory_lines([shared], PLAIN)
    assert lines[1].count("|") == 4
    assert lines[2] == "  extract/qwen3-8b-awq, 4 of it: needs 2.0 of 4.0 GiB, margin +2.0"


def test_what_is_not_known_says_why_and_draws_nothing() -> None:
    lines = memory_lines([card(engine({}, reason="nobody knows the family"), count=0)], PLAIN)
    assert lines[0] == "pool t4: t4, not known, 16.0 GiB"
    assert lines[2] == "  extract/qwen3-8b-awq: not known, nobody knows the family"


def test_a_pipe_gets_ascii_alone() -> None:
    assert all(line.isascii() for line in memory_lines([FITS, TOO_MUCH], PLAIN))


@given(width=st.integers(40, 200), sizes=st.lists(st.integers(0, 30), min_size=1, max_size=5), reserved=st.integers(1, 30))
def test_no_line_of_a_bar_is_wider_than_the_terminal(width: int, sizes: list[int], reserved: int) -> None:
    drawn = card(engine({f"part {number}": size for number, size in enumerate(sizes)}, reserved=reserved))
    for screen in (Screen(width=width, unicode=True), Screen(width=width)):
        assert len(memory_lines([drawn], screen)[1]) <= width


# As a picture


def rectangles(svg: str, kind: str) -> list[tuple[float, float]]:
    """Left and width of the pieces of bars of one class, in document order; the legend's squares are 12 wide."""
    found = (node for node in ET.fromstring(svg).iter(f"{SVG}rect") if node.get("class") == kind)
    return [(float(node.get("x", 0)), float(node.get("width", 0))) for node in found if node.get("height") != "12"]


def test_a_picture_is_to_scale() -> None:
    svg = memory_svg("GPU memory", [FITS])
    ((left, width),) = rectangles(svg, "w")
    ((cache_left, cache_width),) = rectangles(svg, "k")
    assert width == pytest.approx(BAR_WIDTH * 6 / 16, abs=0.02)
    assert cache_left == pytest.approx(left + width, abs=0.02)
    assert cache_width == pytest.approx(BAR_WIDTH * 4 / 16, abs=0.02)


def test_a_picture_stands_alone_and_says_in_words_what_it_shows() -> None:
    svg = memory_svg("GPU memory of prod", [FITS, TOO_MUCH])
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert "qwen3-8b-awq of worker extract needs 10.0 of 12.0 GiB, margin +2.0" in str(description.text)
    assert "prefers-color-scheme: dark" in svg
    addresses = re.findall(r"https?://[^\s\"']+", svg)
    assert addresses == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|href=|<image|@import|on\w+=", svg)


@given(st.text(max_size=30))
def test_no_name_breaks_a_picture(name: str) -> None:
    drawn = CardUsage(pool=name, chip=name, count=1, total_bytes=GIB, engines=(engine({name: 1}, worker=name, reason=name),))
    ET.fromstring(memory_svg(name, [drawn]))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    narrow = card(engine({"weights": 1, "KV cache": 1, "activation": 1, "CUDA graphs": 1, "other": 1}), total=80)
    (folder / "all.svg").write_text(memory_svg("GPU memory of prod", [FITS, TOO_MUCH, narrow]), encoding="utf-8")
    return folder


def boxes(folder: Path, scheme: str) -> Iterator[dict[str, float]]:
    """Where a browser puts every text, and the colour it has and stands on."""
    script = """() => [...document.querySelectorAll('text')].map(text => {
        const box = text.getBBox();
        const piece = text.previousElementSibling;
        const on = String(text.getAttribute('class')).startsWith('on-');
        const bar = on ? piece.getBBox() : null;
        return {x: box.x, y: box.y, right: box.x + box.width, bottom: box.y + box.height,
                piece: bar ? bar.x + bar.width : -1};
    })"""
    with sync_playwright() as playwright:
        browser = open_browser(playwright)
        page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto((folder / "all.svg").as_uri())
        found = page.evaluate(script)
        browser.close()
    yield from found


@pytest.mark.browser
def test_no_text_leaves_the_picture_or_its_piece_of_the_bar(pictures: Path) -> None:
    height = float(str(ET.parse(pictures / "all.svg").getroot().get("height")))
    found = list(boxes(pictures, "light"))
    assert len(found) > 10
    for box in found:
        assert box["x"] >= 0
        assert box["right"] <= WIDTH
        assert box["bottom"] <= height
        if box["piece"] >= 0:
            assert box["right"] <= box["piece"]


def luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_text_can_be_read_by_light_and_by_dark() -> None:
    """WCAG 2.2 AA asks 4.5 to 1 of text of this size."""
    style = memory_svg("", [FITS]).split("<style>")[1].split("</style>")[0]
    light, dark = style.split("@media")
    base = {}
    for part in (light, dark):
        for names, fill in re.findall(r"((?:\.[\w-]+(?:, )?)+) \{ fill: (#\w{6})", part):
            base |= dict.fromkeys(re.findall(r"\.([\w-]+)", names), fill)
        for text in ("ink", "soft", "good", "bad"):
            assert contrast(base[text], base["ground"]) >= 4.5, text
        for piece in "wkago":
            assert contrast(base[f"on-{piece}"], base[piece]) >= 4.5, piece
