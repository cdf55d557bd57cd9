"""Which layout a card gets: by its issuer or its county, else the default.

`choice.csv` beside the layouts has the columns by (issuer_code or application_city_code), begins_with and
layout. A row for the issuer goes before one for the county, and the longest beginning wins. An issuer with
layouts of its own names their directory: its files and rows go before those that come with the software.
# spec: issuance_and_ecard A.3 "layout template chosen by county code"
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from card_os.spec.errors import Phrase
from issuer.printing.errors import LayoutError
from issuer.printing.layout import Layout
from issuer.printing.layout_file import read_layout

DEFAULT = "jade"
CHOICE = "choice.csv"
_BY = ("issuer_code", "application_city_code")
_COLUMNS = ["by", "begins_with", "layout"]


@dataclass(frozen=True, slots=True)
class _Row:
    by: str
    begins_with: str
    layout: str


@dataclass(frozen=True)
class Layouts:
    """The layouts at hand, each read once when it is first needed; `own` is the directory of an issuer."""

    own: Path | None = None
    _read: dict[str, Layout] = field(default_factory=dict, repr=False, compare=False)

    def choose(self, issuer_code: str, application_city_code: str) -> Layout:
        """The layout for a card of an issuer in a county; raises LayoutError."""
        codes = dict(zip(_BY, (issuer_code, application_city_code), strict=True))
        for by in _BY:
            for rows in self._rows:
                fitting = [row for row in rows if row.by == by and codes[by].startswith(row.begins_with)]
                if fitting:
                    return self.named(max(fitting, key=lambda row: len(row.begins_with)).layout)
        return self.named(DEFAULT)

    def named(self, name: str) -> Layout:
        """A layout by the name of its file; raises LayoutError."""
        if name not in self._read:
            self._read[name] = read_layout(self._places, name)
        return self._read[name]

    @cached_property
    def _places(self) -> list[Traversable]:
        shipped = files("issuer.printing") / "layouts"
        return [self.own, shipped] if self.own else [shipped]

    @cached_property
    def _rows(self) -> list[list[_Row]]:
        return [_choice(place / CHOICE) for place in self._places if (place / CHOICE).is_file()]


def _choice(file: Traversable) -> list[_Row]:
    try:
        reader = csv.DictReader(io.StringIO(file.read_text("utf-8")), strict=True)
        rows = [_Row(*(row[column] or "" for column in _COLUMNS)) for row in reader]
    except (KeyError, csv.Error, OSError, UnicodeDecodeError):
        reason = Phrase("a CSV with the columns {columns} is expected", columns=", ".join(_COLUMNS))
        raise LayoutError(file=CHOICE, place="file", reason=reason) from None
    for number, row in enumerate(rows, 2):
        if row.by not in _BY or not row.begins_with or not row.layout:
            reason = Phrase(
                "{names}, the beginning of such a code and a layout are expected", names=" / ".join(_BY)
            )
            raise LayoutError(file=CHOICE, place=f"row {number}", reason=reason)
    return rows
