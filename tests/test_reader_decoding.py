"""Whole records decoded at once give what each item gives alone, whatever bytes a card has there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_os.spec.loader import load
from card_os.spec.model import DataItem, Profile
from reader_client.contents import CardValue, RawValue, decoded
from reader_client.decoding import decoder_of

PROFILES = [load("health_card"), load("sam")]
LAYOUTS = [(profile, layout) for profile in PROFILES for layout in profile.by_layout]
TEXTS = ("测试", "ABC 1", "阿依·努尔", "（甲）")
BROKEN_TEXTS = (b"\xb2", b"A\x80", b"\xff\xff", b"\xb2\x00\xe2")


def filled(start: bytes, item: DataItem) -> bytes:
    return start[: item.length].ljust(item.length, b"\x00")


def parts(item: DataItem) -> st.SearchStrategy[bytes]:
    """Bytes for one item: nothing, a text, a broken text, digits, or anything."""
    return st.one_of(
        st.just(item.blank),
        st.just(b"\xff" * item.length),
        st.sampled_from(TEXTS).map(lambda text: filled(text.encode("gbk"), item)),
        st.sampled_from(BROKEN_TEXTS).map(lambda broken: filled(broken, item)),
        st.text("0123456789", max_size=2 * item.length).map(
            lambda digits: bytes.fromhex(digits.ljust(2 * item.length, "F"))
        ),
        st.binary(min_size=item.length, max_size=item.length),
    )


def one_by_one(profile: Profile, layout: str, raw: bytes) -> list[tuple[str, CardValue]]:
    places = ((item, item.offset or 0) for item in profile.by_layout[layout])
    return [(item.name, decoded(profile, item, raw[start : start + item.length])) for item, start in places]


@given(st.data(), st.sampled_from([case for case in LAYOUTS if case[0].by_layout[case[1]][0].tag is None]))
def test_a_record_is_the_sum_of_its_items(data: st.DataObject, case: tuple[Profile, str]) -> None:
    profile, layout = case
    seeds = [data.draw(parts(item)) for item in profile.by_layout[layout][:12]]
    raw = b"".join(seeds) + b"".join(item.blank for item in profile.by_layout[layout][12:])
    raw = raw[: data.draw(st.integers(0, len(raw)))] if data.draw(st.booleans()) else raw + b"behind"
    assert list(decoder_of(profile).values(layout, raw).items()) == one_by_one(profile, layout, raw)


@pytest.mark.parametrize("broken", BROKEN_TEXTS, ids=bytes.hex)
def test_one_broken_text_spoils_no_other(broken: bytes) -> None:
    """Half a character at the end of a text must not swallow the next one."""
    profile = PROFILES[0]
    items = profile.by_layout["DF03.EE"]
    texts = [item for item in items if item.coding == "AN" and item.length >= 4]
    assert len(texts) > 10
    spoiled = texts[4]
    raw = b"".join(
        filled(broken if item is spoiled else "甲乙".encode("gbk"), item) if item in texts else item.blank
        for item in items
    )
    values = decoder_of(profile).values("DF03.EE", raw)
    assert values[spoiled.name] == RawValue(filled(broken, spoiled).hex().upper())
    assert {values[item.name] for item in texts if item is not spoiled} == {"甲乙"}
