"""Turns a slightly skewed scan straight, so that what was printed on one row stands on one row again.

The angle is the one at which the page's rows differ most from their neighbours: lines of text are then dark rows between
white ones. Found on a small copy, in about 0.1 s. Reading and drawing both call this, so that boxes lie on the picture. Pages
that lie on their side or upside down stay so: telling that needs letters to be read.
"""

from array import array
from itertools import pairwise

from PIL import Image, ImageOps

#: Lines of text are still apart at this many pixels of the long side.
SMALL_SIDE_PIXELS = 1000
#: Feeders skew by up to a few degrees; more is a photograph, whose lines are not parallel anyway.
MOST_DEGREES = 5.0
COARSE_DEGREES = 0.5
FINE_DEGREES = 0.1
#: Less is not worth resampling the page: 0.2° is 2 points over the width of A4.
LEAST_DEGREES = 0.25
#: How much clearer the rows must stand than unturned, so that pages without lines are left alone.
CLEARER = 1.1


def straightened(image: Image.Image) -> Image.Image:
    """The page turned straight about its middle, at its own size; white comes in at the corners."""
    degrees = skew_degrees(image)
    if abs(degrees) < LEAST_DEGREES:
        return image
    return image.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor="white")


def skew_degrees(image: Image.Image) -> float:
    """By how much to turn the page against the clock, 0.0 when there is nothing to gain."""
    small = ImageOps.invert(image.convert("L").reduce(max(1, max(image.size) // SMALL_SIDE_PIXELS)))
    steps = round(MOST_DEGREES / COARSE_DEGREES)
    coarse = max((_clearness(small, step * COARSE_DEGREES), step * COARSE_DEGREES) for step in range(-steps, steps + 1))
    around = round(COARSE_DEGREES / FINE_DEGREES)
    fine = max(
        (_clearness(small, coarse[1] + step * FINE_DEGREES), coarse[1] + step * FINE_DEGREES)
        for step in range(-around, around + 1)
    )
    return fine[1] if fine[0] > CLEARER * _clearness(small, 0.0) else 0.0


def _clearness(dark: Image.Image, degrees: float) -> float:
    """How much neighbouring rows differ in darkness once the page is turned."""
    turned = dark.rotate(degrees, resample=Image.Resampling.NEAREST)
    rows = array("f", turned.convert("F").resize((1, turned.height), Image.Resampling.BOX).tobytes())
    return sum((first - second) ** 2 for first, second in pairwise(rows))
