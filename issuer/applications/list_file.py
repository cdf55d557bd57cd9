"""Lists of applicants of a village or unit: `rhc-applications/1`, as CSV or as JSON lines.

The first line is the header, the others are one applicant each. CSV:

    rhc-applications/1,count=2,point=419901-01
    document_type,document_number,holder_name,…
    01,…

JSON lines begin with {"format": "rhc-applications/1", "count": 2, "point": "419901-01"} and go on with one
flat object of texts a line. `count` is the number of applicants, `point` the collection point. May be given:
`digest`, SM3 of all bytes behind the first line as hex; `source`, 01 person or 02 unit (the default);
`documents`, `ecard` (the default) or `ssc` for the codes of documents. `photo` names a file beside the list,
`photo_base64` holds the photo itself. Text is UTF-8. Lines are counted from 1 as an editor does.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from card_os.crypto.sm3 import sm3
from card_os.spec.errors import Phrase, PlainError
from issuer.applications.documents import OURS, SOCIAL_SECURITY, from_social_security
from issuer.applications.fields import headings, nearest
from issuer.applications.form import Form, filled
from language import cause

FORMAT = "rhc-applications/1"
MOST_LINES = 20_000
MOST_BYTES = 256 * 1024 * 1024
PHOTO_FILE, PHOTO_DATA = "photo", "photo_base64"
_HEADER = {"count", "point", "digest", "source", "documents"}
_TYPES = ("document_type", "guardian_document_type", "mother_document_type")
_PLAIN_FILE = re.compile(r"[^/\\\x00]+")

Photos = Callable[[str], bytes]


class ListRefusedError(PlainError):
    """A list that is broken itself; nothing of it was taken in."""

    template = "line {line}, {field}: {reason}"


@dataclass(frozen=True, slots=True)
class ListLine:
    """An applicant of a list, and the line of the file where the applicant begins."""

    line: int
    form: Form


@dataclass(frozen=True, slots=True)
class ApplicantList:
    """A list that was read; `digest` is SM3 of the whole file, 32 bytes."""

    digest: bytes
    point: str
    source: str
    lines: tuple[ListLine, ...] = field(repr=False)


def read_list(raw: bytes, photos: Photos) -> ApplicantList:
    """Read a list; `photos` gives the content of a file that is named beside it, or raises OSError.

    Raises ListRefusedError with the line and the field.
    """
    if len(raw) > MOST_BYTES:
        raise _refused(1, "–", Phrase("at most {most} bytes", most=MOST_BYTES))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _refused(line, "–", Phrase("the text is not UTF-8")) from None
    is_json = text.startswith("{")
    first, _, rest = text.partition("\n")
    header = _json_header(first) if is_json else _csv_header(first)
    _check_header(header, raw.partition(b"\n")[2])
    records = list(_json_records(rest) if is_json else _csv_records(rest))
    if len(records) != int(header["count"]):
        reason = Phrase("{given} are announced, there are {found}", given=header["count"], found=len(records))
        raise _refused(1, "count", reason)
    convert = header.get("documents", OURS) == SOCIAL_SECURITY
    lines = tuple(ListLine(line, _form(line, record, photos, convert)) for line, record in records)
    return ApplicantList(sm3(raw), header["point"], header.get("source", "02"), lines)


# --- the header -------------------------------------------------------------------------------------------


def _json_header(line: str) -> dict[str, str]:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        raise _refused(1, "format", Phrase("this is not JSON")) from None
    if not isinstance(given, dict) or given.pop("format", None) != FORMAT:
        raise _refused(1, "format", Phrase('"format" is not {format}', format=FORMAT))
    header = {name: str(value) for name, value in given.items()}
    for name, value in header.items():
        _check_whole(1, name, name + value)
    return header


def _csv_header(line: str) -> dict[str, str]:
    name, *cells = (cell.strip() for cell in line.rstrip("\r").split(","))
    if name != FORMAT:
        raise _refused(1, "format", Phrase('"format" is not {format}', format=FORMAT))
    return dict(cell.partition("=")[::2] for cell in cells if cell)


def _check_header(header: Mapping[str, str], body: bytes) -> None:
    for name in header:
        if name not in _HEADER:
            reason = Phrase("the header knows {known}", known=", ".join(sorted(_HEADER)))
            raise _refused(1, name[:40], reason)
    for name in ("count", "point"):
        if not header.get(name):
            raise _refused(1, name, Phrase("it must be given"))
    count = header["count"]
    if not (count.isascii() and count.isdigit() and len(count) < 10 and 1 <= int(count) <= MOST_LINES):
        raise _refused(1, "count", Phrase("a number from 1 to {most} is expected", most=MOST_LINES))
    for name, known in (("source", ("01", "02")), ("documents", (OURS, SOCIAL_SECURITY))):
        if header.get(name, known[0]) not in known:
            raise _refused(1, name, Phrase("the code is not one of {known}", known=" ".join(known)))
    if "digest" in header and header["digest"].upper() != sm3(body).hex().upper():
        raise _refused(1, "digest", Phrase("it is not the SM3 of what follows the first line"))


# --- the lines --------------------------------------------------------------------------------------------


def _json_records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    for line, row in enumerate(text.split("\n"), start=2):
        if not row.strip():
            continue
        try:
            given = json.loads(row, object_pairs_hook=_pairs)
        except _TwiceError as error:
            raise _refused(line, error.name, Phrase("it stands twice")) from None
        except (ValueError, RecursionError):
            raise _refused(line, "–", Phrase("this is not JSON")) from None
        if not isinstance(given, dict):
            raise _refused(line, "–", Phrase("a JSON object is expected"))
        yield line, {_field(line, name): _text(line, name, value) for name, value in given.items()}


def _csv_records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    # for the whole process, as the library has it: a photo in base64 is longer than the cells that it expects
    csv.field_size_limit(MOST_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    names: list[str] = []
    begin = 1
    try:
        for row in reader:
            line, begin = begin + 1, reader.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if not names:
                names = _columns(line, row)
                continue
            if len(row) > len(names) and any(cell.strip() for cell in row[len(names) :]):
                raise _refused(
                    line, "–", Phrase("{found} cells for {due} columns", found=len(row), due=len(names))
                )
            yield line, dict(zip(names, row, strict=False))
    except csv.Error:
        raise _refused(begin + 1, "–", Phrase("this is not CSV: look at the quotation marks")) from None


def _columns(line: int, row: list[str]) -> list[str]:
    while row and not row[-1].strip():
        row = row[:-1]
    names = [_field(line, heading.strip()) for heading in row]
    for name in names:
        if names.count(name) > 1:
            raise _refused(line, name, Phrase("it stands twice"))
    return names


def _field(line: int, heading: str) -> str:
    _check_whole(line, heading, heading)
    if heading in (PHOTO_FILE, PHOTO_DATA):
        return heading
    name = headings().get(heading)
    if name is None:
        reason = Phrase("an unknown field; the nearest one is {nearest}", nearest=nearest(heading))
        raise _refused(line, heading[:40], reason)
    return name


def _text(line: int, name: str, value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    if not isinstance(value, str):
        raise _refused(line, name, Phrase("a text, true, false or null is expected"))
    _check_whole(line, name, value)
    return value


def _check_whole(line: int, name: str, text: str) -> None:
    """JSON can name halves of characters, which no text holds."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _refused(line, ascii(name)[1:-1], Phrase("it holds half of a character")) from None


def _form(line: int, record: dict[str, str], photos: Photos, convert: bool) -> Form:
    file, data = record.pop(PHOTO_FILE, "").strip(), record.pop(PHOTO_DATA, "").strip()
    values = filled(record)
    if convert:
        values |= {
            name: from_social_security(values[name]) or values[name] for name in _TYPES if name in values
        }
    if data:
        try:
            return Form(values, base64.b64decode(data, validate=True))
        except (binascii.Error, ValueError):
            raise _refused(line, PHOTO_DATA, Phrase("this is not base64")) from None
    return _with_file(values, file, photos) if file else Form(values)


def _with_file(values: dict[str, str], file: str, photos: Photos) -> Form:
    if not _PLAIN_FILE.fullmatch(file) or file in (".", ".."):
        return Form(values, None, Phrase("the name of a file beside the list is expected"))
    try:
        return Form(values, photos(file))
    except OSError as error:
        return Form(values, None, Phrase("{reason}", reason=cause(error)))


class _TwiceError(Exception):
    """A name that stands twice in one object."""

    def __init__(self, name: str) -> None:
        self.name = name[:40]
        super().__init__(name)


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise _TwiceError(name)
        found[name] = value
    return found


def _refused(line: int, field_name: str, reason: Phrase) -> ListRefusedError:
    return ListRefusedError(line=line, field=field_name, reason=reason)
