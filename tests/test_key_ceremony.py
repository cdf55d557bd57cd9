"""Components, the keys of a master, recovery shares, key blocks and deliveries."""

from __future__ import annotations

import json

import field_oracle as oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from key_bench import COMPONENTS, MASTER

from issuer.keys import key_block, key_export
from issuer.keys.ceremony import shares
from issuer.keys.ceremony.components import LENGTH, Component, combined, protection_key
from issuer.keys.ceremony.errors import ComponentError, ShareError
from issuer.keys.ceremony.master import derived, made_at
from issuer.keys.certificates import ROOT_KEY
from issuer.keys.custodian import KeyRef
from issuer.keys.hierarchy import NATION, Level
from issuer.keys.key_block import Attributes, KeyBlockError
from issuer.keys.key_export import DeliveryError
from issuer.keys.key_file.safe import Safe
from issuer.keys.key_set import MASTER_KEY, OFFICE_KEYS, TRANSPORT_KEY, card_keys, check_value_of, is_known

secrets_32 = st.binary(min_size=LENGTH, max_size=LENGTH)
PROVINCE, CITY = Level("41"), Level("4101")
ROOTS = derived(MASTER, NATION, made_at(NATION))
PROTECTION = bytes.fromhex("00112233445566778899AABBCCDDEEFF")


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")


# --- components -------------------------------------------------------------------------------------------


@given(first=secrets_32, second=secrets_32, master=secrets_32)
def test_two_components_say_nothing_of_the_master(first, second, master):
    """For every master there is exactly one third component: two people know no more than nobody."""
    third = bytes(a ^ b ^ c for a, b, c in zip(first, second, master, strict=True))
    people = [Component(part) for part in (first, second, third)]
    if len({first, second, third}) == 3:
        assert combined(people) == master
        assert combined(people[::-1]) == master
    else:
        with pytest.raises(ComponentError, match="the same"):
            combined(people)


@given(secrets_32)
def test_a_component_comes_back_from_paper(secret):
    component = Component(secret)
    text = component.groups()
    assert len(text.split()) == 16
    if len(set(secret)) == 1:
        with pytest.raises(ComponentError, match="over and over"):
            Component.parse(text, component.check_value.hex())
    else:
        assert Component.parse(text.lower().replace(" ", "-"), component.check_value.hex()) == component


# printf of 00 to 1F | openssl dgst -sm3, its first 16 bytes as the key over 16 zero bytes: 89919e
def test_the_check_value_of_a_component():
    assert Component(MASTER).check_value.hex() == "89919e"
    assert check_value_of(MASTER_KEY, MASTER).hex() == "89919e"


@pytest.mark.parametrize(
    ("text", "check", "reason"),
    [
        ("", "89919E", "64 hex digits"),
        (MASTER.hex()[:-1], "89919E", "64 hex digits"),
        (MASTER.hex() + "00", "89919E", "64 hex digits"),
        (MASTER.hex(), "", "check value of 6"),
        (MASTER.hex(), "89919F", "type it again"),
        ("１" + MASTER.hex()[1:], "89919E", "64 hex digits"),
        ("FF" * LENGTH, Component(b"\xff" * LENGTH).check_value.hex(), "over and over"),
    ],
)
def test_what_was_mistyped_is_refused_and_not_shown(text, check, reason):
    with pytest.raises(ComponentError, match=reason) as caught:
        Component.parse(text, check)
    assert len(text) < 8 or text not in str(caught.value)
    assert MASTER.hex() not in repr(caught.value.fields)


def test_components_are_random_and_hidden():
    drawn = {Component.new().secret for _ in range(50)}
    assert len(drawn) == 50
    assert repr(Component(MASTER)) == "Component()"


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_three_people_it_is(count):
    with pytest.raises(ComponentError, match="3 people"):
        combined([Component.new() for _ in range(count)])


def test_a_protection_key_takes_two():
    both = [Component(MASTER), COMPONENTS[0]]
    key = protection_key(both)
    assert len(key) == 16
    assert oracle.encrypt(key, bytes(16))[:3] == Component(combined(both, 2)).check_value
    with pytest.raises(ComponentError, match="2 people"):
        protection_key(COMPONENTS)


# --- the keys of a master ---------------------------------------------------------------------------------


# printf of "rhc-master/1" 00 level 00 name 00 version counter
# | openssl mac -digest SM3 -macopt hexkey:00…1F HMAC
@pytest.mark.parametrize(
    ("level", "key", "value"),
    [
        (NATION, KeyRef("RK1_DF03", 2), "6B6E9FE47A3EF94355ED1080DCE1A16E"),
        (PROVINCE, KeyRef("DATA"), "7BC272D83C6D4A687F039D74F8D932B9"),
        (NATION, ROOT_KEY, "0555866D9466381B92D7453335E260C5E19E0E7DA0A0745853172BD9763A1D50"),
    ],
)
def test_keys_of_a_master(level, key, value):
    assert derived(MASTER, level, [key]) == {key: bytes.fromhex(value)}


def test_what_a_ceremony_makes():
    assert set(made_at(NATION)) == {*card_keys(), ROOT_KEY, *OFFICE_KEYS}
    assert set(made_at(PROVINCE)) == set(made_at(CITY)) == set(OFFICE_KEYS)
    assert len(set(ROOTS.values())) == len(ROOTS) == 58 + 1 + 7
    assert all(is_known(key) for key in ROOTS)


@given(secrets_32, st.integers(0, 8 * LENGTH - 1))
def test_another_master_gives_other_keys(master, bit):
    number = int.from_bytes(master, "big") ^ 1 << bit
    other = number.to_bytes(LENGTH, "big")
    keys = [KeyRef("RK1_DDF1"), ROOT_KEY]
    first, second = derived(master, NATION, keys), derived(other, NATION, keys)
    assert all(first[key] != second[key] for key in keys)


# --- recovery shares --------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(secrets_32, st.data())
def test_any_k_of_n_shares_bring_it_back(master, data):
    people = data.draw(st.integers(2, 7))
    needed = data.draw(st.integers(2, people))
    made = shares.split(master, needed, people)
    assert [(share.number, share.needed) for share in made] == [(n, needed) for n in range(1, people + 1)]
    come = data.draw(st.permutations(made))[:needed]
    assert shares.combine([f"  {share.words.upper()} " for share in come]) == master
    if needed > 2:
        with pytest.raises(ShareError, match=f"{needed} are needed, {needed - 1} were given"):
            shares.combine([share.words for share in come[1:]])


@pytest.mark.parametrize(("needed", "people"), [(1, 3), (4, 3), (2, 17), (0, 0), (-1, 3)])
def test_shares_that_make_no_sense(needed, people):
    with pytest.raises(ShareError, match="2 to 16 people"):
        shares.split(MASTER, needed, people)


def test_what_is_wrong_with_shares_is_said_without_their_words():
    made = [share.words for share in shares.split(MASTER, 3, 5)]
    others = [share.words for share in shares.split(bytes(32), 3, 5)]
    wrong = made[1].split()
    wrong[7] = "academic" if wrong[7] != "academic" else "acid"
    for given_words, told in (
        ([], "they do not belong together"),
        ([made[0], made[0], made[1]], "one of them was given twice"),
        ([made[0], " ".join(wrong), made[2]], "the words of share 2 are not as they were written"),
        ([made[0], made[1], "abandon every hope"], "the words of share 3 are not as they were written"),
        ([made[0], made[1], ""], "the words of share 3 are not as they were written"),
        ([made[0], made[1], others[2]], "they do not belong together"),
        (made[:4], "3 are needed, 4 were given"),
    ):
        with pytest.raises(ShareError) as caught:
            shares.combine(given_words)
        assert str(caught.value) == f"recovery shares: {told}"
    assert made[0] not in repr(shares.split(MASTER, 2, 3))


def test_shares_of_something_else_are_refused():
    library = pytest.importorskip("shamir_mnemonic")
    (words,) = library.generate_mnemonics(1, [(2, 3)], bytes(16))
    with pytest.raises(ShareError, match="something else"):
        shares.combine(words[:2])
    ((grouped, *_rest), *_groups) = library.generate_mnemonics(2, [(2, 3), (2, 3)], MASTER)
    with pytest.raises(ShareError):
        shares.combine([grouped, _rest[0]])


def test_recovery_brings_the_same_check_values():
    come = [share.words for share in shares.split(MASTER, 2, 3)[1:]]
    again = derived(shares.combine(come), NATION, made_at(NATION))
    assert again == ROOTS


# --- key blocks -------------------------------------------------------------------------------------------

# header typed by hand; keys: openssl mac -cipher SM4-CBC -macopt hexkey:00112233… CMAC over
# 01 0000 00 5334 0080 and 01 0001 00 5334 0080; MAC: CMAC over header and payload;
# cryptogram: openssl enc -sm4-cbc -iv MAC
BLOCK = (
    "S0144B3SX02N0400KN0CRK1_DF03LV0641EN08TESTPB0600"
    "03BEAE3AEC59EC3951AA7783907C1FE112D3303459042A0A8120A9EA611E8E6B"
    "556008CC1A4BAF3ECC8536FB9D855B86"
)
SAID = Attributes(KeyRef("RK1_DF03", 2), "41", "TEST")


def test_a_key_block_against_openssl():
    filler = bytes.fromhex("A0A1A2A3A4A5A6A7A8A9AAABACAD")
    assert key_block.wrap(PROTECTION, SAID, bytes(range(16)), filler) == BLOCK
    assert key_block.unwrap(PROTECTION, BLOCK) == (SAID, bytes(range(16)))


@given(
    st.sampled_from([*card_keys(), TRANSPORT_KEY]),
    st.sampled_from(["", "41", "4101"]),
    st.sampled_from(["TEST", "PROD", "x" * 40]),
    st.binary(min_size=16, max_size=16),
)
def test_key_blocks_come_back(key, level, environment, secret):
    said = Attributes(key, level, environment)
    block = key_block.wrap(PROTECTION, said, secret)
    assert key_block.unwrap(PROTECTION, block) == (said, secret)
    assert secret.hex().upper() not in block
    assert block != key_block.wrap(PROTECTION, said, secret)
    with pytest.raises(KeyBlockError):
        key_block.unwrap(bytes(16), block)


@given(st.integers(0, len(BLOCK) - 1), st.characters(codec="latin-1"))
def test_a_touched_block_opens_nothing(at, character):
    touched = BLOCK[:at] + character + BLOCK[at + 1 :]
    if touched.upper() == BLOCK.upper():
        return
    with pytest.raises(KeyBlockError):
        key_block.unwrap(PROTECTION, touched)


@pytest.mark.parametrize(
    "block", ["", "S", BLOCK[:-2], BLOCK + "00", BLOCK[:48], "S9999" + BLOCK[5:], "\n" + BLOCK]
)
def test_a_cut_block_opens_nothing(block):
    with pytest.raises(KeyBlockError):
        key_block.unwrap(PROTECTION, block)


# --- deliveries -------------------------------------------------------------------------------------------


def delivered(held=ROOTS, source=NATION, level=PROVINCE, environment="TEST"):
    return key_export.for_level(Safe(held), environment, source, level)


def test_a_province_gets_the_province_key_of_every_row_and_nothing_else():
    delivery = key_export.read(key_export.write(delivered(), PROTECTION), PROTECTION)
    assert set(delivery.keys) == set(card_keys())
    for key in card_keys():
        assert delivery.keys[key] == oracle.diversify(ROOTS[key], b"41000000")
    assert not {ROOTS[key] for key in ROOTS} & set(delivery.keys.values())


def test_a_city_gets_the_same_from_its_province_as_from_the_nation():
    of_province = delivered(delivered().keys, PROVINCE, CITY)
    assert of_province.keys == delivered(level=CITY).keys
    assert of_province.keys[KeyRef("UK1_DDF1")] == oracle.diversify(
        oracle.diversify(ROOTS[KeyRef("UK1_DDF1")], b"41000000"), b"41010000"
    )
    assert of_province.keys[KeyRef("RK1_DDF1")] == oracle.diversify(ROOTS[KeyRef("RK1_DDF1")], b"41000000")


@pytest.mark.parametrize(("source", "level"), [(PROVINCE, NATION), (PROVINCE, Level("4201")), (CITY, CITY)])
def test_keys_go_down_only(source, level):
    with pytest.raises(DeliveryError, match="go down only"):
        delivered(source=source, level=level)
    with pytest.raises(DeliveryError, match="no keys of cards"):
        delivered(held={key: ROOTS[key] for key in OFFICE_KEYS})


def test_a_delivery_fits_one_environment_and_one_level():
    delivery = delivered()
    key_export.check_fits(delivery, "TEST", PROVINCE)
    for environment, level in (("PROD", PROVINCE), ("TEST", Level("42")), ("TEST", CITY), ("TEST", NATION)):
        with pytest.raises(DeliveryError, match="it is for"):
            key_export.check_fits(delivery, environment, level)


def test_destroyed_versions_are_not_delivered():
    held = {key: secret for key, secret in ROOTS.items() if key.version != 1 or key.name.startswith("STK")}
    assert all(key.version != 1 or key.name.startswith("STK") for key in delivered(held).keys)


def test_a_makers_key_travels_alone():
    text = key_export.write(key_export.of_maker(bytes(range(16)), "TEST", PROVINCE), PROTECTION)
    assert key_export.read(text, PROTECTION).keys == {TRANSPORT_KEY: bytes(range(16))}
    assert "K0SE01" in text


TEXT = key_export.write(delivered(), PROTECTION)


def rewritten(**changes):
    """A delivery whose head was changed by somebody who has the protection key."""
    delivery = delivered()
    lines = key_export.write(delivery, PROTECTION).splitlines()
    head = json.loads(lines[0]) | changes
    body = "".join(f"{line}\n" for line in [json.dumps(head, sort_keys=True), *lines[1:-1]])
    mac = key_block.cmac_sm4(key_block.derived(PROTECTION, key_block.WHOLE_FILE), body.encode())
    return body + json.dumps({"mac": mac.hex().upper()}) + "\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no text of the format"),
        ("{}\n{}", "no text of the format"),
        ("\n\n", "no text of the format"),
        (TEXT.replace("rhc-key-export/1", "rhc-key-export/2"), "no text of the format"),
        (TEXT.replace('"TEST"', '"PROD"'), "changed on its way"),
        ("\n".join(TEXT.splitlines()[:3] + TEXT.splitlines()[4:]), "changed on its way"),
        (TEXT.replace('"to": "41"', '"to": "42"'), "changed on its way"),
        (rewritten(to="42"), "line 2 belongs into another delivery"),
        (rewritten(environment="PROD"), "line 2 belongs into another delivery"),
        (rewritten(to="x"), "changed on its way"),
        (rewritten(blocks=57), "changed on its way"),
    ],
)
def test_a_touched_delivery_is_refused_whole(text, reason):
    with pytest.raises(DeliveryError, match=reason):
        key_export.read(text, PROTECTION)


def test_a_block_of_another_delivery_is_refused():
    other = key_export.write(delivered(level=Level("42")), PROTECTION).splitlines()
    lines = TEXT.splitlines()
    body = "".join(f"{line}\n" for line in [lines[0], other[1], *lines[2:-1]])
    mac = key_block.cmac_sm4(key_block.derived(PROTECTION, key_block.WHOLE_FILE), body.encode())
    with pytest.raises(DeliveryError, match="line 2 belongs"):
        key_export.read(body + json.dumps({"mac": mac.hex()}), PROTECTION)


def test_another_protection_key_opens_nothing():
    with pytest.raises(DeliveryError, match="under the protection key"):
        key_export.read(TEXT, bytes(range(16)))


def test_a_delivery_shows_no_key():
    delivery = delivered()
    shown = TEXT + repr(delivery) + repr(delivery.check_values())
    for secret in delivery.keys.values():
        assert secret.hex().upper() not in shown.upper()
