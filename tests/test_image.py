"""A card as a text: the same bytes for the same card, whole or refused, and loaded for ever."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_os import image
from card_os.image import ImageError, ImageFileError, ImageWriter, byte_text
from card_os.image.cells import Places, Section
from card_os.kernel.card import Card
from card_os.kernel.manufacture import chip
from card_os.kernel.memory import Memory
from card_os.spec.errors import PlainError
from card_os.spec.loader import load, variants
from lab import demo
from reader_client.in_process import InProcessChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

IMAGES = Path(__file__).parent / "images"
CANARY_PIN = bytes.fromhex("918273645546")


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")


@pytest.fixture(scope="session")
def issued_text():
    return image.dump(demo.issue_card(demo.resident("05"), 1).card)


@pytest.fixture(scope="session")
def sam_text():
    return image.dump(demo.issue_sam(1))


# --- text -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["issued_text", "sam_text"])
def test_a_card_comes_back_cell_by_cell(name, request):
    text = request.getfixturevalue(name)
    card = image.load(text)
    assert image.dump(card) == text
    assert card.memory.snapshot() == image.parse(text).cells
    assert card.power_on() == card.atr


def test_the_order_of_the_cells_does_not_matter(issued_text):
    found = image.parse(issued_text)
    mixed = dict(reversed(found.cells.items()))
    assert ImageWriter(found.profile).text(mixed) == issued_text


def test_the_text_can_be_read_by_a_person(issued_text):
    assert '  "0E 04 19000520",  # birth_date 出生日期\n' in issued_text
    assert 'life_cycle = "ISSUED"\n' in issued_text
    assert max(map(len, issued_text.splitlines())) < 600


other_names = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(
        [
            "df_state:MF/DDF1",
            "bad_macs:MF",
            "pin:unblock",
            "sm2:private",
            "tries:pin",
            "tries:RK1_DDF1:9",
            "pin",
        ]
    ),
    st.sampled_from(["key:RK1_DDF1:1", "key:NEW:1", "tries:RK1_DDF1:1", "tries:", "a.b", 'q"\\\n\x7f']),
).filter(lambda name: not name.startswith(("file:", "absent:")) and name not in ("life_cycle", "historical"))


@given(st.sampled_from(["health_card", "sam"]), st.dictionaries(other_names, st.binary(max_size=20)))
def test_cells_of_any_name_survive(name, more):
    profile = load(name)
    cells = chip(profile, b"\0\0\0\1").memory.snapshot() | more
    text = ImageWriter(profile).text(cells)
    assert image.parse(text).cells == cells


@given(st.binary(max_size=80), st.integers(0, 255), st.integers(0, 300))
def test_words_of_bytes(head, byte, run):
    raw = head + bytes((byte,)) * run
    assert byte_text.from_words(byte_text.to_words(raw), len(raw)) == raw
    if raw:
        with pytest.raises(ValueError, match="more than"):
            byte_text.from_words(byte_text.to_words(raw), len(raw) - 1)


@pytest.mark.parametrize("variant", variants("health_card"))
def test_variants_are_kept(variant):
    card = chip(load("health_card", variant), b"\0\0\0\1")
    text = image.dump(card)
    assert f'variant = "{variant}"\n' in text
    assert "[options]" not in text
    found = image.parse(text)
    assert found.profile == card.profile
    assert found.cells == card.memory.snapshot()


@pytest.mark.parametrize("name", ["health_card", "sam"])
def test_a_chip_without_its_tree_comes_back(name):
    cells = chip(load(name), b"\0\0\0\1", tree=False).memory.snapshot()
    text = ImageWriter(load(name)).text(cells)
    assert image.parse(text).cells == cells
    half = (
        {**cells, "file:MF/0015": bytes(14)} if name == "sam" else {**cells, "file:MF/DDF1/EF06": bytes(64)}
    )
    with pytest.raises(ImageError, match="none of a card"):
        ImageWriter(load(name)).text(half)


def test_options_of_a_card_are_kept(issued_text):
    found = image.parse(issued_text)
    assert "[options]" not in issued_text
    options = {**found.profile.options, "macless_index": not found.profile.options["macless_index"]}
    changed = replace(found.profile, options=options, transport="contact_t0", bad_mac_limit=3)
    again = image.parse(ImageWriter(changed).text(found.cells))
    assert again.profile == changed
    assert again.card().atr != found.card().atr


# --- texts that are refused -----------------------------------------------------------------------------

EF05 = '[files."MF/DDF1/EF05"]'
BROKEN = {
    "another version": ('format = "rhc-image/1"', 'format = "rhc-image/2"', "the format is rhc-image/2"),
    "another format": ('format = "rhc-image/1"', 'format = "tar"', "no image of a card"),
    "no version": ('format = "rhc-image/1"', "format = 1", "no image of a card"),
    "a class name": ('"health_card"', '"card_os.kernel.card.Card"', "profile: there are health_card sam"),
    "a path": ('"health_card"', '"../profiles/sam"', "profile: there are health_card sam"),
    "another profile": ('"health_card"', '"sam"', "files.MF/0015: this is missing"),
    "no variant": ("life_cycle", 'variant = "gold"\nlife_cycle', "variant: there are contactless"),
    "a state": ('life_cycle = "ISSUED"', 'life_cycle = "LOST"', "life_cycle: there are CHIP"),
    "a short serial": ('historical = "00', 'historical = "', "historical: 7 bytes, 8 are expected"),
    "no hex": ('historical = "00', 'historical = "0x', "historical: hex digits are expected"),
    "a number for a text": ('life_cycle = "ISSUED"', "life_cycle = 5", "life_cycle: a string is expected"),
    "a flag for a number": ("cells = ", "cells = true #", "cells: a whole number is expected"),
    "a text for a flag": (
        "with_secrets = true",
        'with_secrets = "yes"',
        "with_secrets: true or false is expected",
    ),
    "an unknown file": (EF05, '[files."MF/DDF1/EF99"]', "files.MF/DDF1/EF05: this is missing"),
    "one file more": (EF05, f'[files."MF/X"]\n{EF05}', "files.MF/X: this is unknown here"),
    "an unknown entry": (EF05, f"{EF05}\nclass = 'os.system'", "files.MF/DDF1/EF05.class: this is unknown"),
    "a short file": ('  "01 01 31",', "", "EF05.contents: 281 bytes, 284 are expected"),
    "a long file": ('"01 01 31"', '"01 01 31 00*65536"', "EF05.contents[1]: hex digits are expected, or a"),
    "a long run": ('"01 01 31"', '"01 01 31 00*99999999"', "EF05.contents[1]: hex digits are expected"),
    "no string in the array": ('  "01 01 31"', "  0x010131", "EF05.contents[1]: a string is expected"),
    "contents of another kind": ("contents = [", "contents = [] #", "TOML"),
    "an unknown option": (EF05, f"[options]\nfast = true\n{EF05}", "options.fast: this is unknown here"),
    "an unknown counter": ('"UK1_DDF1:1" = 15', '"UK1_DDF1:9" = 15', "tries.UK1_DDF1:9: this is unknown"),
    "a counter too high": ('"UK1_DDF1:1" = 15', '"UK1_DDF1:1" = 256', "tries.UK1_DDF1:1: 0 to 255 is expect"),
    "an unknown key": ('"IRK_DDF1:1" = "', '"IRK_DDF1:8" = "', "secrets.keys.IRK_DDF1:8: this is unknown"),
    "a long key": ('"IRK_DDF1:1" = "', '"IRK_DDF1:1" = "00', "secrets.keys.IRK_DDF1:1: 17 bytes, 16 are"),
    "an unknown secret": ("[secrets]\n", '[secrets]\npuk = "123456"\n', "secrets.puk: this is unknown"),
    "another number of cells": ("cells = ", "cells = 1", " cells are announced, "),
    "a key elsewhere": (
        "[secrets.keys]",
        f'[secrets.other]\n"key:IRK_DDF1:1" = "{"00" * 16}"\n[secrets.keys]',
        "secrets.other.key:IRK_DDF1:1: this does not belong here",
    ),
    "secrets against the head": ("with_secrets = true", "with_secrets = false", "secrets: this is unknown"),
    "an array of tables": ("[secrets]", "[[secrets]]", "secrets: a table is expected"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_text_is_refused_with_its_place(what, issued_text):
    old, new, line = BROKEN[what]
    assert old in issued_text
    with pytest.raises((ImageError, ImageFileError)) as refused:
        image.parse(issued_text.replace(old, new, 1), "here.card")
    text = str(refused.value)
    assert text.startswith("here.card: ")
    assert line in text
    assert "\n" not in text


def test_a_text_cut_anywhere_is_refused(issued_text):
    for end in [*range(0, len(issued_text) - 1, 997), len(issued_text) - 2, len(issued_text) - 60]:
        with pytest.raises((ImageError, ImageFileError)):
            image.parse(issued_text[:end])


@given(st.text(max_size=60) | st.sampled_from(["[" * 5000, "a." * 400 + "a=1", "a=" + "[" * 9000]))
def test_any_text_is_refused_in_one_plain_line(text):
    with pytest.raises(PlainError) as refused:
        image.parse(text)
    assert "\n" not in str(refused.value)


def test_a_memory_of_another_card_is_no_image():
    cells = chip(load("sam"), b"\0\0\0\1").memory.snapshot()
    with pytest.raises(ImageError, match="none of a card of this profile"):
        ImageWriter(load("health_card")).text(cells)
    with pytest.raises(ImageError, match="file:MF/0015"):
        ImageWriter(load("sam")).text({**cells, "file:MF/0015": b"short"})


# --- without secrets ------------------------------------------------------------------------------------


def base64_traces(secret: bytes) -> list[bytes]:
    """What is sure to stand in any base64 text that the secret is part of."""
    shifted = [base64.b64encode(bytes(skip) + secret).rstrip(b"=")[skip + 1 : -1] for skip in range(3)]
    return [trace for trace in shifted if len(trace) >= 6]


def test_canaries_do_not_leave_a_card(issued_text):
    assert_no_secret_leaves(image.load(issued_text))


def test_canaries_do_not_leave_a_sam():
    sam = demo.issue_sam(1, pin=CANARY_PIN.hex())
    more = {"pin:unblock": b"\x5a\xa5\x5b\x00\xb5\x4a\x77\x13", "key:NEW:1": bytes(range(60, 84))}
    cells = {**sam.memory.snapshot(), **more}
    assert_no_secret_leaves(Card(sam.profile, Memory(cells)))


def assert_no_secret_leaves(card: Card) -> None:
    places = Places(card.profile)
    cells = card.memory.snapshot()
    secrets = [value for cell, value in cells.items() if places.section(cell, value).is_secret]
    assert len(secrets) > 10
    whole, without = (image.dump(card, included).encode() for included in (True, False))
    for secret in secrets:
        assert secret.hex().encode() in whole.lower()
        assert secret.hex().encode() not in without.lower()
        assert secret.hex(" ").encode() not in without.lower()
        assert not any(trace in without for trace in [secret, *base64_traces(secret)])


def test_an_export_without_secrets_is_a_card_without_keys(issued_text):
    card = image.load(issued_text)
    found = image.parse(image.dump(card, secrets=False))
    assert not found.with_secrets
    cells = card.memory.snapshot()
    assert found.cells == {name: raw for name, raw in cells.items() if not name.startswith("key:")}
    assert image.parse(found.text()) == found
    naked = found.card()
    naked.power_on()
    naked.transmit(bytes.fromhex("00A4000002DDF1"))
    naked.transmit(bytes.fromhex("0084000008"))
    assert naked.transmit(bytes.fromhex("0082000511") + bytes(16) + b"\1") == b"\x6a\x88"


def test_sections_that_are_secret():
    places = Places(load("sam"))
    for name in ("key:STM_MF:1", "pin", "pin:2", "x"):
        assert places.section(name, bytes(16)).is_secret
    assert places.section("df_state:MF/DF01", b"\1") is Section.STATE
    assert not Section.STATE.is_secret


# --- images of all releases -----------------------------------------------------------------------------


def images(kind: str) -> list[Path]:
    return sorted(IMAGES.glob(f"*/{kind}*.card"))


def test_there_are_images_of_format_1():
    assert [path.name for path in images("")] == ["card-05.card", "sam-11.card"]


@pytest.mark.parametrize("path", images(""), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_image_ever_released_loads(path):
    card = image.load(image.read(path), str(path))
    assert image.load(image.dump(card)).memory.snapshot() == card.memory.snapshot()


@pytest.mark.parametrize("path", images("card"), ids=lambda path: path.parent.name)
def test_the_card_of_every_image_is_read(path):
    card = image.load(image.read(path))
    sam = image.load(image.read(next(path.parent.glob("sam*.card"))))
    sam_session = SamSession(InProcessChannel(sam))
    sam_session.open()
    sam_session.verify_pin(demo.SAM_PIN)
    session = HealthCardSession(InProcessChannel(card), sam_session)
    session.open()
    contents = session.read_all()
    assert contents.items["card_number"] == "440106190005200550"
    assert contents.items["holder_name"] == "诸葛珵昇"
    assert contents.photo is not None
    assert len([visit for visit in contents.outpatient_visits if visit.valid]) == 5
    session.update({"holder_phone_1": "19900009999"})
    assert session.read(["holder_phone_1"]) == {"holder_phone_1": "19900009999"}
