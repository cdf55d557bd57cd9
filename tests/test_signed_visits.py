"""Visit records signed by the SAM of a hospital, verified by a reader.  # spec: issuance_and_ecard D.2"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import field_sm2
import pytest
import reader_cards
from typer import Typer
from typer.testing import CliRunner

import reader_client.cli
from card_os.crypto import sm2
from card_os.crypto.sm3 import sm3
from card_os.kernel.card import Card
from card_os.kernel.file_system import cell_of
from card_os.kernel.memory import Memory
from card_os.spec.certificate import Certificate, CertificateError, CertificateKind, published_test_trust
from card_os.spec.codecs import Value
from card_os.spec.loader import load
from issuer.keys.certificates import Holder, issuer_certificate, sam_certificate
from issuer.keys.custodian import KeyRef
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.personalisation.sam_script import SamCertificateOrder, SamOrder, plan_sam
from lab import demo
from language import describe
from reader_client.errors import RightMissingError
from reader_client.in_process import InProcessChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession
from reader_client.signatures import (
    CertificateDates,
    SignatureStatus,
    VisitSignature,
    integrity_items,
    judge,
)
from reader_client.visits import VisitKind

pytestmark = pytest.mark.skipif(not sm2.available(), reason="gmssl-pyx is not installed")

INPATIENT, OUTPATIENT = VisitKind.INPATIENT, VisitKind.OUTPATIENT
VISITS: dict[VisitKind, dict[str, Value]] = {
    INPATIENT: {"admission_date": date(2026, 3, 1), "discharge_date": date(2026, 3, 9)},
    OUTPATIENT: {"visit_datetime": datetime(2026, 3, 1, 9, 30), "visit_department": "全科医学科"},
}
PLACES = {INPATIENT: ("EE01", 1639, 1893), OUTPATIENT: ("ED01", 3013, 3267)}
PROFILE = load("health_card")


@dataclass
class Desk:
    """A card and a SAM as the issuer made them, and a session with both."""

    card: Card
    sam: Card
    session: HealthCardSession
    sam_session: SamSession

    def cell(self, kind: VisitKind) -> str:
        return f"file:MF/DDF1/DF03/{PLACES[kind][0]}"

    def raw(self, kind: VisitKind) -> bytes:
        return self.card.memory.read(self.cell(kind))

    def tamper(self, kind: VisitKind, at: int, data: bytes) -> None:
        with self.card.memory.transaction():
            self.card.memory.write(self.cell(kind), data, at)

    def set_file(self, card: Card, path: str, data: bytes) -> None:
        with card.memory.transaction():
            card.memory.put(cell_of(card.profile.files[path]), data)


def desk_of(card: Card, sam: Card, *, pin: bool = True) -> Desk:
    sam_session = SamSession(InProcessChannel(sam))
    sam_session.open()
    if pin:
        sam_session.verify_pin(demo.SAM_PIN)
    session = HealthCardSession(InProcessChannel(card), sam_session)
    session.open()
    return Desk(card, sam, session, sam_session)


@pytest.fixture(scope="module")
def made() -> tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes]]:
    """The memory of a card without visits and of two SAMs."""
    person = demo.resident("06")
    cells = demo.issue_card(person, 1).card.memory.snapshot()
    return cells, demo.issue_sam(1).memory.snapshot(), demo.issue_sam(2).memory.snapshot()


@pytest.fixture
def desk(made: tuple[dict[str, bytes], ...]) -> Desk:
    card, sam, _other = made
    return desk_of(Card(PROFILE, Memory(card)), Card(load("sam"), Memory(sam)))


@pytest.fixture
def other(made: tuple[dict[str, bytes], ...]) -> SamSession:
    session = SamSession(InProcessChannel(Card(load("sam"), Memory(made[2]))))
    session.open()
    session.verify_pin(demo.SAM_PIN)
    return session


# --- what the issuer puts on SAM and card ---------------------------------------------------------------


def test_sam_and_card_carry_their_certificates(desk: Desk) -> None:
    sam, issuer = desk.sam_session.certificate(), desk.sam_session.issuer_certificate()
    assert sam is not None
    assert issuer is not None
    assert (sam.sam_serial, sam.issuer_id) == ("0000000001", issuer.subject_id)
    assert sam.verify(issuer.public_key)
    assert issuer.verify(published_test_trust()[issuer.issuer_id])
    assert desk.sam.memory.read("sm2:public") == sam.public_key
    assert desk.session.read(["issuer_certificate"])["issuer_certificate"] == issuer.to_bytes()


def test_two_sams_have_two_keys(desk: Desk, other: SamSession) -> None:
    first, second = desk.sam_session.certificate(), other.certificate()
    assert first is not None
    assert second is not None
    assert first.public_key != second.public_key
    assert first.sam_serial != second.sam_serial


def test_a_certificate_needs_the_serial_of_the_sam() -> None:
    issuer = demo.certificate()
    assert issuer is not None
    holder = Holder("1", "1", date(2026, 1, 1), date(2030, 1, 1))
    order = SamOrder("11", {}, demo.SAM_PIN, SamCertificateOrder(issuer, holder))
    with pytest.raises(CertificateError, match="sam_serial"):
        list(plan_sam(load("sam"), order))


def test_without_the_library_certificates_stay_empty(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RHC_LANG", "en")
    monkeypatch.setattr(sm2, "available", lambda: False)
    demo.certificate.cache_clear()
    try:
        sam, card = demo.issue_sam(7), demo.issue_card(demo.resident("06"), 7).card
        assert demo.settings() == demo.ISSUER
    finally:
        demo.certificate.cache_clear()
    assert caplog.messages == [
        "Certificates stay empty and visits unsigned: install residents-health-card[sm2]."
    ]
    assert sam.memory.read("file:MF/DF01/001B") == bytes(180)
    assert sam.memory.read("file:MF/DF01/001C") == bytes(190)
    desk = desk_of(card, sam)
    assert desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT]).signed_by is None
    assert desk.session.verify_visit(OUTPATIENT, 1).status is SignatureStatus.UNSIGNED


# --- the SAM as the reader sees it ----------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 1, 239, 240, 241, 480, 3013 + 32])
def test_hash_of_any_length(desk: Desk, length: int) -> None:
    message = bytes(range(256)) * 12
    assert desk.sam_session.hash(message[:length]) == sm3(message[:length])


def test_no_signature_without_the_pin(desk: Desk) -> None:
    desk.sam_session.open()
    with pytest.raises(RightMissingError) as refused:
        desk.sam_session.sign(bytes(32))
    assert refused.value.sw == 0x6982


def test_a_record_that_cannot_be_signed_is_not_begun(desk: Desk) -> None:
    before = desk.card.memory.snapshot()
    desk.sam_session.open()
    with pytest.raises(RightMissingError):
        desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT])
    assert desk.card.memory.snapshot() == before


# --- records --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_z", [True, False])
@pytest.mark.parametrize("kind", list(VisitKind))
def test_a_signed_record(desk: Desk, kind: VisitKind, with_z: bool) -> None:
    written = desk.session.add_visit(kind, VISITS[kind], sign_with_z=with_z)
    assert (written.slot, written.signed_by) == (1, "0000000001")
    found = desk.session.verify_visit(kind, 1)
    assert (found.status, found.with_z, found.sam_serial) == (SignatureStatus.VALID, with_z, "0000000001")
    # the same by the second opinion, from the bytes at the offsets of terminal_interface 5.2
    _file, data, size = PLACES[kind]
    raw = desk.raw(kind)
    assert len(raw) == size
    certificate = Certificate.parse(raw[data + 64 :])
    public = (
        int.from_bytes(certificate.public_key[:32], "big"),
        int.from_bytes(certificate.public_key[32:], "big"),
    )
    e = field_sm2.message_digest(public, raw[:data]) if with_z else field_sm2.sm3(raw[:data])
    r, s = (int.from_bytes(raw[at : at + 32], "big") for at in (data, data + 32))
    assert field_sm2.verify_digest(public, e, r, s)
    assert raw[data + 64 :] == desk.sam.memory.read("file:MF/DF01/001C")


def test_with_z_is_the_default(desk: Desk) -> None:
    desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT])
    assert desk.session.verify_visit(OUTPATIENT, 1).with_z is True


@pytest.mark.parametrize("kind", list(VisitKind))
def test_a_card_without_signature(desk: Desk, kind: VisitKind) -> None:
    assert desk.session.verify_visit(kind, 1).status is SignatureStatus.UNSIGNED
    written = desk.session.add_visit(kind, VISITS[kind], sign=False)
    assert written.signed_by is None
    found = desk.session.verify_visit(kind, 1)
    assert (found.status, found.with_z, found.certificate) == (SignatureStatus.UNSIGNED, None, None)
    assert not any(desk.raw(kind)[-254:])


def test_a_sam_without_certificate_does_not_sign(desk: Desk) -> None:
    desk.set_file(desk.sam, "MF/DF01/001C", bytes(190))
    assert desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT]).signed_by is None


def test_a_signature_that_is_brought_along_is_kept(desk: Desk) -> None:
    brought = {"outpatient_transaction_signature": b"\x01" * 64, "outpatient_sam_certificate": b"\x02" * 190}
    assert desk.session.add_visit(OUTPATIENT, {**VISITS[OUTPATIENT], **brought}).signed_by is None
    assert desk.raw(OUTPATIENT)[3013:] == b"\x01" * 64 + b"\x02" * 190
    assert desk.session.verify_visit(OUTPATIENT, 1).status is SignatureStatus.INVALID


def test_a_record_over_the_oldest_is_signed_anew(desk: Desk) -> None:
    for day in range(1, 5):
        values = {**VISITS[INPATIENT], "admission_date": date(2026, 3, day)}
        last = desk.session.add_visit(INPATIENT, values)
    assert (last.slot, last.reason) == (1, "oldest")
    assert desk.session.valid_slots(INPATIENT) == [1, 2, 3]
    found = [desk.session.verify_visit(INPATIENT, slot).status for slot in (1, 2, 3)]
    assert set(found) == {SignatureStatus.VALID}


@pytest.mark.parametrize("kind", list(VisitKind))
def test_every_byte_of_a_signed_record_counts(desk: Desk, kind: VisitKind) -> None:
    """Each region byte by byte, the long data part in steps; the judge sees exactly what the card holds."""
    desk.session.add_visit(kind, VISITS[kind])
    raw, data = desk.raw(kind), PLACES[kind][1]
    items = integrity_items(PROFILE, kind.data_layout)
    issuer = desk.sam_session.issuer_certificate()
    assert issuer is not None

    def status(changed: bytes) -> SignatureStatus:
        return judge(changed, items, [issuer], published_test_trust()).status

    assert status(raw) is SignatureStatus.VALID
    for at in [*range(0, data, 41), data - 1, *range(data, len(raw))]:
        changed = bytearray(raw)
        changed[at] ^= 0x01
        assert status(bytes(changed)) in (SignatureStatus.INVALID, SignatureStatus.UNKNOWN_ISSUER), at


@pytest.mark.parametrize("at", [0, 700, 1638])
def test_tampering_on_the_card_is_noticed(desk: Desk, at: int) -> None:
    desk.session.add_visit(INPATIENT, VISITS[INPATIENT])
    desk.tamper(INPATIENT, at, bytes((desk.raw(INPATIENT)[at] ^ 0xFF,)))
    found = desk.session.verify_visit(INPATIENT, 1)
    assert (found.status, found.with_z) == (SignatureStatus.INVALID, None)


def test_a_single_item_written_later_breaks_the_signature(desk: Desk) -> None:
    desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT])
    desk.session.update({"outpatient_visits[1].visit_department": "外科"})
    assert desk.session.verify_visit(OUTPATIENT, 1).status is SignatureStatus.INVALID


def test_the_signature_of_another_sam(desk: Desk, other: SamSession) -> None:
    desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT])
    data = desk.raw(OUTPATIENT)[:3013]
    certificate = other.certificate()
    assert certificate is not None
    signature = other.sign(sm2.message_digest(certificate.public_key, data))
    # beside the certificate of the first SAM it is wrong, beside its own right
    desk.tamper(OUTPATIENT, 3013, signature)
    assert desk.session.verify_visit(OUTPATIENT, 1).status is SignatureStatus.INVALID
    desk.tamper(OUTPATIENT, 3077, certificate.to_bytes())
    found = desk.session.verify_visit(OUTPATIENT, 1)
    assert (found.status, found.sam_serial) == (SignatureStatus.VALID, "0000000002")


def test_the_signature_of_another_record(desk: Desk) -> None:
    for day in (1, 2):
        desk.session.add_visit(INPATIENT, {**VISITS[INPATIENT], "admission_date": date(2026, 3, day)})
    second = desk.card.memory.read("file:MF/DDF1/DF03/EE02")
    desk.tamper(INPATIENT, 1639, second[1639:])
    assert desk.session.verify_visit(INPATIENT, 1).status is SignatureStatus.INVALID


def test_a_certificate_with_a_broken_signature(desk: Desk) -> None:
    desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT])
    desk.tamper(OUTPATIENT, 3266, bytes((desk.raw(OUTPATIENT)[3266] ^ 1,)))
    found = desk.session.verify_visit(OUTPATIENT, 1)
    assert (found.status, found.with_z) == (SignatureStatus.INVALID, True)


def test_a_certificate_that_a_sam_signed_itself(desk: Desk) -> None:
    """A stolen SAM signs a certificate for a key of a forger: it is no issuer."""
    pair = sm2.generate_key_pair()
    sam, issuer = desk.sam_session.certificate(), desk.sam_session.issuer_certificate()
    assert sam is not None
    assert issuer is not None
    forged = replace(sam, public_key=pair.public)
    forged = forged.signed(desk.sam_session.sign(forged.digest(sam.public_key)))
    desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT])
    data = desk.raw(OUTPATIENT)[:3013]
    signature = sm2.sign_digest(pair.private, sm2.message_digest(pair.public, data))
    desk.tamper(OUTPATIENT, 3013, signature + forged.to_bytes())
    assert desk.session.verify_visit(OUTPATIENT, 1).status is SignatureStatus.INVALID


class StrangeCustodian(PublishedTestCustodian):
    """Another root and another issuer, under the ids of the published ones."""

    pair = sm2.generate_key_pair() if sm2.available() else sm2.KeyPair(b"", b"")

    def public_key(self, key: KeyRef) -> bytes:
        return self.pair.public

    def sign(self, key: KeyRef, digest: bytes) -> bytes:
        return sm2.sign_digest(self.pair.private, digest)


def strange_sam(desk: Desk) -> Certificate:
    """The SAM of the desk gets the certificates of another country; returns that of its issuer."""
    custodian = StrangeCustodian()
    holder = Holder(demo.ISSUER.code, "1", date(2026, 1, 1), date(2030, 1, 1))
    issuer = issuer_certificate(custodian, holder)
    sam = sam_certificate(custodian, issuer.subject_id, holder, "S9", desk.sam.memory.read("sm2:public"))
    desk.set_file(desk.sam, "MF/DF01/001B", issuer.to_bytes())
    desk.set_file(desk.sam, "MF/DF01/001C", sam.to_bytes())
    return issuer


def test_an_issuer_that_nobody_vouches_for(desk: Desk) -> None:
    issuer = strange_sam(desk)
    desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT])
    # the card names an issuer of the same id that the root vouches for: it did not sign this SAM
    assert desk.session.verify_visit(OUTPATIENT, 1).status is SignatureStatus.INVALID
    trust = {issuer.issuer_id: StrangeCustodian.pair.public}
    assert desk.session.verify_visit(OUTPATIENT, 1, trust).status is SignatureStatus.VALID
    assert desk.session.verify_visit(OUTPATIENT, 1, {}).status is SignatureStatus.UNKNOWN_ISSUER


def test_an_unknown_issuer(desk: Desk) -> None:
    desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT])
    items = integrity_items(PROFILE, OUTPATIENT.data_layout)
    found = judge(desk.raw(OUTPATIENT), items, [], published_test_trust())
    assert (found.status, found.with_z) == (SignatureStatus.UNKNOWN_ISSUER, True)


def test_the_card_alone_names_the_issuer(desk: Desk) -> None:
    """A reader elsewhere, whose SAM has no issuer certificate, still verifies."""
    desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT])
    desk.set_file(desk.sam, "MF/DF01/001B", bytes(180))
    assert desk.session.verify_visit(OUTPATIENT, 1).status is SignatureStatus.VALID


def test_a_sam_certificate_does_not_serve_as_issuer(desk: Desk) -> None:
    desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT])
    items = integrity_items(PROFILE, OUTPATIENT.data_layout)
    sam = desk.sam_session.certificate()
    assert sam is not None
    fake = replace(sam, subject_id=sam.issuer_id)
    assert fake.kind is CertificateKind.SAM
    found = judge(desk.raw(OUTPATIENT), items, [fake], {fake.issuer_id: fake.public_key})
    assert found.status is SignatureStatus.UNKNOWN_ISSUER


@pytest.mark.parametrize("seal", [bytes(254), b"\xff" * 254])
def test_erased_memory_is_unsigned(desk: Desk, seal: bytes) -> None:
    desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT])
    desk.tamper(OUTPATIENT, 3013, seal)
    assert desk.session.verify_visit(OUTPATIENT, 1).status is SignatureStatus.UNSIGNED


# --- dates of certificates ------------------------------------------------------------------------------

A_DAY = timedelta(days=1)


def certified(desk: Desk) -> tuple[date, date]:
    """The first and the last day of the SAM's certificate, within those of its issuer."""
    certificate = desk.sam_session.certificate()
    assert certificate is not None
    return certificate.start, certificate.end


def outpatient(day: date) -> dict[str, Value]:
    return {**VISITS[OUTPATIENT], "visit_datetime": datetime(day.year, day.month, day.day, 23, 59, 59)}


@pytest.mark.parametrize("end", [0, 1], ids=["first", "last"])
def test_a_record_of_the_first_and_the_last_day_is_in_time(desk: Desk, end: int) -> None:
    desk.session.add_visit(OUTPATIENT, outpatient(certified(desk)[end]))
    found = desk.session.verify_visit(OUTPATIENT, 1)
    assert (found.status, found.dates, found.warning) == (
        SignatureStatus.VALID, CertificateDates.WITHIN, None
    )  # fmt: skip


@pytest.mark.parametrize("early", [True, False])
def test_a_record_of_another_time_is_signed_with_a_warning(
    desk: Desk, early: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last = certified(desk)
    day = first - A_DAY if early else last + A_DAY
    desk.session.add_visit(OUTPATIENT, outpatient(day))
    found = desk.session.verify_visit(OUTPATIENT, 1)
    assert (found.status, found.dates) == (SignatureStatus.VALID, CertificateDates.OUTSIDE)
    monkeypatch.setenv("RHC_LANG", "en")
    assert describe(found.warning) == (
        f"the certificate of the SAM is valid from {first} to {last}, the record is of {day}"
    )
    monkeypatch.setenv("RHC_LANG", "zh")
    assert describe(found.warning) == f"SAM 卡的证书有效期为 {first} 至 {last}，而记录日期为 {day}"


def test_a_stay_is_judged_by_its_last_day(desk: Desk) -> None:
    first, _last = certified(desk)
    desk.session.add_visit(INPATIENT, {"admission_date": first - A_DAY, "discharge_date": first})
    desk.session.add_visit(INPATIENT, {"admission_date": first - A_DAY})
    found = [desk.session.verify_visit(INPATIENT, slot).dates for slot in (1, 2)]
    assert found == [CertificateDates.WITHIN, CertificateDates.OUTSIDE]


def chain(
    desk: Desk, start: date, end: date, issuer_start: date, issuer_end: date
) -> tuple[Certificate, Certificate]:
    """Certificates of the SAM of the desk and of an issuer, vouched for by the strange root."""
    custodian = StrangeCustodian()
    issuer = issuer_certificate(custodian, Holder(demo.ISSUER.code, "1", issuer_start, issuer_end))
    holder = Holder(demo.ISSUER.code, "1", start, end)
    sam = sam_certificate(custodian, issuer.subject_id, holder, "S9", desk.sam.memory.read("sm2:public"))
    return sam, issuer


def test_the_dates_of_the_issuer_count_too_and_of_several_the_one_that_fits(desk: Desk) -> None:
    day = date(2026, 3, 1)
    sam, old = chain(desk, day, day, date(2020, 1, 1), day - A_DAY)
    _sam, new = chain(desk, day, day, day, date(2030, 1, 1))
    desk.set_file(desk.sam, "MF/DF01/001C", sam.to_bytes())
    desk.session.add_visit(OUTPATIENT, VISITS[OUTPATIENT])
    items = integrity_items(PROFILE, OUTPATIENT.data_layout)
    trust = {old.issuer_id: StrangeCustodian.pair.public}

    def judged(*issuers: Certificate, on: date | None = day) -> VisitSignature:
        found = judge(desk.raw(OUTPATIENT), items, issuers, trust, on)
        assert found.status is SignatureStatus.VALID
        return found

    assert judged(new).dates is CertificateDates.WITHIN
    late = judged(old)
    assert late.dates is CertificateDates.OUTSIDE
    assert "certificate of the issuer is valid from 2020-01-01 to 2026-02-28" in str(late.warning)
    assert judged(old, new).dates is judged(new, old).dates is CertificateDates.WITHIN
    unknown = judged(new, on=None)
    assert unknown.dates is CertificateDates.UNKNOWN
    assert str(unknown.warning) == "the record has no date to judge its certificate by"


def test_dates_of_a_certificate_that_is_not_believed_are_not_judged(desk: Desk) -> None:
    desk.session.add_visit(OUTPATIENT, outpatient(certified(desk)[1] + A_DAY))
    assert desk.session.verify_visit(OUTPATIENT, 1, {}).dates is None
    desk.tamper(OUTPATIENT, 5, b"X")
    found = desk.session.verify_visit(OUTPATIENT, 1)
    assert (found.status, found.dates, found.warning) == (SignatureStatus.INVALID, None, None)


# --- the command line -----------------------------------------------------------------------------------


@pytest.fixture
def rhc(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RHC_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")
    app = Typer()
    reader_client.cli.register(app)
    channels = reader_cards.Desk(card=desk.card, sam_card=desk.sam)
    return lambda *words: CliRunner().invoke(app, words, obj=channels)


def test_visit_verify(rhc, desk: Desk) -> None:
    assert "no visit record is marked valid" in rhc("visit", "verify").output
    added = rhc("visit", "add", "visit_datetime=2026-03-01T09:30:00", "--kind", "outpatient", "--without-z")
    assert "signed by SAM 0000000001" in added.output
    added = rhc("visit", "add", "admission_date=2026-03-01", "--kind", "inpatient", "--no-sign", "--json")
    assert "signed_by" not in json.loads(added.output)
    shown = rhc("visit", "verify")
    assert shown.exit_code == 0, shown.output
    assert "outpatient_visits[1]" in shown.output
    assert "unsigned" in shown.output
    rows = json.loads(rhc("visit", "verify", "--json").output)
    assert [(row["kind"], row["slot"], row["status"], row["with_z"]) for row in rows] == [
        ("inpatient", 1, "unsigned", None),
        ("outpatient", 1, "valid", False),
    ]
    assert rows[1]["sam_serial"] == "0000000001"


def test_visit_verify_warns_of_a_certificate_of_another_time(rhc) -> None:
    rhc("visit", "add", "visit_datetime=2025-12-31T09:30:00", "--kind", "outpatient")
    shown = rhc("visit", "verify")
    assert shown.exit_code == 0
    assert "the record is of 2025-12-31" in " ".join(shown.output.split())
    (row,) = json.loads(rhc("visit", "verify", "--json").output)
    assert (row["status"], row["certificate_dates"]) == ("valid", "outside")
    assert row["warning"].startswith("the certificate of the SAM is valid from 20")


def test_visit_verify_in_production_believes_whom_it_is_told_to(rhc, desk: Desk, tmp_path: Path) -> None:
    rhc("visit", "add", "visit_datetime=2026-03-01T09:30:00", "--kind", "outpatient")
    issuer = strange_sam(desk)
    rhc("visit", "add", "visit_datetime=2026-03-02T09:30:00", "--kind", "outpatient")
    roots = tmp_path / "roots.trust"
    roots.write_text(f"rhc-trust/1\n{issuer.issuer_id} {StrangeCustodian.pair.public.hex()}\n", "utf-8")

    def statuses(*words: str) -> tuple[int, list[str]]:
        done = rhc("visit", "verify", "--environment", "PROD", "--json", *words)
        return done.exit_code, [row["status"] for row in json.loads(done.output)]

    assert statuses() == (1, ["unknown issuer", "unknown issuer"])
    assert statuses("--trust", str(roots)) == (1, ["invalid", "valid"])
    assert statuses("--trust", str(tmp_path), "--kind", "outpatient", "--slot", "2") == (0, ["valid"])
    (test_root,) = published_test_trust().values()
    roots.write_text(f"rhc-trust/1\n1 {test_root.hex()}\n", "utf-8")
    refused = rhc("visit", "verify", "--environment", "PROD", "--trust", str(roots))
    assert (refused.exit_code, refused.output) == (1, "1: the test root is no root outside TEST\n")
    assert rhc("visit", "verify", "--trust", str(tmp_path / "none")).exit_code == 1


def test_visit_verify_tells_a_wrong_one_by_its_exit_code(rhc, desk: Desk) -> None:
    rhc("visit", "add", "visit_datetime=2026-03-01T09:30:00", "--kind", "outpatient")
    desk.tamper(OUTPATIENT, 5, b"X")
    wrong = rhc("visit", "verify", "--kind", "outpatient", "--slot", "1")
    assert (wrong.exit_code, "invalid" in wrong.output) == (1, True)
    assert rhc("visit", "verify", "--kind", "outpatient", "--slot", "2").exit_code == 0
    assert rhc("visit", "verify", "--slot", "1").exit_code == 2
    assert rhc("visit", "verify", "--kind", "outpatient", "--slot", "6").exit_code == 1
