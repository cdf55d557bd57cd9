"""Lists of cards: their arithmetic, their text, their signature.  # spec: issuance_and_ecard D.1, A.5"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_os.crypto import sm2
from card_os.crypto.sm3 import sm3
from card_os.spec import card_list, card_list_format
from card_os.spec.card_list import CardList, Change, Delta, Entry, Mark, Operation, Reason, WrongBaseError
from card_os.spec.card_list_format import CardListFormatError
from reader_client.hospital.lists import CardListError, ListKeyError, read_list, trusted_key

DATE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KEYS = sm2.generate_key_pair()
LOST = Entry("11010119000315007X", "0000000001", Mark.BLACK, Reason.LOSS, "挂失")
GREY = Entry("310101190011280190", "0000000002", Mark.GREY, Reason.LOSS)

numbers = st.sampled_from(["11010119000315007X", "310101190011280190", "E12345678"])
entries = st.builds(
    Entry,
    numbers,
    st.sampled_from(["", "0000000001", "0000000002"]),
    st.sampled_from(Mark),
    st.sampled_from(Reason),
    st.sampled_from(["", '引号"与\n换行', "挂失"]).map(str.strip),
)
changes = st.lists(st.builds(Change, st.sampled_from(Operation), entries), max_size=12)


def signed(found: CardList, keys: sm2.KeyPair = KEYS) -> CardList:
    found = replace(found, signer=keys.public)
    digest = sm2.message_digest(keys.public, found.head().encode())
    return replace(found, signature=sm2.sign_digest(keys.private, digest))


# --- arithmetic -------------------------------------------------------------------------------------------


@given(changes, changes)
@settings(max_examples=200)
def test_a_delta_makes_the_same_list_as_all_changes_from_the_beginning(before, after):
    old = CardList("1", DATE, card_list.in_order(card_list.standing(before)))
    whole = CardList("2", DATE, card_list.in_order(card_list.standing(before + after)))
    delta = Delta("1", "2", DATE, card_list.net(after))
    assert delta.applied_to(old) == whole
    assert len(delta.changes) <= len(after)


@given(changes)
def test_at_most_one_entry_stands_for_a_card_and_mark(them):
    found = card_list.standing(them)
    assert len({entry.key for entry in found}) == len(found)
    for change in them[-1:]:
        assert (change.entry in found) == (change.operation is Operation.ADD)


def test_a_delta_for_another_version_is_refused():
    with pytest.raises(WrongBaseError, match="begins at version 3, the list has version 1"):
        Delta("3", "4", DATE, ()).applied_to(CardList("1", DATE, ()))


def test_find_takes_the_chip_into_account():
    found = CardList("1", DATE, (LOST, replace(LOST, chip_serial="", mark=Mark.GREY), GREY))
    assert found.find(LOST.card_number, "0000000001") == LOST
    assert found.find(LOST.card_number, "0000000009").mark is Mark.GREY
    assert found.find(GREY.card_number, "0000000009") is None
    assert found.find(None, "0000000001") is None


# --- text -------------------------------------------------------------------------------------------------


@given(changes, st.booleans())
def test_a_list_comes_back_from_its_text(them, expires):
    found = CardList("7", DATE, card_list.standing(them), DATE + timedelta(days=7) if expires else None)
    assert card_list_format.parse_json(card_list_format.write_json(found)) == found
    found = signed(found)
    assert card_list_format.parse_json(card_list_format.write_json(found)).is_signed_by(KEYS.public)


@given(changes)
def test_a_delta_comes_back_from_its_text(them):
    delta = Delta("6", "7", DATE, tuple(them), DATE, KEYS.public, bytes(64))
    text = card_list_format.write_delta(delta)
    assert card_list_format.parse_delta(text) == delta
    assert card_list_format.is_delta(text)
    with pytest.raises(CardListFormatError, match="the format rhc-card-list/1 is expected"):
        card_list_format.parse_json(text)


def test_programs_of_the_first_format_read_a_published_list():
    row = json.loads(card_list_format.write_json(signed(CardList("7", DATE, (LOST,)))))
    assert (row["format"], row["version"], row["date"]) == ("rhc-card-list/1", "7", "2026-03-02T08:00:00Z")
    assert row["entries"] == [
        {
            "card_number": "11010119000315007X",
            "chip_serial": "0000000001",
            "mark": "0",
            "operation": "1",
            "reason": "1",
            "text": "挂失",
        }
    ]


HEAD = '{"format": "rhc-card-list-delta/1", "base": "1", "version": "2", "date": "2026-03-02"'
ROW = '{"card_number": "1", "mark": "0", "operation": "1", "reason": "1"}'


def with_rows(*rows: str) -> str:
    return f'{HEAD}, "entries": [{", ".join(rows)}]}}'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no list"),
        ("[" * 100_000, "no list"),
        (HEAD + "}", "no list"),
        (HEAD.replace('"base": "1", ', "") + ', "entries": []}', "no list"),
        (HEAD.replace("2026-03-02", "0001-01-01T00:00:00+23:00") + ', "entries": []}', "no list"),
        (HEAD + ', "signature": "GG", "entries": []}', "no list"),
        (HEAD.replace('"version": "2"', r'"version": "\ud800"') + ', "entries": []}', "no list"),
        (with_rows(ROW, ROW.replace('"1", "mark"', r'"\ud800", "mark"')), "entry 2"),
        (with_rows(ROW, ROW.replace('"0"', '"2"')), "entry 2 is wrong"),
        (with_rows(ROW.replace('"1", "mark"', '1, "mark"')), "entry 1 is wrong"),
        (with_rows(ROW[:-1] + ', "text": ["x"]}'), "entry 1 is wrong"),
        (HEAD.replace("-delta", "") + ', "entries": []}', "the format rhc-card-list-delta/1 is expected"),
    ],
)
def test_what_is_no_delta(text, reason):
    with pytest.raises(CardListFormatError, match=reason):
        card_list_format.parse_delta(text)


# --- signature --------------------------------------------------------------------------------------------


def test_the_signed_line_was_typed_by_hand():
    found = CardList("7", DATE, (LOST, GREY), DATE + timedelta(days=7))
    lines = (
        '["11010119000315007X","0000000001","0","1","挂失"]\n["310101190011280190","0000000002","1","1",""]\n'
    )
    digest = sm3(lines.encode()).hex().upper()
    assert found.head() == f"rhc-card-list/1 7 2026-03-02T08:00:00Z 2026-03-09T08:00:00Z 2 {digest}"
    assert (
        replace(found, expires=None, entries=())
        .head()
        .startswith("rhc-card-list/1 7 2026-03-02T08:00:00Z - 0 ")
    )


@pytest.mark.parametrize(
    "change",
    [
        {"version": "8"},
        {"date": DATE + timedelta(seconds=1)},
        {"expires": DATE},
        {"entries": ()},
        {"entries": (LOST, GREY)},
        {"entries": (replace(LOST, reason=Reason.CANCELLED),)},
        {"entries": (replace(LOST, chip_serial=""),)},
        {"signature": bytes(64)},
        {"signature": b""},
        {"signer": bytes(64)},
        {"signer": sm2.generate_key_pair().public},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_list_that_was_touched_is_not_signed(change):
    found = signed(CardList("7", DATE, (LOST,), DATE + timedelta(days=7)))
    assert found.is_signed_by(KEYS.public)
    assert not replace(found, **change).is_signed_by(KEYS.public)
    assert not signed(found, sm2.generate_key_pair()).is_signed_by(KEYS.public)


def test_the_order_of_the_entries_does_not_matter():
    assert signed(CardList("7", DATE, (LOST, GREY))).head() == CardList("7", DATE, (GREY, LOST)).head()


# --- at the terminal --------------------------------------------------------------------------------------


def test_a_terminal_that_trusts_a_key_takes_no_other_list(tmp_path: Path):
    file = tmp_path / "list.json"
    file.write_text(card_list_format.write_json(signed(CardList("7", DATE, (LOST,)))), "utf-8")
    assert read_list(file, KEYS.public).find(LOST.card_number, LOST.chip_serial) == LOST
    assert read_list(file).signer == KEYS.public
    with pytest.raises(CardListError, match="the trusted key did not sign it"):
        read_list(file, sm2.generate_key_pair().public)
    (tmp_path / "list.csv").write_text("rhc-card-list/1,7,2026-03-02\ncard_number,mark,operation,reason\n")
    assert read_list(tmp_path / "list.csv").entries == ()
    with pytest.raises(CardListError, match="the trusted key did not sign it"):
        read_list(tmp_path / "list.csv", KEYS.public)


def test_a_trusted_key_is_a_point_of_the_curve():
    assert trusted_key(None) is trusted_key("") is None
    assert trusted_key(KEYS.public.hex().upper()) == KEYS.public
    for text in ("x", "00" * 64, KEYS.public.hex()[:-2]):
        with pytest.raises(ListKeyError):
            trusted_key(text)
