"""What is printed on a card: the data, named as the data items are."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field, fields
from datetime import date
from unicodedata import normalize

from card_os.spec import codecs, loader
from card_os.spec.errors import Phrase, ValueRefusedError
from card_os.spec.model import Meaning
from issuer.printing import pinyin
from issuer.printing.errors import NameUnreadableError, PrintRefusedError

SECURITY_CODE = "security_code"
PINYIN = "holder_name_pinyin"
_LONGEST_PHOTO, _MOST_PIXELS = 1024 * 1024, 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFace:
    """One card as it is printed; dates and codes as the data items have them.

    `environment` other than PROD puts the mark TEST onto both sides. `issuer_code` (up to 22 digits) and
    `application_city_code` (6 digits) choose the layout. `photo` is a JPEG of at most 1 MB, None for a frame
    with a silhouette. `holder_name_pinyin` None means: made from the name; a holder who reads the name in
    another way gives it. What is None is left out.
    """

    environment: str
    card_number: str = field(repr=False)
    holder_name: str = field(repr=False)
    issuer_name: str
    issuer_code: str
    application_city_code: str
    issue_date: date
    card_expiry_date: date
    security_code: str = field(repr=False)
    chip_serial_number: str
    sex_code: str = field(repr=False)
    ethnic_group_code: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    health_record_number: str | None = field(default=None, repr=False)
    rural_insurance_number: str | None = field(default=None, repr=False)
    holder_name_pinyin: str | None = field(default=None, repr=False)
    photo: bytes | None = field(default=None, repr=False)


_NOT_SHOWN = {"environment", "issuer_code", "photo"}
SHOWN_ITEMS = frozenset(entry.name for entry in fields(CardFace)) - _NOT_SHOWN
"""Items that a layout may place."""
REQUIRED_ITEMS = (
    "card_number", "holder_name", "issuer_name", "security_code", "chip_serial_number", "sex_code",
)  # fmt: skip
_NUMBERS = ("card_number", "chip_serial_number", "health_record_number", "rural_insurance_number")
_SECURITY_CODE = re.compile("[0-9]{3}")


def texts(face: CardFace) -> dict[str, str]:
    """What stands on the card for each of `SHOWN_ITEMS`, empty where there is nothing.

    Raises PrintRefusedError.
    """
    for item in REQUIRED_ITEMS:
        if not getattr(face, item).strip():
            raise PrintRefusedError(item=item, reason=Phrase("it is empty"))
    if not _SECURITY_CODE.fullmatch(face.security_code):
        raise PrintRefusedError(item=SECURITY_CODE, reason=Phrase("three digits are expected"))
    for item in _NUMBERS:
        _check_as_data_item(item, getattr(face, item))
    shown = {item: _text(item, getattr(face, item)) for item in SHOWN_ITEMS}
    if face.holder_name_pinyin is None:
        spelled = _spelled(shown["holder_name"], face.ethnic_group_code)
        # a name in Latin letters stands on the card already
        shown[PINYIN] = "" if spelled == shown["holder_name"].upper() else spelled
    return shown


def meaning(item: str, code: str) -> Meaning:
    """The words for a code of a data item; raises PrintRefusedError for a code that its table lacks."""
    profile = loader.load("health_card")
    found = profile.code_meaning(profile.items[item], code)
    if found is None:
        raise PrintRefusedError(item=item, reason=Phrase("its table has no such code"))
    return found


def checked_photo(jpeg: bytes) -> bytes:
    """A photo as it was, once it is known to be a whole JPEG of sensible size; raises PrintRefusedError."""
    if len(jpeg) > _LONGEST_PHOTO or not _is_whole(jpeg):
        reason = Phrase("a whole JPEG of at most 1 MB and 4 million pixels is expected")
        raise PrintRefusedError(item="photo", reason=reason)
    return jpeg


def _is_whole(jpeg: bytes) -> bool:
    from PIL import Image  # noqa: PLC0415 - an optional library

    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return False
            picture.load()
    except Exception:  # the decoder answers hostile files with errors of many kinds
        return False
    return True


def _check_as_data_item(item: str, value: str | None) -> None:
    """A number is printed only in the form in which the card holds it."""
    if value:
        profile = loader.load("health_card")
        try:
            codecs.encode(profile, profile.items[item], value)
        except ValueRefusedError as error:
            raise PrintRefusedError(item=item, reason=error.fields["rule"]) from None


def _spelled(name: str, group: str | None) -> str:
    try:
        return pinyin.of_name(name, group)
    except NameUnreadableError as error:
        reason = Phrase(
            "character {position} of the name has no known reading; give the pinyin", **error.fields
        )
        raise PrintRefusedError(item=PINYIN, reason=reason) from None


def _text(item: str, value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if item in {"sex_code", "ethnic_group_code"}:
        words = meaning(item, str(value))
        return f"{words.chinese} {words.english[:1].upper()}{words.english[1:]}"
    return normalize("NFC", str(value)).strip()
