"""Skew is found to a tenth of a degree, and pages without lines are left alone."""

import pytest
from PIL import Image, ImageDraw

from lamplighter_serving.documents.straighten import skew_degrees, straightened


def page_of_lines() -> Image.Image:
    """Lines as text makes them: dashes of different lengths on rows 40 pixels apart."""
    page = Image.new("L", (1240, 1754), 255)
    pen = ImageDraw.Draw(page)
    for row in range(100, 1650, 40):
        for start in range(100, 1100 - row % 300, 70):
            pen.rectangle((start, row, start + 20 + (start * row) % 40, row + 14), fill=0)
    return page


@pytest.mark.parametrize("degrees", [-4.0, -1.3, -0.4, 0.5, 2.0, 3.5])
def test_a_skewed_page_is_turned_back(degrees: float) -> None:
    skewed = page_of_lines().rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)

    assert skew_degrees(skewed) == pytest.approx(-degrees, abs=0.11)


def test_a_straight_page_is_not_touched() -> None:
    page = page_of_lines()

    assert straightened(page) is page


@pytest.mark.parametrize(
    "page", [Image.new("L", (1000, 1400), 255), Image.effect_noise((1000, 1400), 90)], ids=["blank", "noise"]
)
def test_a_page_without_lines_is_not_touched(page: Image.Image) -> None:
    assert straightened(page) is page
