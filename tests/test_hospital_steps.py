"""The seven steps of a visit: what each reads and writes, what stays.  # spec: issuance_and_ecard D.1, D.2"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from hospital_bench import CHIP, INPATIENT, NUMBER, OUTPATIENT, SAM_SERIAL, Counter, sam_cells

from card_os.crypto import sm2
from card_os.kernel.card import Card
from card_os.kernel.memory import Memory
from card_os.spec.certificate import published_test_trust
from card_os.spec.errors import UnknownItemError, ValueRefusedError
from card_os.spec.loader import load
from language import describe
from reader_client.errors import CardRemovedError, NotWritableError
from reader_client.hospital import steps
from reader_client.hospital.records import RecordState, read_visits
from reader_client.hospital.roles import RoleError, Step, roles
from reader_client.hospital.steps import Allergy, Immunization, StepResult
from reader_client.hospital.terminal import Terminal
from reader_client.hospital.validity import Environment, Verdict
from reader_client.places import place
from reader_client.trust import TrustError
from reader_client.visits import SlotReason, VisitKind

PROFILE = load("health_card")
signs = pytest.mark.skipif(not sm2.available(), reason="gmssl-pyx is not installed")
# typed from the table of D.1; EF05 is free, EF08 holds the last day
VALIDITY = {"EF05", "EF08"}
READS: dict[str, set[str]] = {
    "register": {"EF06", "DF01/EF06"},
    "doctor": {"DF02/EF05", "DF02/EF07", "DF02/EF08", "DF03/EF05", "DF03/EF06", "DF03/ED01", "DF03/ED02"},
    "laboratory": {"EF06"},
    "pharmacy": {"EF06"},
    "admit": {"EF06", "DF01/EF08"},
    "cashier": {"EF06", "DF03/EF06", "DF03/ED01", "DF03/ED02", "DF03/ED03"},
    "discharge": {"EF06", "DF03/EF05", "DF03/EE01"},
}
CALLS: dict[str, Callable[[Terminal], StepResult]] = {
    "register": steps.register,
    "doctor": steps.doctor,
    "laboratory": steps.laboratory,
    "pharmacy": steps.pharmacy,
    "admit": steps.admit,
    "cashier": lambda terminal: steps.cashier(terminal, OUTPATIENT),
    "discharge": lambda terminal: steps.discharge(terminal, INPATIENT),
}
WRITING = ("cashier", "discharge")
WRITE_INS = {0xD6, 0xDC, 0xD2, 0x0C}


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def test_the_roles_name_what_there_is() -> None:
    assert set(roles()) == set(Step)
    for role in roles().values():
        for name in role.items_read(PROFILE):
            place(PROFILE, name)
        for kind in VisitKind:
            for item in role.slot_items(kind):
                assert PROFILE.items[item].layout == kind.data_layout
        for name in role.writes:
            assert (
                name in PROFILE.by_layout
                or name in ("allergies", "immunizations")
                or name.endswith("_visits")
            )


@pytest.mark.parametrize("name", CALLS)
def test_a_step_touches_the_files_of_its_role_and_no_other(counter: Counter, name: str) -> None:
    result = CALLS[name](counter.terminal())
    assert counter.files_selected == VALIDITY | READS[name]
    written = WRITE_INS & set(counter.channel.instructions)
    assert bool(written) == (name in WRITING)
    assert [check.verdict for check in result.checks].count(Verdict.REFUSED) == 0


@pytest.mark.parametrize("name", CALLS)
def test_a_step_leaves_a_row(counter: Counter, name: str) -> None:
    CALLS[name](counter.terminal())
    (row,) = counter.rows
    assert (row.result, row.operator, row.sam_serial) == ("done", "N017", SAM_SERIAL)
    assert (row.issuer_code, row.card_number, row.chip_serial) == ("11000000001", NUMBER, CHIP)
    assert row.time == "2026-03-02T10:00:00+08:00"
    assert row.step == next(role.step for role in roles().values() if role.command == name)


def test_registration_knows_who_comes_and_whom_to_call(counter: Counter) -> None:
    values = steps.register(counter.terminal()).values
    assert (values["holder_name"], values["contact_name_1"]) == ("张伟", "李静")
    assert "address_1" not in values
    assert "abo_blood_type_code" not in values


def test_the_doctor_reads_the_medical_side_only(counter: Counter) -> None:
    result = steps.doctor(counter.terminal())
    assert result.values["abo_blood_type_code"] == "1"
    assert result.values["allergies[1].allergen_name"] == "青霉素"
    assert result.values["immunizations[2].immunization_date"] == date(2019, 5, 6)
    assert "mental_illness_flag" not in result.values
    assert "holder_name" not in result.values
    assert [(visit.slot, visit.state) for visit in result.visits] == [(1, "unsigned"), (2, "unsigned")]
    assert result.visits[0].items["visit_department"] == "呼吸内科门诊"


def test_the_doctor_adds(counter: Counter) -> None:
    done = steps.doctor(
        counter.terminal(),
        {"pacemaker_flag": True, "other_medical_alert": "示例警示"},
        allergies=[Allergy("花生", "皮疹"), Allergy("芒果")],
        immunizations=[Immunization("破伤风疫苗", date(2026, 3, 2))],
    )
    assert done.written == (
        "pacemaker_flag", "other_medical_alert", "allergies", "allergies", "immunizations"
    )  # fmt: skip
    now = steps.doctor(counter.terminal()).values
    assert (now["pacemaker_flag"], now["other_medical_alert"]) == (True, "示例警示")
    assert [now[f"allergies[{n}].allergen_name"] for n in (1, 2, 3)] == ["芒果", "花生", "青霉素"]
    assert now["immunizations[1].immunization_name"] == "破伤风疫苗"
    # how many, never which: the log holds no medical data
    assert counter.rows[0].text == "2 items written; an entry added; an entry added; an entry added"


def test_the_log_says_how_far_the_doctor_came(counter: Counter) -> None:
    terminal, first = counter.terminal(), Allergy("花生")
    steps.doctor(terminal, allergies=[first, first])
    appended = [n for n, ins in enumerate(counter.channel.instructions) if ins == 0xDC]
    terminal = counter.terminal()
    counter.channel.commands_left = appended[1]
    with pytest.raises(CardRemovedError):
        steps.doctor(terminal, allergies=[first, first])
    row = counter.rows[-1]
    assert (row.result, row.text.split("; ")[0], row.text.count("added")) == ("cut", "an entry added", 1)


@pytest.mark.parametrize(
    ("values", "allergies", "error"),
    [
        ({"mental_illness_flag": True}, [], RoleError),
        ({"holder_phone_1": "19900000001"}, [], RoleError),
        ({"outpatient_visits[1].visit_department": "外科"}, [], RoleError),
        ({"no_such_item": "1"}, [], RoleError),
        ({"abo_blood_type_code": "9"}, [], ValueRefusedError),
        ({}, [Allergy("花" * 11)], ValueRefusedError),
    ],
)
def test_what_the_doctor_may_not_write_is_refused_before_the_card_is_touched(
    counter: Counter, values, allergies, error
) -> None:
    with pytest.raises(error):
        steps.doctor(counter.terminal(), values, allergies=allergies)
    assert counter.channel.commands == []
    (row,) = counter.rows
    assert row.result == "failed"
    assert "花" not in row.text
    assert "19900000001" not in row.text


@signs
@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [("cashier", VisitKind.OUTPATIENT, OUTPATIENT), ("discharge", VisitKind.INPATIENT, INPATIENT)],
)
def test_a_written_record_is_signed_and_read_back_by_the_doctor(counter: Counter, name, kind, values) -> None:
    record = CALLS[name](counter.terminal()).record
    assert record is not None
    assert record.written is not None
    assert (record.written.reason, record.written.signed_by) == (SlotReason.FREE, SAM_SERIAL)
    visits = steps.doctor(counter.terminal()).visits
    (found,) = [visit for visit in visits if (visit.kind, visit.slot) == (kind, record.slot)]
    assert (found.state, found.signed_by) == (RecordState.SIGNED, SAM_SERIAL)
    assert {item: found.items[item] for item in values} == values
    assert set(found.items) == {item.name for item in PROFILE.by_layout[kind.data_layout]}
    assert f"{kind}_transaction_signature" not in found.to_json()["items"]  # type: ignore[operator]


def test_a_full_card_gives_the_oldest_slot(counter: Counter) -> None:
    reasons = []
    for day in (5, 2, 4, 3):
        values = {**INPATIENT, "admission_date": date(2026, 2, day)}
        record = steps.discharge(counter.terminal(), values).record
        assert record is not None
        assert record.written is not None
        reasons.append((record.slot, record.written.reason.value))
    assert reasons == [(1, "free"), (2, "free"), (3, "free"), (2, "oldest")]
    assert counter.rows[-1].text == "inpatient record written to slot 2, oldest"


def test_the_same_visit_is_not_written_twice(counter: Counter) -> None:
    first = steps.cashier(counter.terminal(), OUTPATIENT).record
    before = counter.card.memory.snapshot()
    again = steps.cashier(counter.terminal(), OUTPATIENT)
    assert first is not None
    assert again.record is not None
    assert (again.record.slot, again.record.written) == (first.slot, None)
    assert again.to_json()["record"] == {"kind": "outpatient", "slot": first.slot, "reason": "already there"}
    assert counter.card.memory.snapshot() == before
    assert counter.rows[-1].text == f"outpatient record was in slot {first.slot} already"
    other = steps.cashier(counter.terminal(), {**OUTPATIENT, "outpatient_number": "MZ20260302002"})
    assert other.record is not None
    assert other.record.slot != first.slot


def test_a_visit_without_its_date_is_no_visit(counter: Counter) -> None:
    with pytest.raises(NotWritableError):
        steps.cashier(counter.terminal(), {"outpatient_org_name": "示范医院"})
    with pytest.raises(UnknownItemError):
        steps.cashier(counter.terminal(), {**OUTPATIENT, "admission_date": date(2026, 1, 1)})
    assert [row.result for row in counter.rows] == ["failed", "failed"]


@signs
def test_a_changed_record_is_told_from_a_whole_one(counter: Counter) -> None:
    steps.cashier(counter.terminal(), OUTPATIENT)
    terminal = counter.terminal()
    terminal.session.open()
    terminal.session.update({"outpatient_visits[3].visit_department": "外科"})
    (changed,) = [visit for visit in steps.doctor(counter.terminal()).visits if visit.slot == 3]
    assert (changed.state, changed.whole, changed.signed_by) == (RecordState.BROKEN, False, None)


def test_a_record_without_its_date_is_incomplete(counter: Counter) -> None:
    terminal = counter.terminal()
    terminal.session.open()
    terminal.session.update({"outpatient_visits[2].visit_datetime": None})
    states = {visit.slot: visit.state for visit in steps.doctor(counter.terminal()).visits}
    assert states == {1: RecordState.UNSIGNED, 2: RecordState.INCOMPLETE}


@signs
def test_a_terminal_of_production_knows_no_test_root(counter: Counter) -> None:
    steps.cashier(counter.terminal(), OUTPATIENT)
    terminal = counter.terminal()
    terminal.session.open()
    found = read_visits(terminal.session, VisitKind.OUTPATIENT, {})
    assert [visit.state for visit in found] == ["unsigned", "unsigned", "unknown issuer"]


def test_a_terminal_believes_the_roots_of_its_environment(counter: Counter) -> None:
    key = sm2.public_key((2).to_bytes(32, "big"))
    assert counter.terminal().trust == published_test_trust()
    assert counter.set(roots={"1": key}).terminal().trust == {"1": key, **published_test_trust()}
    production = counter.set(environment=Environment.PROD)
    assert production.terminal().trust == {"1": key}
    assert production.set(roots={}).terminal().trust == {}
    with pytest.raises(TrustError):
        production.set(roots=published_test_trust())


@signs
def test_a_record_before_the_certificate_of_its_sam_has_a_warning(counter: Counter) -> None:
    steps.cashier(counter.terminal(), OUTPATIENT)
    early = {**OUTPATIENT, "visit_datetime": datetime(2026, 1, 4, 9, 0)}
    steps.cashier(counter.terminal(), early)
    found = {visit.slot: visit for visit in steps.doctor(counter.terminal()).visits}
    assert [found[slot].warning for slot in (1, 2, 3)] == [None] * 3
    assert (found[4].state, found[4].whole) == (RecordState.SIGNED, True)
    assert str(found[4].warning).endswith(
        "is valid from 2026-01-05 to 2036-01-01, the record is of 2026-01-04"
    )
    assert found[4].to_json()["warning"] == describe(found[4].warning)


def test_a_hospital_of_another_province_reads_and_writes_as_well(tmp_path: Path) -> None:
    counter = Counter(tmp_path, sam=Card(load("sam"), Memory(sam_cells("32"))))
    steps.register(counter.terminal())
    for minute in range(4):
        steps.cashier(counter.terminal(), {**OUTPATIENT, "visit_datetime": datetime(2026, 3, 2, 9, minute)})
    assert counter.rows[-1].text == "outpatient record written to slot 2, oldest"
