"""Lists of synthetic applicants as files: `rhc-applications/1`, and what was planted in them."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from card_os.crypto.sm3 import sm3
from issuer.applications.list_file import FORMAT, PHOTO_DATA, PHOTO_FILE
from lab.applicant_faults import Planted, plant
from lab.applicants import COUNTIES, Applicant, applicants, portrait

FAULTS_FORMAT = "rhc-planted-faults/1"


@dataclass(frozen=True, slots=True)
class SyntheticList:
    """A list, the photos that lie beside it by file name, and the faults by line of the file."""

    raw: bytes = field(repr=False)
    photos: Mapping[str, bytes] = field(repr=False)
    faults: Mapping[int, Planted]
    people: Sequence[Applicant] = field(repr=False)

    def faults_file(self) -> bytes:
        """Which line has which fault, as JSON."""
        rows = [
            {"line": line, "fault": one.fault, "rule": one.rule, "field": one.field}
            for line, one in self.faults.items()
        ]
        text = json.dumps({"format": FAULTS_FORMAT, "faults": rows}, ensure_ascii=False, indent=1)
        return (text + "\n").encode()


def make_list(
    count: int,
    seed: int,
    on: date,
    *,
    point: str,
    county: str = COUNTIES[0],
    faults: int = 0,
    having_card: Sequence[Mapping[str, str]] = (),
    as_csv: bool = False,
) -> SyntheticList:
    """A list of `count` applicants on a day, `faults` of them spoiled; the same for the same arguments.

    JSON lines have the photos inside, CSV names them beside the list. Raises ValueError for too many faults.
    """
    people = applicants(count, seed, on, county)
    planted = plant(people, faults, seed, on, having_card)
    if as_csv:
        raw, photos, first_line = *_csv(people, point), 3
    else:
        raw, photos, first_line = _json_lines(people, point), {}, 2
    return SyntheticList(raw, photos, {one.place + first_line: one for one in planted}, people)


def photo_of(who: Applicant) -> bytes | None:
    """The photo that an applicant hands in, None for one without."""
    if who.photo is not None or who.portrait is None:
        return who.photo
    return portrait(who.portrait)


def _json_lines(people: Sequence[Applicant], point: str) -> bytes:
    rows = []
    for who in people:
        photo = photo_of(who)
        inside = {PHOTO_DATA: base64.b64encode(photo).decode()} if photo is not None else {}
        rows.append(json.dumps(who.values | inside, ensure_ascii=False))
    body = "".join(row + "\n" for row in rows).encode()
    header = {"format": FORMAT, "count": len(people), "point": point, "digest": sm3(body).hex().upper()}
    return json.dumps(header, ensure_ascii=False).encode() + b"\n" + body


def _csv(people: Sequence[Applicant], point: str) -> tuple[bytes, dict[str, bytes]]:
    names = list(dict.fromkeys(name for who in people for name in who.values))
    photos: dict[str, bytes] = {}
    text = io.StringIO()
    writer = csv.DictWriter(text, [*names, PHOTO_FILE], lineterminator="\n")
    writer.writeheader()
    for number, who in enumerate(people, start=1):
        row = dict(who.values)
        photo = photo_of(who)
        if photo is not None:
            name = f"photo-{number:05d}" if who.photo is not None else f"portrait-{who.portrait:02d}"
            photos[f"{name}.jpg"] = photo
            row[PHOTO_FILE] = f"{name}.jpg"
        writer.writerow(row)
    body = text.getvalue().encode()
    header = f"{FORMAT},count={len(people)},point={point},digest={sm3(body).hex().upper()}\n"
    return header.encode() + body, photos
