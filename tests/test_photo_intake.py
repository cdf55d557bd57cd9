"""Photos as people hand them in: what comes out fits the card, and what cannot is refused in one line."""

import io
import random
import struct
import warnings
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, ImageFilter, PngImagePlugin

from card_os.spec.photo import MAX_JPEG, readable_length
from issuer.applications import photo_intake
from issuer.applications.photo_intake import LOWEST_QUALITY, SIZES, Crop, take_in
from issuer.personalisation.photo import PhotoRefusedError, photo_file
from lab.portrait import draw_portrait

RED, BLUE, GREEN = (200, 30, 30), (30, 30, 200), (20, 160, 60)


def drawn(width=600, height=800, mode="RGB"):
    """A smooth face before a plain background."""
    with Image.open(io.BytesIO(draw_portrait(3))) as picture:
        return picture.resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def noise(width=480, height=640):
    # one generator for all: the same picture each time
    pixels = random.Random(1).randbytes(width * height * 3)  # noqa: S311 - a picture, no secret
    return Image.frombytes("RGB", (width, height), pixels)


def saved(picture, kind="JPEG", **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def opened(jpeg):
    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.load()
        return picture


def refusal(upload, crop=None):
    with pytest.raises(PhotoRefusedError) as caught:
        take_in(upload, crop)
    return str(caught.value)


def halves(width, height, first, second, *, across):
    """Two colours, side by side or one above the other."""
    picture = Image.new("RGB", (width, height), first)
    corner = (width // 2, 0) if across else (0, height // 2)
    ImageDraw.Draw(picture).rectangle((*corner, width, height), fill=second)
    return picture


def near(colour, other):
    return all(abs(one - two) < 30 for one, two in zip(colour, other, strict=True))


def assert_card_takes(jpeg):
    assert len(jpeg) <= MAX_JPEG
    assert readable_length(len(jpeg)) == len(jpeg)
    assert photo_file(jpeg)[2:] == jpeg
    picture = opened(jpeg)
    assert picture.format == "JPEG"
    assert picture.mode == "RGB"
    assert picture.size in SIZES


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(("width", "height"), [(120, 160), (600, 800), (3000, 4000), (800, 600), (500, 2000)])
def test_any_shape_becomes_a_portrait_that_the_card_takes(kind, width, height):
    assert_card_takes(take_in(saved(drawn(width, height), kind)))


MODES = ("RGB", "L", "P", "RGBA", "LA", "1")


@settings(max_examples=20, deadline=None)
@given(st.integers(120, 700), st.integers(160, 700), st.sampled_from(MODES), st.integers())
def test_every_small_picture_is_taken_or_refused_in_one_line(width, height, mode, seed):
    with Image.open(io.BytesIO(draw_portrait(seed))) as face:
        upload = saved(face.resize((width, height)).convert("RGB").convert(mode), "PNG")
    try:
        assert_card_takes(take_in(upload))
    except PhotoRefusedError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right


def test_the_best_size_is_taken_that_keeps_a_good_quality():
    plain = Image.new("RGB", (600, 800), GREEN)
    assert opened(take_in(saved(plain))).size == SIZES[0]
    # much detail leaves room for the smallest size only
    busy = Image.blend(drawn(), noise(600, 800).filter(ImageFilter.GaussianBlur(3)), 0.4)
    assert opened(take_in(saved(busy, quality=95))).size == SIZES[-1]


def test_a_photo_is_not_enlarged():
    assert opened(take_in(saved(drawn(120, 160)))).size == (120, 160)


def test_no_photo_gets_less_than_the_stated_quality():
    # quantisation tables of libjpeg grow as quality falls: none may be coarser than the floor allows
    with Image.open(io.BytesIO(saved(drawn(120, 160), quality=LOWEST_QUALITY))) as floor:
        coarsest = max(floor.quantization[0])
    reached = []
    for share in range(0, 100, 4):
        upload = saved(Image.blend(drawn(120, 160), noise(120, 160), share / 100), "PNG")
        try:
            with Image.open(io.BytesIO(take_in(upload))) as picture:
                reached.append(max(picture.quantization[0]))
        except PhotoRefusedError as error:
            assert "plain background is accepted" in str(error)  # noqa: PT017 - counted below
    assert reached == sorted(reached), "the noisier, the coarser"
    assert len(set(reached)) > 3
    assert max(reached) <= coarsest
    assert len(reached) < 25, "the noisiest are refused"


# --- crop ------------------------------------------------------------------------------------------------


def test_a_wide_picture_keeps_its_middle():
    picture = Image.new("RGB", (1200, 400), RED)
    ImageDraw.Draw(picture).rectangle((450, 0, 749, 399), fill=BLUE)
    middle = opened(take_in(saved(picture)))
    for x in (3, middle.width // 2, middle.width - 4):
        assert near(middle.getpixel((x, middle.height // 2)), BLUE)


def test_a_tall_picture_loses_more_below_than_above():
    picture = Image.new("RGB", (300, 1200), GREEN)
    draw = ImageDraw.Draw(picture)
    # 400 of 1200 rows are kept: 200 go above, 600 below
    draw.rectangle((0, 0, 299, 199), fill=RED)
    draw.rectangle((0, 600, 299, 1199), fill=BLUE)
    kept = opened(take_in(saved(picture)))
    for y in (4, kept.height // 2, kept.height - 5):
        assert near(kept.getpixel((kept.width // 2, y)), GREEN)


def test_the_crop_that_is_asked_for_is_taken():
    picture = halves(800, 800, RED, BLUE, across=True)
    right = opened(take_in(saved(picture), Crop(400, 0, 400, 800)))
    assert all(near(right.getpixel((x, 80)), BLUE) for x in (2, right.width - 3))


@pytest.mark.parametrize(
    "crop",
    [
        Crop(-1, 0, 300, 400),
        Crop(0, 0, 601, 800),
        Crop(0, 500, 300, 400),
        Crop(0, 0, 0, 400),
        Crop(9, 9, 9, -9),
    ],
)
def test_a_crop_outside_of_the_picture_is_refused(crop):
    assert "600 x 800" in refusal(saved(drawn()), crop)


def test_too_small_a_picture_is_refused_with_what_would_do():
    assert "at least 120 x 160" in refusal(saved(drawn(119, 160)))
    assert "at least 120 x 160" in refusal(saved(drawn()), Crop(0, 0, 90, 120))


# --- what comes with a picture ---------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_the_camera_is_honoured(orientation):
    upright = Image.new("RGB", (600, 800), RED)
    draw = ImageDraw.Draw(upright)
    draw.rectangle((300, 0, 599, 399), fill=BLUE)
    draw.rectangle((0, 400, 299, 799), fill=GREEN)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    as_stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    taken = opened(take_in(saved(as_stored, exif=exif, quality=95)))
    width, height = taken.size
    assert near(taken.getpixel((width // 4, height // 4)), RED)
    assert near(taken.getpixel((3 * width // 4, height // 4)), BLUE)
    assert near(taken.getpixel((width // 4, 3 * height // 4)), GREEN)


def test_nothing_but_the_picture_is_kept():
    exif = Image.Exif()
    exif[0x010E] = "SECRET-DESCRIPTION"
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    jpeg = saved(drawn(), exif=exif, comment=b"SECRET-COMMENT", icc_profile=profile, dpi=(301, 301))
    assert b"SECRET" in jpeg
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "SECRET-AUTHOR")
    png = saved(drawn(), "PNG", pnginfo=texts, exif=exif)
    assert b"SECRET" in png
    for upload in (jpeg, png):
        taken = take_in(upload)
        assert b"SECRET" not in taken
        assert b"Exif" not in taken
        assert b"ICC_PROFILE" not in taken
        info = opened(taken).info
        assert set(info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert info["jfif_density"] != (301, 301)


def test_a_colour_profile_is_worked_into_the_colours():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # in a colour space where red and blue have changed places, red means blue
    swapped = profile.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
    red = Image.new("RGB", (300, 400), RED)
    assert near(opened(take_in(saved(red, icc_profile=swapped))).getpixel((50, 50)), BLUE)
    for useless in (profile, b"no profile at all"):
        assert near(opened(take_in(saved(red, icc_profile=useless))).getpixel((50, 50)), RED)


def test_what_shines_through_becomes_white():
    picture = Image.new("RGBA", (300, 400), (*RED, 0))
    taken = opened(take_in(saved(picture, "PNG")))
    assert near(taken.getpixel((20, 20)), (255, 255, 255))


def test_print_colours_are_taken():
    assert_card_takes(take_in(saved(drawn(mode="CMYK"))))


def test_a_picture_with_sixteen_bits_is_refused():
    assert "8 bits" in refusal(saved(Image.new("I;16", (300, 400)), "PNG"))


# --- hostile files ---------------------------------------------------------------------------------------


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width, height):
    """A PNG of one colour that announces far more pixels than it has bytes."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(5001, 5000), (12_000, 12_000), (60_000, 60_000), (2**31 - 1, 9)])
def test_more_pixels_than_allowed_are_refused_before_they_are_decoded(size):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        assert "at most 25000000 pixels" in refusal(bomb(*size))


def test_more_bytes_than_allowed_are_refused(monkeypatch):
    upload = saved(drawn())
    monkeypatch.setattr(photo_intake, "MOST_BYTES", len(upload))
    take_in(upload)
    assert "at most" in refusal(upload + b"\x00")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_half_a_picture_is_refused(kind):
    upload = saved(drawn(), kind)
    assert "no whole JPEG or PNG" in refusal(upload[: len(upload) // 2])


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_other_kinds_of_pictures_are_refused(kind):
    assert "no whole JPEG or PNG" in refusal(saved(drawn(), kind))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_any_bytes_are_refused_in_one_line(tail, head):
    text = refusal(head + tail)
    assert text == "photo: it is no whole JPEG or PNG"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_pictures_never_end_in_another_error(data):
    upload = bytearray(saved(drawn(240, 320), data.draw(st.sampled_from(["JPEG", "PNG"]))))
    for _ in range(data.draw(st.integers(1, 6))):
        upload[data.draw(st.integers(0, len(upload) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert_card_takes(take_in(bytes(upload)))
    except PhotoRefusedError as error:
        assert str(error).startswith("photo: ")  # noqa: PT017 - either outcome is right


def test_readable_lengths_by_hand():
    # spec: terminal_interface 5.1 low byte below 128, 5.2 no multiple of 128 with the two length bytes
    assert [readable_length(length) for length in (1, 126, 127, 128, 255, 382, 2943, 2944)] == [
        1, 127, 127, 256, 256, 383, 2943, 3072,
    ]  # fmt: skip
