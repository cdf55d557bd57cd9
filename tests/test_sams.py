"""SAMs from order to destruction, on simulated chips, and what a terminal hears when it asks for one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import field_oracle as oracle
import pytest
from key_bench import COMPONENTS
from registry_bench import actor
from sqlalchemy import select

from card_os.crypto import sm2
from card_os.iso7816.atr import contactless_atr
from card_os.spec.certificate import Certificate
from issuer.access.actor import Role
from issuer.access.permission import NotPermittedError, SecondPersonError
from issuer.keys.ceremony.components import combined
from issuer.keys.ceremony.master import derived, made_at
from issuer.keys.certificates import ISSUER_KEY, ROOT_KEY, Holder, issuer_certificate
from issuer.keys.custodian import KeyRef
from issuer.keys.file_custodian import FileCustodian
from issuer.keys.hierarchy import NATION, Level, RootElsewhereError
from issuer.keys.key_export import for_level
from issuer.keys.key_file import key_file
from issuer.keys.key_file.safe import Safe
from issuer.keys.key_set import TRANSPORT_KEY, rows
from issuer.keys.segments import Grant, SegmentUsedUpError, give
from issuer.keys.test_custodian import PublishedTestCustodian, published
from issuer.personalisation.chip import PersonalisationError, WrongChipError
from issuer.personalisation.sam_script import PinFormatError
from issuer.registry.errors import NotFoundError, TakenError, TransitionRefusedError
from issuer.registry.schema.audit import audit
from issuer.registry.schema.sams import sam
from issuer.sams import holding, online
from issuer.sams.holding import STATES, Order, SamRefusedError
from issuer.sams.keying import Terms, key_sam, new_pin
from issuer.sams.roles import SamRole, role_keys
from lab import demo

CODE = "41000000001"
FIRST, SECOND = (actor(Role.KEY_CUSTODIAN, name=f"custodian-{n}") for n in (1, 2))
TERMINAL = actor(Role.TERMINAL, name="terminal-1")
TERMS = Terms(CODE, date(2026, 1, 1), date(2030, 12, 31))
PIN = "246810"
PROVINCE = b"41000000"
# the others speak to chips: one database is enough for the few rows that they write
on_sqlite = pytest.mark.parametrize("new_registry", ["sqlite"], indirect=True)
needs_library = pytest.mark.skipif(not sm2.available(), reason="gmssl-pyx is not installed")


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")


@pytest.fixture
def stocked(registry):
    """A registry with numbers to give out."""
    with registry.transaction(FIRST, SECOND) as work:
        for kind in ("sam_serial", "terminal", "certificate"):
            give(work, Grant(kind, CODE, 101, 120))
    return registry


def at(registry, do, *given, who=(FIRST, SECOND)):
    with registry.transaction(*who) as work:
        return do(work, *given)


def ordered(registry, role=SamRole.HOSPITAL, count=1, city="410100"):
    return at(registry, holding.order, Order(role, city, CODE, count))


def keyed(registry, serial, chip, **changes):
    given = {"pin": PIN, "terms": TERMS} | changes
    return key_sam(registry, (FIRST, SECOND), serial, (chip.transmit, chip.power_on()), **given)


def in_state(registry, wanted):
    """A SAM brought into a state by the steps that lead there; returns its serial number."""
    (serial,) = ordered(registry)
    chip = demo.blank("sam", int(serial))
    way = {
        "ORDERED": [],
        "MADE": ["make"],
        "KEYED": ["make", "key"],
        "ISSUED": ["make", "key", "issue"],
        "IN_USE": ["make", "key", "issue", "check"],
        "SUSPENDED": ["make", "key", "issue", "suspend"],
        "LOST": ["make", "key", "issue", "check", "report_lost"],
        "RECALLED": ["make", "key", "issue", "recall"],
        "DESTROYED": ["make", "destroy"],
    }
    for step in way[wanted]:
        take(registry, step, serial, chip)
    return serial


def take(registry, step, serial, chip):
    if step == "make":
        at(registry, holding.make, serial, chip.atr)
    elif step == "key":
        keyed(registry, serial, chip)
    elif step == "issue":
        at(registry, holding.issue, serial, "示范县人民医院", "T-0001")
    elif step == "check":
        at(registry, online.check, serial, who=(TERMINAL, None))
    else:
        at(registry, getattr(holding, step), serial)


def state_of(registry, serial):
    return at(registry, holding.by_serial, serial)["state"]


# --- what a role gets -------------------------------------------------------------------------------------


# typed from the last lines of commands_and_crypto 2.5
def test_roles_and_their_keys():
    hospital, issuing = (role_keys()[role] for role in SamRole)
    assert hospital.keys == {
        "IRK_DDF1", "RK1_DDF1", "RK1_DF01", "RK1_DF02", "RK1_DF03", "UK1_DF02", "UK2_DF02", "UK3_DF02",
        "UK1_DF03", "STK_DF02", "STK_DF03",
    }  # fmt: skip
    assert issuing.keys == {name for name, row in rows().items() if row.sam_id}
    assert len(issuing.keys) == 22
    assert (hospital.key_card_type, issuing.key_card_type) == ("2", "1")
    assert {rows()[name].held for name in hospital.keys} == {"national"}


# --- making one -------------------------------------------------------------------------------------------


def opened(chip, pin=PIN):
    """A terminal at a SAM: PIN verified, application selected."""
    chip.reset()
    assert chip.transmit(bytes.fromhex(f"0020000003{pin}")) == b"\x90\x00"
    assert chip.transmit(bytes.fromhex("00A4000002DF01"))[0] == 0x61
    return chip


def read(chip, sfi, length):
    """A file of the MF."""
    chip.reset()
    return chip.transmit(bytes((0x00, 0xB0, 0x80 | sfi, 0x00, length)))[:-2]


def derive(chip, p1_p2_lc, *factors):
    return chip.transmit(bytes.fromhex("80DE" + p1_p2_lc) + b"".join(factors))


CARD, CHALLENGE = bytes.fromhex("00A1A1A100000001"), bytes(range(8))


def test_a_hospital_sam_reads_and_writes_clinical_data_only(stocked):
    (serial,) = ordered(stocked)
    assert serial == "0000000101"
    chip = demo.blank("sam", 7)
    at(stocked, holding.make, serial, chip.atr)
    made = keyed(stocked, serial, chip)
    assert {key.key.name for key in made.keys} == role_keys()[SamRole.HOSPITAL].keys
    assert read(chip, 0x15, 14) == b"0000000101" + bytes((1, 2, 1, 0))
    assert read(chip, 0x16, 6).hex() == "410101000101"
    assert derive(opened(chip), "473118", CARD, PROVINCE, CHALLENGE) == b"\x90\x00"  # RK1_DDF1
    chip.transmit(bytes.fromhex("80FA000010") + bytes(16))
    assert derive(opened(chip), "472F18", CARD, PROVINCE, CHALLENGE) == b"\x90\x00"  # UK1_DF03
    for held_by_issuers in ("272A10", "272B10", "273010", "273510"):  # UK1_DDF1, UK1_DF01, erase, block
        assert derive(opened(chip), held_by_issuers, CARD, CHALLENGE) == b"\x6a\x88"
    row = at(stocked, holding.by_serial, serial)
    assert (row["state"], row["terminal"], row["certificate_serial"]) == ("KEYED", "000101", "0000000101")
    checks = json.loads(row["keys"])
    assert checks["RK1_DDF1/2"] == PublishedTestCustodian().check_value("RK1_DDF1", 2).hex().upper()
    assert PIN not in repr(row)


@on_sqlite
def test_an_issuing_sam_gets_everything(stocked):
    (serial,) = ordered(stocked, SamRole.ISSUING)
    chip = demo.blank("sam", 8)
    at(stocked, holding.make, serial, chip.atr)
    assert len(keyed(stocked, serial, chip).keys) == 58
    assert derive(opened(chip), "272A10", CARD, CHALLENGE) == b"\x90\x00"
    chip.transmit(bytes.fromhex("80FA000010") + CHALLENGE + bytes(8))
    answer = chip.transmit(bytes.fromhex("00C0000010"))[:-2]
    province_key = oracle.diversify(published(KeyRef("UK1_DDF1")), PROVINCE)
    session = oracle.session_key(oracle.diversify(province_key, CARD), CHALLENGE)
    assert answer == oracle.encrypt(session, CHALLENGE + bytes(8))


@on_sqlite
def test_a_sam_of_a_city_that_has_keys_holds_its_city_key(stocked):
    (serial,) = ordered(stocked, SamRole.ISSUING)
    chip = demo.blank("sam", 9)
    at(stocked, holding.make, serial, chip.atr)
    keyed(stocked, serial, chip, terms=replace(TERMS, city_has_keys=True))
    derive(opened(chip), "272A10", CARD, CHALLENGE)
    chip.transmit(bytes.fromhex("80FA000010") + CHALLENGE + bytes(8))
    city = oracle.diversify(oracle.diversify(published(KeyRef("UK1_DDF1")), PROVINCE), b"41010000")
    session = oracle.session_key(oracle.diversify(city, CARD), CHALLENGE)
    assert chip.transmit(bytes.fromhex("00C0000010"))[:-2] == oracle.encrypt(session, CHALLENGE + bytes(8))


@needs_library
@on_sqlite
def test_a_province_orders_and_signs_what_the_nation_keys(stocked):
    """The registry's custodian is one of a province: it signs; the roots come from the national key file."""
    roots = derived(combined(COMPONENTS), NATION, made_at(NATION)) | {TRANSPORT_KEY: published(TRANSPORT_KEY)}
    level = Level("41")
    secrets = derived(bytes(range(32)), level, made_at(level)) | {TRANSPORT_KEY: published(TRANSPORT_KEY)}
    secrets |= dict(for_level(Safe(roots), "TEST", NATION, level).keys)
    nation, province = (
        FileCustodian(key_file.KeyFile(None, "TEST", place, "", 1, Safe(keys)))
        for place, keys in ((NATION, roots), (level, secrets))
    )
    stocked.custodian = province
    holder = Holder(CODE, "1", TERMS.first_day, TERMS.last_day)
    certificate = issuer_certificate(nation, holder, public_key=province.public_key(ISSUER_KEY))
    assert certificate.verify(nation.public_key(ROOT_KEY))
    terms = replace(TERMS, certificate=certificate)
    (serial,) = ordered(stocked)
    chip = demo.blank("sam", 10)
    at(stocked, holding.make, serial, chip.atr)
    touched = []
    with pytest.raises(RootElsewhereError):
        key_sam(stocked, (FIRST, SECOND), serial, (touched.append, chip.atr), pin=PIN, terms=terms)
    assert touched == []
    assert state_of(stocked, serial) == "MADE"
    keyed(stocked, serial, chip, terms=terms, keys=nation)
    opened(chip)
    own = Certificate.parse(
        b"".join(chip.transmit(bytes.fromhex(part))[:-2] for part in ("00B09C0080", "00B09C803E"))
    )
    assert own.verify(province.public_key(ISSUER_KEY))
    assert (own.sam_serial, own.serial, own.end) == (serial, "0000000101", TERMS.last_day)


def test_numbers_run_out(stocked):
    with pytest.raises(SegmentUsedUpError, match="sam_serial"):
        ordered(stocked, count=21)
    assert ordered(stocked, count=20)[-1] == "0000000120"
    assert len(at(stocked, holding.listed)) == 20


@on_sqlite
def test_orders_that_make_no_sense(stocked):
    for city in ("", "41", "41010x", "４１０１００"):
        with pytest.raises(SamRefusedError, match="six digits"):
            ordered(stocked, city=city)
    for count in (0, -1, 10_001):
        with pytest.raises(SamRefusedError, match="at a time"):
            ordered(stocked, count=count)


def test_a_chip_is_taken_in_once_and_must_be_a_sam(stocked):
    first, second = ordered(stocked, count=2)
    chip = demo.blank("sam", 11)
    at(stocked, holding.make, first, chip.atr)
    with pytest.raises(TakenError, match="00A1A15A0000000B"):
        at(stocked, holding.make, second, chip.atr)
    with pytest.raises(WrongChipError):
        at(stocked, holding.make, second, contactless_atr(bytes.fromhex("00A1A1A100000001")))
    for no_answer in (b"", b"\x3b", bytes(40)):
        with pytest.raises(SamRefusedError, match="no answer to reset"):
            at(stocked, holding.make, second, no_answer)
    with pytest.raises(NotFoundError):
        at(stocked, holding.make, "0000000999", chip.atr)
    with pytest.raises(TransitionRefusedError):
        at(stocked, holding.make, first, chip.atr)


@on_sqlite
def test_what_is_refused_before_the_chip_hears_of_it(stocked):
    (serial,) = ordered(stocked)
    chip, other = demo.blank("sam", 12), demo.blank("sam", 13)
    sent = []
    with pytest.raises(TransitionRefusedError):
        key_sam(stocked, (FIRST, SECOND), serial, (sent.append, chip.atr), pin=PIN, terms=TERMS)
    at(stocked, holding.make, serial, chip.atr)
    with pytest.raises(SamRefusedError, match="not the chip that was taken in"):
        key_sam(stocked, (FIRST, SECOND), serial, (sent.append, other.atr), pin=PIN, terms=TERMS)
    with pytest.raises(PinFormatError):
        key_sam(stocked, (FIRST, SECOND), serial, (sent.append, chip.atr), pin="12", terms=TERMS)
    for people in ((FIRST, None), (FIRST, FIRST), (FIRST, actor(Role.AUDITOR))):
        with pytest.raises(SecondPersonError):
            key_sam(stocked, people, serial, (sent.append, chip.atr), pin=PIN, terms=TERMS)
    assert sent == []
    assert state_of(stocked, serial) == "MADE"


@on_sqlite
def test_a_chip_that_failed_gets_the_same_numbers_again(stocked):
    (serial,) = ordered(stocked)
    chip = demo.blank("sam", 14)
    at(stocked, holding.make, serial, chip.atr)

    def dying(command):
        return b"\x65\x81" if command[1] == 0xD4 else chip.transmit(command)

    chip.power_on()
    with pytest.raises(PersonalisationError, match="6581"):
        key_sam(stocked, (FIRST, SECOND), serial, (dying, chip.atr), pin=PIN, terms=TERMS)
    assert state_of(stocked, serial) == "MADE"
    chip.power_off()
    keyed(stocked, serial, chip)
    row = at(stocked, holding.by_serial, serial)
    assert (row["state"], row["terminal"]) == ("KEYED", "000101")
    assert read(chip, 0x16, 6).hex() == "410101000101"


def test_pins_are_drawn():
    drawn = {new_pin() for _ in range(50)}
    assert len(drawn) > 40
    assert all(len(pin) == 6 and pin.isdigit() for pin in drawn)


# --- its life ---------------------------------------------------------------------------------------------

MOVES = ("make", "key", "issue", "suspend", "resume", "report_lost", "recall", "destroy")


def test_every_step_from_every_state_is_as_the_table_says(stocked):
    allowed = refused = 0
    for state in sorted(STATES.states):
        for move in MOVES:
            if move == "key":
                continue  # it is tried above: it needs a chip of its own
            serial = in_state_in_pool(stocked, state)
            following = STATES.next.get((state, f"sam.{move}"))
            if following is None:
                with pytest.raises(TransitionRefusedError):
                    take(stocked, move, serial, demo.blank("sam", 900_000 + allowed + refused))
                refused += 1
                assert state_of(stocked, serial) == state
            else:
                take(stocked, move, serial, demo.blank("sam", 900_000 + allowed + refused))
                allowed += 1
                assert state_of(stocked, serial) == following
    assert (allowed, refused) == (17, 46)


def in_state_in_pool(registry, state):
    """A SAM that the database alone knows to be in a state: what is tried is the table, not the chips."""
    (serial,) = at(registry, one_more)
    with registry.transaction(FIRST) as work:
        row = holding.by_serial(work, serial)
        work.update(sam, row["id"], state=state)
    return serial


_numbers = iter(range(1, 1_000_000))


def one_more(work):
    number = next(_numbers)
    give(work, Grant("sam_serial", f"owner-{number}", 10_000 + number, 10_000 + number))
    return holding.order(work, Order(SamRole.HOSPITAL, "410100", f"owner-{number}"))


@on_sqlite
def test_the_whole_life_is_in_the_chain(stocked):
    (serial,) = ordered(stocked)
    chip = demo.blank("sam", 15)
    for step in ("make", "key", "issue", "check", "suspend", "resume", "report_lost", "recall", "destroy"):
        take(stocked, step, serial, chip)
    assert state_of(stocked, serial) == "DESTROYED"
    with stocked.transaction(FIRST) as work:
        row = holding.by_serial(work, serial)
        actions = work.rows(
            select(audit.c.action, audit.c.second)
            .where(audit.c.subject_id == row["id"])
            .order_by(audit.c.seq)
        )
    assert [row["action"] for row in actions] == [
        "sam.order", "sam.make", "sam.key", "sam.issue", "sam.check", "sam.check", "sam.suspend",
        "sam.resume", "sam.report_lost", "sam.recall", "sam.destroy",
    ]  # fmt: skip


@on_sqlite
def test_it_is_issued_to_somebody(stocked):
    serial = in_state_in_pool(stocked, "KEYED")
    for text in ("", "x" * 65, "两\n行"):
        for given in ((text, "T-1"), ("医院", text)):
            with pytest.raises(SamRefusedError, match="1 to 64 characters"):
                at(stocked, holding.issue, serial, *given)


def test_lists_are_read_in_pages(stocked):
    serials = ordered(stocked, count=5)
    at(stocked, holding.make, serials[3], demo.blank("sam", 16).atr)
    assert [row["serial"] for row in at(stocked, holding.listed)] == serials
    assert [row["serial"] for row in at(stocked, holding.listed, None, serials[1], 2)] == serials[2:4]
    assert [row["serial"] for row in at(stocked, holding.listed, "MADE")] == [serials[3]]
    assert "factor" not in at(stocked, holding.listed)[0]


# --- online -----------------------------------------------------------------------------------------------


def asked(registry, serial, device=""):
    return at(registry, online.check, serial, device, who=(TERMINAL, None))


def test_a_lost_sam_is_refused_from_then_on(stocked):
    serial = in_state(stocked, "ISSUED")
    assert asked(stocked, serial, "T-0001").code == "0000"
    assert state_of(stocked, serial) == "IN_USE"
    assert asked(stocked, serial).goes_on
    at(stocked, holding.report_lost, serial)
    answer = asked(stocked, serial, "T-0001")
    assert (answer.code, answer.goes_on) == ("9104", False)
    with stocked.transaction(FIRST) as work:
        found = work.rows(select(audit.c.detail).where(audit.c.action == "sam.check").order_by(audit.c.seq))
    codes = [json.loads(row["detail"]).get("answer") for row in found]
    assert codes == [None, "0000", "0000", "9104"]  # the first row is the step to IN_USE


REFUSED = {
    "ORDERED": "9102",
    "MADE": "9102",
    "KEYED": "9102",
    "SUSPENDED": "9103",
    "LOST": "9104",
    "RECALLED": "9105",
    "DESTROYED": "9106",
}


@on_sqlite
def test_only_an_issued_sam_goes_on(stocked):
    for state, code in REFUSED.items():
        serial = in_state_in_pool(stocked, state)
        assert asked(stocked, serial).code == code
        assert state_of(stocked, serial) == state


def test_every_state_has_an_answer():
    assert set(online.answers()) == (STATES.states - {"ISSUED"}) | {"unknown", "expired", "other_device"}
    assert [name for name, answer in online.answers().items() if answer.goes_on] == ["IN_USE"]


@on_sqlite
def test_a_sam_at_another_device_or_past_its_day_is_refused(stocked, clock):
    serial = in_state(stocked, "ISSUED")
    assert asked(stocked, serial, "T-0002").code == "9108"
    assert state_of(stocked, serial) == "ISSUED"
    assert asked(stocked, serial, "T-0001").goes_on
    clock.now = clock.now.replace(year=2030, month=12, day=31, hour=15)
    assert asked(stocked, serial).goes_on
    clock.move(hours=2)  # the first hour of the next year, in China
    assert asked(stocked, serial).code == "9107"


def test_strangers_are_refused_and_what_they_sent_is_not_written_down(stocked):
    for serial in ("0000000000", "", "1", "x" * 3000, "'; DROP TABLE sam; --", "密钥"):
        assert asked(stocked, serial).code == "9101"
    with stocked.transaction(FIRST) as work:
        rows_ = work.rows(select(audit.c.detail).where(audit.c.action == "sam.check").order_by(audit.c.seq))
    told = [json.loads(row["detail"]) for row in rows_]
    assert told == [{"answer": "9101", "serial": shown} for shown in ("0000000000", *["–"] * 5)]


@on_sqlite
def test_only_terminals_ask(stocked):
    with pytest.raises(NotPermittedError):
        at(stocked, online.check, "0000000101")
