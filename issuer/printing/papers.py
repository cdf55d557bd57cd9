"""Forms, slips and reports as PDF: Chinese first, English beside it. The same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from importlib.resources import files
from typing import Any

from card_os.spec.errors import Phrase
from card_os.spec.model import Meaning
from issuer.printing import fonts, needed_libraries
from issuer.printing.card_face import checked_photo
from issuer.printing.documents import (
    CHECK_VALUE_BYTES,
    DIGEST_BYTES,
    LONGEST_TEXT,
    MOST_ROWS,
    ApplicationForm,
    BatchReport,
    CeremonyRecord,
    LossSlip,
    PickUpSlip,
)
from issuer.printing.errors import PrintRefusedError
from issuer.printing.mark import PAPER_MARK, is_marked
from issuer.printing.masking import masked
from issuer.printing.typesetter import SCHEME, typeset

_PHOTO, _NO_PHOTO = "photo", "no_photo"
_FACES = ("sans", "sans-bold")


def application_form_pdf(form: ApplicationForm) -> bytes:
    """An A4 form, to be signed; raises PrintRefusedError and PrintingUnavailableError, as all of these do."""
    no_photo = (files("issuer.printing") / "pictures" / f"{_NO_PHOTO}.svg").read_bytes()
    pictures = {_PHOTO: no_photo if form.photo is None else checked_photo(form.photo)}
    return _pdf("application_form.html", form, pictures)


def pick_up_slip_pdf(slip: PickUpSlip) -> bytes:
    """An A5 slip; of the number of the document it shows the end only."""
    return _pdf("pick_up_slip.html", slip)


def loss_slip_pdf(slip: LossSlip) -> bytes:
    """An A5 slip; of the numbers of document and card it shows the ends only."""
    if any(character.isspace() for character in slip.slip_number):
        raise PrintRefusedError(item="slip_number", reason=Phrase("it has a blank in it"))
    return _pdf("loss_slip.html", slip)


def batch_report_pdf(report: BatchReport) -> bytes:
    """A4 pages; a batch that does not add up, and hops that do not, are marked as such."""
    for hop in report.hops:
        _check_length("digest", hop.digest, DIGEST_BYTES)
    return _pdf("batch_report.html", report)


def ceremony_record_pdf(record: CeremonyRecord) -> bytes:
    """A4 pages with a line for each signature; a check value of any other length than 3 bytes is refused."""
    for key in record.keys:
        _check_length("check_value", key.check_value, CHECK_VALUE_BYTES)
    _check_length("audit_digest", record.audit_digest, DIGEST_BYTES)
    return _pdf("ceremony_record.html", record)


def _pdf(template: str, document: Any, pictures: Mapping[str, bytes] | None = None) -> bytes:  # noqa: ANN401
    for item, text in _texts(document, ""):
        _check_text(item, text)
    environment = needed_libraries.templates()
    environment.filters |= {"masked": masked, "when": _when, "capital": _capital}
    html = environment.get_template(template).render(
        document=document,
        scheme=SCHEME,
        mark=PAPER_MARK if is_marked(document.environment) else "",
        sans=fonts.SANS,
        serif=fonts.SERIF,
    )
    return typeset(html, pictures)


def _texts(value: object, item: str) -> Iterator[tuple[str, str]]:
    """Every text in a document with the name of its item."""
    if isinstance(value, str):
        yield item, value
    elif isinstance(value, Enum):
        yield from _texts(value.value, item)
    elif isinstance(value, tuple):
        if len(value) > MOST_ROWS:
            reason = Phrase("at most {count} rows are printed", count=MOST_ROWS)
            raise PrintRefusedError(item=item, reason=reason)
        for number, row in enumerate(value, 1):
            yield from _texts(row, f"{item} {number}")
    elif is_dataclass(value):
        for entry in fields(value):
            name = item if isinstance(value, Meaning) else f"{item}.{entry.name}".strip(".")
            yield from _texts(getattr(value, entry.name), name)


def _check_text(item: str, text: str) -> None:
    if len(text) > LONGEST_TEXT:
        reason = Phrase("{count} characters, at most {most} are printed", count=len(text), most=LONGEST_TEXT)
        raise PrintRefusedError(item=item, reason=reason)
    for face in _FACES:
        missing = fonts.metrics(face).first_missing(text)
        if missing is not None:
            reason = Phrase("the font has no glyph for character {position}", position=missing)
            raise PrintRefusedError(item=item, reason=reason)


def _check_length(item: str, value: bytes | None, length: int) -> None:
    if value is not None and len(value) != length:
        reason = Phrase("{count} bytes, {length} are expected", count=len(value), length=length)
        raise PrintRefusedError(item=item, reason=reason)


def _when(value: date) -> str:
    """A date, or a time to the second with its zone where it has one."""
    return value.isoformat(" ", "seconds") if isinstance(value, datetime) else value.isoformat()


def _capital(text: str) -> str:
    """With a capital first letter, and the rest as it is."""
    return text[:1].upper() + text[1:]
