"""Personalisation of cards and SAMs: the plan, and the plan against chips of the kernel."""

import json
from datetime import date
from pathlib import Path

import field_oracle as oracle
import pytest
from cryptography.hazmat.primitives import hashes

from card_os.iso7816.atr import contactless_atr
from card_os.kernel.manufacture import blank_card
from card_os.spec import loader
from card_os.spec.errors import UnknownItemError, ValueRefusedError
from issuer.keys.test_custodian import PublishedTestCustodian, published_transport_key
from issuer.personalisation import steps
from issuer.personalisation.card_script import personalise_card, plan_card
from issuer.personalisation.chip import PersonalisationError, WrongChipError
from issuer.personalisation.issuance import IssuerSettings, chip_serial, expiry_of
from issuer.personalisation.record import read_record
from issuer.personalisation.sam_script import PinFormatError, SamOrder, personalise_sam

CARD, SAM = loader.load("health_card"), loader.load("sam")
FACTOR = bytes.fromhex("00A1A1A100000007")
SAM_FACTOR = bytes.fromhex("00A1A15A00000007")
PROVINCE = b"21000000"
SETTINGS = IssuerSettings("示范市卫生健康委员会", "210200000000", "210200")
CUSTODIAN = PublishedTestCustodian()
DAY = date(2026, 1, 2)
FULL = Path(__file__).parents[1] / "lab" / "residents" / "05-zhuge-chengsheng.json"
RAW = json.loads(FULL.read_text("utf-8"))
JPEG = b"\xff\xd8\xff\xe0" + bytes(296)
RECORD = read_record(CARD, FULL.read_bytes(), JPEG)
ORDER = SamOrder(
    "21", {"sam_serial_number": "S000000001", "application_end_date": date(2030, 1, 1)}, "123456"
)


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")


def card_key(name, factor=FACTOR):
    digest = hashes.Hash(hashes.SM3())
    digest.update(f"residents-health-card test root {name} v1".encode())
    return oracle.diversify(oracle.diversify(digest.finalize()[:16], PROVINCE), factor)


def blank(profile):
    factor = profile.chip_maker + profile.card_maker + bytes.fromhex("00000007")
    return blank_card(profile, factor[4:], published_transport_key(factor))


def issue(transmit, atr, say=lambda step: None):
    return personalise_card(
        transmit, atr, RECORD, settings=SETTINGS, custodian=CUSTODIAN, issue_date=DAY, say=say
    )


class Desk:
    """A terminal of a few lines that reads back what the issuer wrote."""

    def __init__(self, card):
        self.card = card

    def send(self, command):
        answer = self.card.transmit(bytes.fromhex(command))
        assert answer[-2:] == b"\x90\x00", f"{command} -> {answer[-2:].hex()}"
        return answer[:-2]

    def open(self, df, ef, key=""):
        self.send("00A4000002DDF1")
        if df:
            self.send(f"00A4000002{df}")
        self.send(f"00A4000002{ef}")
        if key:
            session = oracle.session_key(card_key(key), self.send("0084000008"))
            self.send(oracle.external_authenticate(session, 0x84 if df else 0x04, bytes(8)).hex())

    def binary(self, length):
        return b"".join(self.send(f"00B0{at:04X}{min(128, length - at):02X}") for at in range(0, length, 128))


@pytest.fixture(scope="module")
def issued():
    card = blank(CARD)
    result = issue(card.transmit, card.power_on())
    card.reset()
    return Desk(card), result


def test_the_issuer_remembers_what_it_made(issued):
    _desk, result = issued
    assert result.chip_serial == "0000000007"
    assert (result.issue_date, result.expiry_date) == (DAY, date(2036, 1, 2))
    assert len(result.keys) == 58  # 12 keys of four versions and 10 of one
    assert result.keys[0].check_value == CUSTODIAN.check_value("BK_MF", 1)
    assert RECORD.card_number not in repr(result)


# expected bytes typed from terminal_interface 4.2 and the settings above
@pytest.mark.parametrize(
    ("tag", "record"),
    [
        ("39", "3903210200"),
        ("06", "060420260102"),
        ("01", "010131"),
        ("02", "020430303032"),
        ("0A", "0A0A30303030303030303037"),
        ("04", "040B210200000000FFFFFFFFFF"),
        ("05", "05B4" + "00" * 180),
    ],
)
def test_free_data_of_the_issued_card(issued, tag, record):
    desk, _result = issued
    desk.open("", "EF05")
    assert desk.send(f"00B2{tag}0000").hex().upper() == record


def test_names_expiry_and_photo(issued):
    desk, _result = issued
    desk.open("", "EF06", "RK1_DDF1")
    assert desk.send("00B2010400")[2:].rstrip(b"\x00").decode("gbk") == RAW["items"]["holder_name"]
    desk.send("00A4000002EF08")
    assert desk.send("00B2010400").hex().upper() == "070420360102"
    desk.send("00A4000002EF07")
    assert desk.binary(302) == b"\x01\x2c" + JPEG


def test_the_newest_entry_is_record_one(issued):
    desk, _result = issued
    for ef, section, name in (
        ("EF07", "allergies", "allergen_name"),
        ("EF08", "immunizations", "immunization_name"),
    ):
        desk.open("DF02", ef, "RK1_DF02")
        read = [desk.send(f"00B2{n:02X}0400") for n in range(1, len(RAW[section]) + 1)]
        told = [entry[name] for entry in RAW[section]]
        assert len(set(told)) > 1
        assert [record[:20].rstrip(b"\x00").decode("gbk") for record in read] == told


def test_visits_stand_in_their_slots_and_are_valid(issued):
    desk, _result = issued
    for flags, slots, section, length in (
        ("EF05", "EE", "inpatient_visits", 1639),
        ("EF06", "ED", "outpatient_visits", 3013),
    ):
        desk.open("DF03", flags, "RK1_DF03")
        count = len(RAW[section])
        room = 3 if slots == "EE" else 5
        read = b"".join(desk.send(f"00B2{n:02X}0400") for n in range(1, room + 1))
        assert read == b"\x00" * count + b"\xff" * (room - count)
        assert count > 0
        for n in range(1, count + 1):
            desk.send(f"00A4000002{slots}{n:02X}")
            assert desk.binary(length) == RECORD.entries[section][n - 1]


def test_the_transport_key_is_dead(issued):
    desk, _result = issued
    desk.send("00A40000023F00")
    challenge = desk.send("0084000008")
    session = oracle.session_key(published_transport_key(FACTOR), challenge)
    answer = desk.card.transmit(oracle.external_authenticate(session, 0x01, bytes(8)))
    assert answer.hex().upper() == "6A88"


def test_the_plan_writes_flags_last_and_locks_at_the_end():
    plan = list(plan_card(CARD, RECORD, {"application_city_code": bytes.fromhex("210200")}))
    assert all(isinstance(step.command, str) and step.command in CARD.commands for step in plan)
    kinds = [type(step) for step in plan]
    assert kinds[-1] is steps.LockData
    assert kinds.index(steps.MarkValid) > max(n for n, kind in enumerate(kinds) if kind is steps.UpdateBinary)
    first_write = next(step for step in plan if isinstance(step, steps.UpdateRecord))
    assert first_write.file.label == "DDF1/EF05"
    authenticated = [step.key.name for step in plan if isinstance(step, steps.Authenticate)]
    assert authenticated == [
        "KT_MF", "UK1_DDF1", "UK1_DF01", "UK1_DF02", "UK2_DF02", "UK3_DF02", "UK1_DF03",
    ]  # fmt: skip
    assert RECORD.card_number.encode().hex() not in repr(plan)
    assert RECORD.card_number not in repr(plan)


# the whole text stands here, so that nothing of key or person can slip in
@pytest.mark.parametrize(
    ("begin", "answer", "told"),
    [
        ("00A4", "6A82", "select at MF: the chip answers 6A82, file not found"),
        ("0084", "00009000", "get_challenge at MF: the chip answers 9000, but no challenge of 8 bytes"),
        (
            "0082",
            "63CE",
            "external_authenticate at MF: the chip answers 63CE, authentication failed, x tries",
        ),
        ("84D4", "6A88", "write_key at MF: the chip answers 6A88, key not found"),
        (
            "04DC",
            "6988",
            "update_record at DDF1/EF05: the chip answers 6988, secure messaging data (MAC) wrong",
        ),
        ("00D6", "6FFF", "update_binary at DDF1/EF07: the chip answers 6FFF, which no table knows"),
        (
            "84D2",
            "6982",
            "write_record at DDF1/DF03/EF05: the chip answers 6982, security status not satisfied",
        ),
        ("8005", "6985", "lock_data at DDF1: the chip answers 6985, conditions of use not satisfied"),
    ],
)
def test_a_refusal_names_command_file_and_meaning(begin, answer, told):
    card, sent = blank(CARD), []

    def transmit(command):
        sent.append(command)
        return bytes.fromhex(answer) if command.startswith(bytes.fromhex(begin)) else card.transmit(command)

    with pytest.raises(PersonalisationError) as caught:
        issue(transmit, card.power_on())
    assert str(caught.value).removesuffix(" left for this key") == told
    assert sum(command.startswith(bytes.fromhex(begin)) for command in sent) == 1


def test_each_step_is_told_before_it_is_done():
    card, told, before = blank(CARD), [], []

    def transmit(command):
        before.append(len(told))
        return card.transmit(command)

    issue(transmit, card.power_on(), told.append)
    assert before[0] == 1
    assert isinstance(told[-1], steps.LockData)
    assert before[-1] == len(told)


def test_a_chip_of_another_maker_gets_no_command():
    sent = []
    for factor in ("0081860000000007", SAM_FACTOR.hex()):
        with pytest.raises(WrongChipError):
            issue(sent.append, contactless_atr(bytes.fromhex(factor)))
    assert sent == []


def test_settings_are_checked_before_the_card_is_touched():
    sent = []
    for wrong in ({"city_code": "21"}, {"city_code": "21O200"}, {"name": "市" * 16}, {"code": "1" * 23}):
        values = {"name": SETTINGS.name, "code": SETTINGS.code, "city_code": SETTINGS.city_code} | wrong
        with pytest.raises(ValueRefusedError):
            personalise_card(
                sent.append,
                contactless_atr(FACTOR),
                RECORD,
                settings=IssuerSettings(**values),
                custodian=CUSTODIAN,
                issue_date=DAY,
            )
    assert sent == []


def test_numbers_and_dates_of_the_issuer():
    assert chip_serial(bytes.fromhex("00A1A1A1FFFFFFFF")) == "4294967295"
    assert expiry_of(SETTINGS, date(2024, 2, 29)) == date(2034, 2, 28)
    assert expiry_of(SETTINGS, date(2022, 3, 1)) == date(2032, 3, 1)


# --- SAM -------------------------------------------------------------------------------------------------


def sam_order(**changes):
    return SamOrder(**{"province": ORDER.province, "values": ORDER.values, "pin": ORDER.pin} | changes)


def test_a_sam_opens_the_card(issued):
    desk, _result = issued
    sam = blank(SAM)
    result = personalise_sam(sam.transmit, sam.power_on(), ORDER, CUSTODIAN)
    assert (result.factors.card, result.factors.province) == (SAM_FACTOR, PROVINCE)
    assert len(result.keys) == 58
    sam.reset()
    assert sam.transmit(bytes.fromhex("00B095000E")) == b"S000000001" + bytes(4) + b"\x90\x00"
    assert sam.transmit(bytes.fromhex("00B0960006")).hex().upper() == "21FFFFFFFFFF9000"
    assert sam.transmit(bytes.fromhex("0020000003123456")) == b"\x90\x00"
    assert sam.transmit(bytes.fromhex("00A4000002DF01"))[0] == 0x61
    # national key, two steps: RK1_DDF1; province key, one step: UK1_DDF1
    for derive, reference in (("473118", 0x04), ("272A10", 0x05)):
        desk.open("", "EF06")
        challenge = desk.send("0084000008")
        factors = FACTOR + (PROVINCE if derive.endswith("18") else b"")
        assert sam.transmit(bytes.fromhex("80DE" + derive) + factors + challenge) == b"\x90\x00"
        assert sam.transmit(bytes.fromhex("80FA000010") + bytes(16)) == b"\x61\x10"
        value = oracle.fold(sam.transmit(bytes.fromhex("00C0000010"))[:16])
        desk.send((bytes((0, 0x82, 0, reference, 0x11)) + value + bytes(8) + b"\x01").hex())


@pytest.mark.parametrize("pin", ["", "123", "12", "1234567890123456", "12a4", "１２３４"])
def test_a_pin_that_does_not_fit_is_refused_and_not_shown(pin):
    sent = []
    with pytest.raises(PinFormatError, match="4 to 12 digits") as caught:
        personalise_sam(sent.append, blank(SAM).atr, sam_order(pin=pin), CUSTODIAN)
    assert sent == []
    assert not pin or pin not in str(caught.value).replace("4 to 12", "")
    assert "123456" not in repr(ORDER)


def test_orders_are_checked_before_the_sam_is_touched():
    sent, atr = [], blank(SAM).atr
    for values in ({"sam_serial_number": "S" * 11}, {"terminal_province_code": "44"}):
        with pytest.raises(ValueRefusedError):
            personalise_sam(sent.append, atr, sam_order(values=values), CUSTODIAN)
    with pytest.raises(UnknownItemError, match="sam_number"):
        personalise_sam(sent.append, atr, sam_order(values={"sam_number": "1"}), CUSTODIAN)
    assert sent == []
