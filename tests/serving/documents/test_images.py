"""Pictures as pages: the right way up, on white, of the size they had on paper."""

import io

import pytest
from PIL import Image

from lamplighter_serving.documents import image
from lamplighter_serving.documents.detect import detect
from lamplighter_serving.documents.image import Picture
from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.errors import DocumentError


def saved(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def pages(data: bytes, limits: DocumentLimits = DocumentLimits()) -> list[Picture]:  # noqa: B008
    with image.opened(data, detect(data), limits) as file:
        return list(file.pictures())


def corner(width: int = 200, height: int = 100) -> Image.Image:
    """White, with a black block in its top left corner."""
    picture = Image.new("L", (width, height), 255)
    picture.paste(0, (0, 0, 40, 40))
    return picture


def test_the_resolution_gives_the_size_on_paper() -> None:
    (page,) = pages(saved(corner(2480, 3508), dpi=(300, 300)))

    assert (page.width, page.height) == pytest.approx((595.2, 841.9), abs=0.2)  # A4


@pytest.mark.parametrize("dpi", [None, (72, 72), (1, 1), (90_000, 90_000)])
def test_without_a_believable_resolution_the_long_side_is_that_of_a4(dpi: tuple[int, int] | None) -> None:
    (page,) = pages(saved(corner(1000, 500), dpi=dpi) if dpi else saved(corner(1000, 500)))

    assert (page.width, page.height) == pytest.approx((841.7, 420.8), abs=0.2)


def test_a_fax_keeps_its_shape_though_its_pixels_are_not_square() -> None:
    (page,) = pages(saved(corner(1728, 1078), "TIFF", dpi=(204, 98)))

    assert (page.width, page.height) == pytest.approx((1728 / 204 * 72, 1078 / 98 * 72), abs=1)


@pytest.mark.parametrize(
    ("orientation", "size", "dark"),
    [
        # Exif 2.3, tag 0x0112: where the first row and the first column of the stored picture belong.
        (1, (200, 100), (10, 10)),
        (3, (200, 100), (190, 90)),
        (6, (100, 200), (90, 10)),
        (8, (100, 200), (10, 190)),
    ],
)
def test_a_photograph_is_turned_upright(orientation: int, size: tuple[int, int], dark: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation

    (page,) = pages(saved(corner(), "JPEG", exif=exif))

    assert page.image.size == size
    assert page.image.convert("L").getpixel(dark) < 60


def test_what_is_transparent_is_white() -> None:
    picture = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 10, 10))

    (page,) = pages(saved(picture))

    assert page.image.getpixel((40, 40)) == (255, 255, 255)
    assert page.image.getpixel((5, 5)) == (255, 0, 0)


def test_a_transparent_palette_is_white_too() -> None:
    picture = Image.new("P", (50, 50), 0)
    picture.putpalette([0, 0, 0, 0, 0, 255])
    picture.paste(1, (0, 0, 10, 10))

    (page,) = pages(saved(picture, transparency=0))

    assert page.image.getpixel((40, 40)) == (255, 255, 255)
    assert page.image.getpixel((5, 5)) == (0, 0, 255)


def test_sixteen_bits_keep_their_shades() -> None:
    picture = Image.new("I;16", (50, 50), 65_535)
    picture.putpixel((5, 5), 32_768)

    (page,) = pages(saved(picture))

    assert page.image.getpixel((40, 40)) == 255
    assert page.image.getpixel((5, 5)) == pytest.approx(128, abs=1)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "LAB", "YCbCr"])
def test_every_mode_of_a_tiff_is_read(mode: str) -> None:
    if mode == "LAB":
        picture = Image.new("LAB", (50, 50), (255, 128, 128))
    else:
        picture = Image.new("RGB", (50, 50), "white").convert(mode)

    (page,) = pages(saved(picture, "TIFF"))

    assert page.image.convert("L").getpixel((25, 25)) > 250


def test_every_page_of_a_tiff_is_a_page_and_an_animation_is_its_first_frame() -> None:
    frames = [Image.new("L", (50, 50), shade) for shade in (0, 100, 200)]
    tiff = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    webp = saved(frames[0].convert("RGB"), "WEBP", save_all=True, append_images=frames[1:])

    found = pages(tiff)

    assert [page.number for page in found] == [1, 2, 3]
    assert [page.image.getpixel((25, 25)) for page in found] == [0, 100, 200]
    assert len(pages(webp)) == 1


def test_one_page_of_a_tiff_is_found_by_its_number() -> None:
    frames = [Image.new("L", (50, 50), shade) for shade in (0, 100)]
    tiff = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])

    with image.opened(tiff, detect(tiff), DocumentLimits()) as file:
        second, third, none = file.picture(2), file.picture(3), file.picture(0)

    assert second is not None
    assert second.image.getpixel((25, 25)) == 100
    assert third is None
    assert none is None


def test_a_picture_beyond_the_limit_is_refused_with_both_numbers() -> None:
    with pytest.raises(DocumentError) as caught:
        pages(saved(corner(300, 100)), DocumentLimits(max_page_pixels=20_000))

    assert caught.value.code == "document-page-too-large"
    assert "300 x 100" in caught.value.sentence
    assert "20000" in caught.value.sentence
