"""Every variant changes exactly the behaviour that it names, and the programs of the field work with it."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
from card_bench import Bench, Random, mac_only, snapshot
from field_terminal import MiddlewareMHC
from field_walk import walk_apdus
from variant_bench import (
    ISSUING_ROWS,
    Desk,
    claimed,
    issuing_families,
    walk_issued,
    walk_unissued,
)

from card_os.kernel.card import Card
from card_os.kernel.manufacture import blank_card
from card_os.kernel.memory import Memory
from card_os.spec.access import NEVER
from card_os.spec.loader import load, variants
from card_os.spec.model import LifeCycle
from lab import demo

NAMES = tuple(variants("health_card"))
RECORD = bytes.fromhex("0604") + bytes.fromhex("20260102")


def bench(variant: str, state: str = "ISSUED") -> Bench:
    """A keyed card of the default chip maker under a variant, powered."""
    return Bench(Card(load("health_card", variant), Memory(snapshot(state)), Random()))


def desk(card: Card) -> Desk:
    sam = demo.issue_sam(1)
    card.power_on()
    sam.power_on()
    return Desk(card.transmit, card.reset, sam.transmit, sam.reset)


# --- what each one does -----------------------------------------------------------------------------------


def test_contactless_is_the_default() -> None:
    assert dataclasses.replace(load("health_card", "contactless"), variant="") == load("health_card")


def test_contact_t0_announces_answers() -> None:
    card = bench("contact_t0")
    assert card.atr == bytes.fromhex("3B68000000A1A1A100000001")
    assert card.send("00A4000002DDF1") == (b"", 0x6112)
    assert card.do("00C0000012").hex().upper() == "6F10840C57532E5359532E4444463031A500"
    card.select("EF05")
    assert len(card.do("00B2390005")) == 5
    assert bench("contactless").send("00A4000002DDF1").sw == 0x9000


@pytest.mark.parametrize(("variant", "sw"), [("contactless", 0x9000), ("strict_index", 0x6987)])
def test_index_commands_without_mac(variant: str, sw: int) -> None:
    card = bench(variant)
    card.select("DDF1/DF03/EF05")
    card.authenticate("UK1_DF03")
    assert card.send("84D2010400").sw == sw
    assert card.send(mac_only(card.session("STK_DF03"), "84D20104")).sw == 0x9000
    card.authenticate("UK2_DF03")
    assert card.send("840C010400").sw == sw


@pytest.mark.parametrize(("variant", "sw"), [("contactless", 0x9000), ("secure_cyclic", 0x6987)])
def test_plain_cyclic_records(variant: str, sw: int) -> None:
    card = bench(variant)
    card.select("DDF1/DF02/EF08")
    card.authenticate("UK3_DF02")
    assert card.send(bytes.fromhex("00DC000318") + bytes(24)).sw == sw
    assert card.send(card.secure("STK_DF02", "04DC0003", bytes(24))).sw == 0x9000


@pytest.mark.parametrize(("variant", "sw"), [("contactless", 0x9000), ("no_plain_issuing", 0x6987)])
def test_plain_personal_data_while_issuing(variant: str, sw: int) -> None:
    card = bench(variant, "PERSO")
    card.select("DDF1/EF05")
    card.authenticate("UK1_DDF1")
    assert card.send(bytes.fromhex("00DC060406") + RECORD).sw == sw
    assert card.send(card.secure("STK_DDF1", "04DC0604", RECORD)).sw == 0x9000


@pytest.mark.parametrize(
    ("variant", "mf", "ddf1"),
    [
        (
            "contactless",
            "6F1484106A6D6A6B6B7979686A00000000000000A500",
            "6F10840C57532E5359532E4444463031A500",
        ),
        ("fci_plain", "6F1284106A6D6A6B6B7979686A00000000000000", "6F0E840C57532E5359532E4444463031"),
        ("fci_none", "", ""),
    ],
)
def test_forms_of_the_fci(variant: str, mf: str, ddf1: str) -> None:
    card = bench(variant)
    assert card.do("00A40000023F00").hex().upper() == mf
    assert card.do("00A4000002DDF1").hex().upper() == ddf1


@pytest.mark.parametrize(
    ("variant", "code", "by_lock", "by_activate"),
    [
        ("contactless", "00A1", 0x9000, 0x9000),
        ("chip_0081", "0081", 0x9000, 0x9000),
        ("chip_0085", "0085", 0x6D00, 0x9000),
        ("chip_008c", "008C", 0x9000, 0x6A86),
        ("chip_0090", "0090", 0x9000, 0x9000),
        ("chip_0096", "0096", 0x9000, 0x9000),
    ],
)
def test_chip_makers_and_their_lock_commands(variant: str, code: str, by_lock: int, by_activate: int) -> None:
    for command, sw in (("8005000000", by_lock), ("0044050000", by_activate)):
        card = Bench(demo.keyed(7, variant))
        assert card.atr[4:12].hex().upper() == code + "A1A100000007"
        assert card.send(command).sw == 0x6985  # not at DDF1
        card.select("DDF1")
        assert card.send(command).sw == sw
        expected = LifeCycle.ISSUED if sw == 0x9000 else LifeCycle.PERSO
        assert card.card.life_cycle is expected


def test_an_open_card_opens_what_a_key_would_open() -> None:
    usual, card = load("health_card"), load("health_card", "open_card")
    for path, file in card.files.items():
        before = usual.files[path]
        for rule, old in zip(
            (file.read, file.update, file.set_valid, file.erase),
            (before.read, before.update, before.set_valid, before.erase),
            strict=True,
        ):
            frozen = old == NEVER or "PERSO" in str(old)
            assert rule.allows((), LifeCycle.ISSUED) is not frozen
            assert rule.allows((), LifeCycle.PERSO) is old.allows((), LifeCycle.PERSO)
            assert list(dict.fromkeys(rule.key_names())) == list(old.key_names())


def test_an_open_card_still_wants_secure_messages() -> None:
    card = bench("open_card")
    card.select("DDF1/EF08")
    record = card.do("00B2010400")
    assert card.send(bytes((0, 0xDC, 1, 4, len(record))) + record).sw == 0x6987
    assert card.send(card.secure("STK_DDF1", "04DC0104", record)).sw == 0x9000
    card.select("EF05")
    assert card.send(card.secure("STK_DDF1", "04DC0604", RECORD)).sw == 0x6982
    closed = bench("contactless")
    closed.select("DDF1/EF08")
    assert closed.send("00B2010400").sw == 0x6982


class NoAuthentication(MiddlewareMHC):
    """NOAUTH: no 0082 at all, everything else as MHC."""

    def external_authenticate(self, key_name: str, challenge: bytes, terminal_data: bytes) -> None:
        """Left out."""


def test_the_program_without_authentication_works_with_an_open_card() -> None:
    place = desk(demo.issue_card(demo.resident("01"), 1, variant="open_card").card)
    proved = walk_apdus(place.terminal(NoAuthentication), pin=demo.SAM_PIN)
    assert "09" not in proved
    assert set(proved) >= {"06", "07", "11", "13", "15", "17", "19", "20"}


@pytest.mark.parametrize(("variant", "sw"), [("contactless", 0x9000), ("xy_state", 0x6982)])
def test_one_right_of_a_df_at_a_time(variant: str, sw: int) -> None:
    card = bench(variant)
    card.select("DDF1/DF01/EF05")
    card.authenticate("RK1_DF01")
    assert card.send("00B2010400").sw == 0x9000
    card.authenticate("UK1_DF01")
    assert card.send("00B2010400").sw == sw
    card.authenticate("RK1_DF01")
    assert card.send("00B2010400").sw == 0x9000


def test_the_one_state_of_ddf1_is_not_that_of_df01() -> None:
    card = bench("xy_state")
    card.select("DDF1")
    card.authenticate("RK1_DDF1")
    card.select("DF01")
    card.authenticate("RK1_DF01")
    assert {"RK1_DDF1", "RK1_DF01"} <= set(card.card.volatile.keys)


@pytest.mark.parametrize(("variant", "key"), [("contactless", "UK1_DF03"), ("visits_by_uk2", "UK2_DF03")])
@pytest.mark.parametrize("ef", ["EE02", "ED05"])
def test_the_key_of_visit_records(variant: str, key: str, ef: str) -> None:
    card = bench(variant)
    for tried in ("UK1_DF03", "UK2_DF03"):
        card.select("DDF1/DF03")
        card.authenticate(tried)
        card.select(ef)
        assert card.send("00D600000155").sw == (0x9000 if tried == key else 0x6982)
    card.select("DDF1/DF03/EF05")
    card.authenticate("UK1_DF03")
    assert card.send("84D2010400").sw == 0x9000


@pytest.mark.parametrize(("variant", "sw"), [("contactless", 0x9000), ("no_select_by_name", 0x6A86)])
def test_select_by_name(variant: str, sw: int) -> None:
    card = bench(variant)
    assert card.send("00A404000C57532E5359532E4444463031").sw == sw
    assert card.send("00A4000002DDF1").sw == 0x9000


@pytest.mark.parametrize(
    ("variant", "unknown"),
    [("no_blocking", ["841E0000", "84180000", "84160000"]), ("no_internal_authentication", ["00880000"])],
)
def test_commands_that_a_card_lacks(variant: str, unknown: list[str]) -> None:
    for header in unknown:
        data = "0400000000" if header.startswith("84") else "11" + "00" * 17
        assert bench(variant).send(header + data).sw == 0x6D00
        assert bench("contactless").send(header + data).sw != 0x6D00


@pytest.mark.parametrize(("variant", "last"), [("contactless", 0x6988), ("bad_mac_limit_3", 0x9303)])
def test_bad_macs_in_a_row(variant: str, last: int) -> None:
    card = bench(variant)
    card.select("DDF1/DF03/EF05")
    card.authenticate("UK1_DF03")
    answers = []
    for _ in range(3):
        card.challenge()
        answers.append(card.send("84D201040400000000").sw)
    assert answers == [0x6988, 0x6988, last]


@pytest.mark.parametrize(("variant", "sw"), [("contactless", 0x6A88), ("with_holder_pin", 0x9000)])
def test_the_holder_pin(variant: str, sw: int) -> None:
    card = Bench(demo.issue_card(demo.resident("01"), 1, variant=variant).card)
    assert card.send("0020000003123456").sw == sw
    wrong = card.send("0020000003654321").sw
    assert wrong == (0x63C5 if sw == 0x9000 else 0x6A88)


def test_the_maker_writes_the_pin_of_the_declaration_only() -> None:
    for variant, has in (("contactless", False), ("with_holder_pin", True)):
        card = blank_card(load("health_card", variant), bytes(4), bytes(16))
        assert ("pin" in card.memory.snapshot()) is has


# --- the programs of the field ----------------------------------------------------------------------------


@pytest.mark.parametrize("variant", NAMES)
def test_the_field_works_with_every_variant(variant: str) -> None:
    proved = walk_issued(desk(demo.issue_card(demo.resident("01"), 1, variant=variant).card), variant)
    issuing: Counter[str] = Counter()
    for family in issuing_families(variant):
        issuing += walk_unissued(desk(demo.keyed(1, variant)), family)
    assert set(proved) >= claimed(variant) - ISSUING_ROWS
    assert set(proved + issuing) == claimed(variant)
