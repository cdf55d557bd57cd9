"""A photo as people hand it in, made into one that a card takes.

In comes a JPEG or PNG of any shape; out goes a portrait of 3 to 4 and nothing but the picture, in at most
`MAX_JPEG` bytes and of a length that all terminals read. Where the card would not show enough of a face, the
photo is refused with what would be accepted. What the card takes is fact (`card_os.spec.photo`); sizes and
qualities are ours.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from card_os.spec.errors import Phrase
from card_os.spec.photo import MAX_JPEG, readable_length
from issuer.personalisation.photo import PhotoRefusedError

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 25_000_000
ACROSS, DOWN = 3, 4
"""The ratio of a portrait."""
SIZES = ((180, 240), (150, 200), (120, 160))
"""Widths and heights in pixels that a photo may get, the best first; a smaller one is not enlarged."""
GOOD_QUALITY, LOWEST_QUALITY = 70, 45
"""JPEG quality for which a larger size is given up, and the one below which a photo is refused."""
_BEST_QUALITY, _QUALITY_STEP = 90, 5
# of a picture that is too tall the head is above the middle: so much of what is cut off is cut off above
_ABOVE = 0.25
_TOO_MANY = Phrase("at most {most} pixels are accepted", most=MOST_PIXELS)
_WHITE = (255, 255, 255)
_EIGHT_BIT_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"}


@dataclass(frozen=True, slots=True)
class Crop:
    """What of an upright picture is wanted, in pixels from its upper left corner.

    Where it is not 3 wide to 4 high, the largest such portrait inside it is taken.
    """

    left: int
    top: int
    width: int
    height: int


def take_in(upload: bytes, crop: Crop | None = None) -> bytes:
    """The JPEG for the card; raises PhotoRefusedError, whose reason says what would be accepted."""
    picture = _opened(upload)
    portrait = picture.crop(_portrait(crop or Crop(0, 0, picture.width, picture.height), picture.size))
    narrow, low = SIZES[-1]
    if portrait.width < narrow or portrait.height < low:
        reason = Phrase(
            "{width} x {height} pixels are left of it, at least {narrow} x {low} are needed",
            width=portrait.width, height=portrait.height, narrow=narrow, low=low,
        )  # fmt: skip
        raise PhotoRefusedError(reason=reason)
    for floor in (GOOD_QUALITY, LOWEST_QUALITY):
        for size in SIZES:
            if size[0] <= portrait.width and (jpeg := _compressed(portrait, size, floor)):
                return jpeg
    reason = Phrase(
        "it has too much detail for {room} bytes; a sharp face before a plain background is accepted",
        room=MAX_JPEG,
    )
    raise PhotoRefusedError(reason=reason)


def _opened(upload: bytes) -> Image.Image:
    """The upright picture in plain RGB, without anything that came with it."""
    if len(upload) > MOST_BYTES:
        reason = Phrase("{size} bytes, at most {most} are accepted", size=len(upload), most=MOST_BYTES)
        raise PhotoRefusedError(reason=reason)
    try:
        with Image.open(io.BytesIO(upload), formats=("JPEG", "PNG")) as picture:
            _check_before_decoding(picture)
            profile = picture.info.get("icc_profile")
            picture.load()
            return _in_srgb(_on_white(ImageOps.exif_transpose(picture)), profile)
    except PhotoRefusedError:
        raise
    except Image.DecompressionBombError:
        raise PhotoRefusedError(reason=_TOO_MANY) from None
    except Exception:  # the decoders answer hostile files with errors of many kinds
        raise PhotoRefusedError(reason=Phrase("it is no whole JPEG or PNG")) from None


def _check_before_decoding(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise PhotoRefusedError(reason=_TOO_MANY)
    if picture.mode not in _EIGHT_BIT_MODES:
        raise PhotoRefusedError(reason=Phrase("a picture with 8 bits for each colour is accepted"))


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    shown = picture.convert("RGBA")
    flat = Image.new("RGB", shown.size, _WHITE)
    flat.paste(shown, mask=shown.getchannel("A"))
    return flat


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours as terminals show them: telephones take photos in wider colour spaces."""
    if not profile:
        return picture
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, given, ImageCms.createProfile("sRGB")) or picture
    except (ImageCms.PyCMSError, OSError):
        # a profile for another colour space, or none at all: the numbers are taken as they stand
        return picture


def _portrait(crop: Crop, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest portrait inside a crop: in the middle of its width, above the middle of its height."""
    width, height = size
    right, bottom = crop.left + crop.width, crop.top + crop.height
    if not (0 <= crop.left < right <= width and 0 <= crop.top < bottom <= height):
        reason = Phrase("the crop lies outside of its {width} x {height} pixels", width=width, height=height)
        raise PhotoRefusedError(reason=reason)
    across = min(crop.width, crop.height * ACROSS // DOWN)
    down = min(crop.height, across * DOWN // ACROSS)
    left = crop.left + (crop.width - across) // 2
    top = crop.top + int((crop.height - down) * _ABOVE)
    return left, top, left + across, top + down


def _compressed(portrait: Image.Image, size: tuple[int, int], floor: int) -> bytes | None:
    """The portrait in a size and the best quality that fits, None where that is below `floor`."""
    reduced = portrait.resize(size, Image.Resampling.LANCZOS)
    # EXIF, comments and profile of the upload go no further
    reduced.info.clear()
    for quality in range(_BEST_QUALITY, floor - 1, -_QUALITY_STEP):
        stream = io.BytesIO()
        reduced.save(stream, "JPEG", quality=quality, optimize=True, subsampling="4:2:0")
        length = readable_length(stream.tell())
        if length <= MAX_JPEG:
            return stream.getvalue().ljust(length, b"\x00")
    return None
