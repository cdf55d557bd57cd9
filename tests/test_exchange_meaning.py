"""Codes cross every border by their meaning.  # spec: issuance_and_ecard F.2, F.3"""

from __future__ import annotations

import csv
from enum import Enum
from pathlib import Path

import pytest

from card_os.spec.loader import load
from reader_client.exchange import meaning
from reader_client.exchange.meaning import (
    TABLES,
    Abo,
    Border,
    Education,
    MaritalStatus,
    NoCodeError,
    NoTableError,
    Relation,
    Rh,
    Sex,
    Unknown,
    border,
    convert,
)

# typed by hand: code, meaning, and whether it is read as well as written
RH = {
    Border.CARD: [
        ("1", Rh.POSITIVE, 1),
        ("2", Rh.NEGATIVE, 1),
        ("3", Rh.UNKNOWN, 1),
        ("3", Rh.NOT_TESTED, 0),
    ],
    Border.FRONT_SHEET: [
        ("1", Rh.NEGATIVE, 1),
        ("2", Rh.POSITIVE, 1),
        ("3", Rh.UNKNOWN, 1),
        ("4", Rh.NOT_TESTED, 1),
    ],
    Border.WEB_FORM: [("0", Rh.NEGATIVE, 1), ("1", Rh.POSITIVE, 1)],
    Border.FHIR: [("LA6576-8", Rh.POSITIVE, 1), ("LA6577-6", Rh.NEGATIVE, 1)],
}
ABO = {
    Border.CARD: [("1", Abo.A), ("2", Abo.B), ("3", Abo.O), ("4", Abo.AB), ("5", Abo.UNKNOWN)],
    Border.AB_BEFORE_O: [("1", Abo.A), ("2", Abo.B), ("3", Abo.AB), ("4", Abo.O)],
    Border.FHIR: [
        ("LA19710-5", Abo.A),
        ("LA19709-7", Abo.B),
        ("LA19708-9", Abo.O),
        ("LA28449-9", Abo.AB),
    ],
}


@pytest.mark.parametrize(
    ("where", "code", "value", "both"), [(where, *row) for where, rows in RH.items() for row in rows]
)
def test_rh_in_both_directions(where: Border, code: str, value: Rh, both: int) -> None:
    assert border(Rh, where).write(value) == code
    if both:
        assert border(Rh, where).read(code) is value


@pytest.mark.parametrize(
    ("where", "code", "value"), [(where, *row) for where, rows in ABO.items() for row in rows]
)
def test_abo_in_both_directions(where: Border, code: str, value: Abo) -> None:
    assert border(Abo, where).read(code) is value
    assert border(Abo, where).write(value) == code


@pytest.mark.parametrize(
    ("raw", "source", "target", "expected"),
    [
        ("1", Border.CARD, Border.FRONT_SHEET, "2"),
        ("2", Border.CARD, Border.FRONT_SHEET, "1"),
        ("1", Border.FRONT_SHEET, Border.CARD, "2"),
        ("2", Border.FRONT_SHEET, Border.CARD, "1"),
        ("4", Border.FRONT_SHEET, Border.CARD, "3"),
        ("1", Border.CARD, Border.WEB_FORM, "1"),
        ("2", Border.CARD, Border.WEB_FORM, "0"),
        ("0", Border.WEB_FORM, Border.CARD, "2"),
        ("1", Border.WEB_FORM, Border.FRONT_SHEET, "2"),
    ],
)
def test_the_rh_trap(raw: str, source: Border, target: Border, expected: str) -> None:
    assert convert(Rh, raw, source, target) == expected


def test_unknown_codes_keep_their_raw_value_and_go_nowhere() -> None:
    for where in RH:
        assert border(Rh, where).read("7") == Unknown("7")
        with pytest.raises(NoCodeError, match="7"):
            border(Rh, where).write(Unknown("7"))
    with pytest.raises(NoCodeError):
        convert(Rh, "3", Border.CARD, Border.WEB_FORM)
    with pytest.raises(NoTableError):
        border(Sex, Border.FRONT_SHEET)


@pytest.mark.parametrize(("table", "kind"), TABLES.items())
def test_every_code_of_the_declaration_has_a_meaning_and_comes_back(table: str, kind: type[Enum]) -> None:
    codes = load("health_card").codes[table]
    card = border(kind, Border.CARD)
    assert codes
    for code in codes:
        assert card.write(card.read(code)) == code
    assert {value for value in kind if value not in card.codes.values()} <= {Rh.NOT_TESTED}


def test_several_meanings_may_share_a_code_on_the_way_out() -> None:
    marriage = border(MaritalStatus, Border.FHIR)
    assert {marriage.write(value) for value in MaritalStatus} == {"S", "M", "W", "D", "UNK"}
    assert marriage.read("M") is MaritalStatus.MARRIED
    assert border(Sex, Border.FHIR).write(Sex.NOT_STATED) == "unknown"
    assert border(Sex, Border.FHIR).read("unknown") is Sex.UNKNOWN
    assert convert(Education, "8", Border.CARD, Border.GB_2006) == "80"
    with pytest.raises(NoCodeError):
        border(Relation, Border.FHIR).write(Relation.OTHER)


def test_every_row_names_its_source_and_is_used() -> None:
    text = (Path(meaning.__file__).parent / "borders.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) > 40
    for row in rows:
        assert row["source"]
        found = border(TABLES[row["table"]], Border(row["border"]))
        assert row["code"] in found.meanings.values()
