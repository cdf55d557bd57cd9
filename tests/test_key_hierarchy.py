"""Nation, province, city, card: who holds what, against values that openssl computed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_os.crypto.block_cipher import SM4
from card_os.crypto.keys import check_value
from issuer.keys.custodian import CardFactors, KeyUseError
from issuer.keys.hierarchy import (
    NATION,
    Level,
    LevelError,
    RootElsewhereError,
    city_factor,
    descend,
    held_at,
    in_sam,
    on_card,
)
from issuer.keys.key_set import TRANSPORT_KEY, card_keys, rows

# D() { printf "$2$(complement of $2)" | xxd -r -p | openssl enc -sm4-ecb -K $1 -nopad | xxd -p; }
# D(root, ascii 41000000), D(that, ascii 41010000), D(either, card factor)
ROOT = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
CARD_FACTOR = bytes.fromhex("00A1A1A100000001")
PROVINCE_KEY = bytes.fromhex("05EB2651C0188727325FE36B030FF83B")
CITY_KEY = bytes.fromhex("57B06BEB11697DB5E1984B5507EF43FF")
CARD_KEY_BELOW_PROVINCE = bytes.fromhex("D6AC3D030661CD60DC55018F0E85ECBB")
CARD_KEY_BELOW_CITY = bytes.fromhex("232EA0C9B95C75BD327C71E2CF71F5B1")
PROVINCE, CITY = Level("41"), Level("4101")
IN_PROVINCE = CardFactors(CARD_FACTOR, b"41000000")
IN_CITY = CardFactors(CARD_FACTOR, b"41000000", b"41010000")
NATIONAL, PROVINCIAL = (
    [row for row in rows().values() if row.held == held] for held in ("national", "province")
)
MAKER = rows()[TRANSPORT_KEY.name]


def down(key, have, want, held=ROOT):
    return descend(held, have, want, key, SM4)


def test_levels_have_the_factors_of_their_digits():
    assert (NATION.province, NATION.city) == (None, None)
    assert (PROVINCE.province, PROVINCE.city) == (b"41000000", None)
    assert (CITY.province, CITY.city) == (b"41000000", b"41010000")
    assert city_factor("410105") == b"41010000"
    assert CITY.is_below(PROVINCE)
    assert CITY.is_below(NATION)
    assert not PROVINCE.is_below(CITY)
    assert not CITY.is_below(Level("42"))
    assert not CITY.is_below(CITY)


@pytest.mark.parametrize("code", ["4", "410", "41010", "410105", "4a", "４１", "-1", " "])
def test_other_texts_are_no_levels(code):
    with pytest.raises(LevelError, match="no level"):
        Level(code)


@pytest.mark.parametrize("key", NATIONAL, ids=lambda key: key.name)
def test_a_national_row_knows_no_city(key):
    assert down(key, (), held_at(key, PROVINCE)) == PROVINCE_KEY
    assert down(key, (), held_at(key, CITY)) == PROVINCE_KEY
    for card in (IN_PROVINCE, IN_CITY):
        assert down(key, (), on_card(key, card)) == CARD_KEY_BELOW_PROVINCE
        assert down(key, (), in_sam(key, card)) == ROOT
        with pytest.raises(RootElsewhereError, match="national centre"):
            down(key, held_at(key, PROVINCE), in_sam(key, card))


@pytest.mark.parametrize("key", PROVINCIAL, ids=lambda key: key.name)
def test_a_province_row_goes_through_the_city_that_has_keys(key):
    assert down(key, (), in_sam(key, IN_PROVINCE)) == PROVINCE_KEY
    assert down(key, (), on_card(key, IN_PROVINCE)) == CARD_KEY_BELOW_PROVINCE
    assert down(key, (), in_sam(key, IN_CITY)) == CITY_KEY
    assert down(key, (), on_card(key, IN_CITY)) == CARD_KEY_BELOW_CITY
    # what the city holds is what its SAMs hold: one step to the card, as on the wire
    assert down(key, held_at(key, CITY), in_sam(key, IN_CITY), CITY_KEY) == CITY_KEY
    assert down(key, held_at(key, CITY), on_card(key, IN_CITY), CITY_KEY) == CARD_KEY_BELOW_CITY


def test_the_table_has_rows_of_both_kinds_and_58_keys():
    assert (len(NATIONAL), len(PROVINCIAL), len(card_keys())) == (11, 11, 58)


def test_a_makers_key_has_one_step_at_every_level():
    for level in (NATION, PROVINCE, CITY):
        assert held_at(MAKER, level) == ()
    assert on_card(MAKER, IN_CITY) == (CARD_FACTOR,)
    with pytest.raises(KeyUseError, match="a SAM"):
        in_sam(MAKER, IN_PROVINCE)


@pytest.mark.parametrize("key", [*NATIONAL, *PROVINCIAL], ids=lambda key: key.name)
def test_keys_of_one_area_serve_no_other(key):
    elsewhere = CardFactors(CARD_FACTOR, b"42000000")
    with pytest.raises(KeyUseError, match="another province"):
        down(key, held_at(key, PROVINCE), on_card(key, elsewhere))
    if key.held == "province":
        with pytest.raises(KeyUseError, match="another province or city"):
            down(key, held_at(key, CITY), on_card(key, CardFactors(CARD_FACTOR, b"41000000", b"41020000")))


@given(st.sampled_from([*NATIONAL, *PROVINCIAL]), st.binary(min_size=16, max_size=16))
def test_every_level_makes_the_same_card(key, root):
    """Whoever holds a key set of the hierarchy makes the same card key, for a card below it."""
    made = set()
    for level in (NATION, PROVINCE, CITY):
        held = down(key, (), held_at(key, level), root)
        made.add(down(key, held_at(key, level), on_card(key, IN_CITY), held))
    assert len(made) == 1


def test_check_values_of_the_levels():
    # printf of 16 zero bytes | openssl enc -sm4-ecb -K KEY -nopad, first 3 bytes
    values = [check_value(key).hex().upper() for key in (ROOT, PROVINCE_KEY, CITY_KEY)]
    assert values == ["1E9634", "AA80CD", "B4490E"]
