"""The counter against a personalised card, a SAM, and everything that goes wrong with them."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal

import pytest
from reader_client.errors import CardRemovedError
from reader_client.hospital.swipe_log import SwipeLog
from reader_client.hospital.terminal import Post
from reader_client.hospital.validity import CardRefusedError

from hospital_program.counter import Counter, Visit
from hospital_program.patients import Patients

VISIT = Visit(datetime(2026, 3, 2, 9, 30), "MZ20260302001", "急性上呼吸道感染", Decimal("36.80"))


@pytest.fixture
def patients(tmp_path):
    return Patients(tmp_path / "patients.db")


@pytest.fixture
def log(tmp_path):
    return SwipeLog(tmp_path / "log")


@pytest.fixture
def counter(card_channels, health_card, sam, patients, log):
    return Counter(card_channels, Post(log, operator="N017"), patients, sam.pin)


def test_a_patient_is_registered(health_card, counter, patients):
    patient = counter.register()
    assert patient.name == health_card["holder_name"]
    assert patient.card_number == health_card.number
    assert patients.count() == 1


def test_who_comes_again_keeps_the_number(counter, patients):
    assert counter.register() == counter.register()
    assert patients.count() == 1


@pytest.mark.health_card("02", values={"holder_name": "欧阳测试", "birth_date": date(1900, 2, 28)})
def test_the_name_is_the_one_of_the_card(counter):
    patient = counter.register()
    assert (patient.name, patient.birth_date) == ("欧阳测试", date(1900, 2, 28))


def test_two_patients_one_after_the_other(counter, health_card, card_factory, patients):
    first = counter.register()
    health_card.remove()
    card_factory.issued("04").insert()
    assert counter.register().number != first.number
    assert patients.count() == 2


def test_a_visit_is_written_on_the_card(health_card, counter):
    slot = counter.close_visit(VISIT)
    written = f"outpatient_visits[{slot}]"
    assert health_card[f"{written}.outpatient_diagnosis_name_1"] == VISIT.diagnosis
    assert health_card[f"{written}.outpatient_fee_amount_1"] == VISIT.fee
    assert health_card[f"{written}.outpatient_record_valid_flag"] is True


def test_a_visit_is_written_once(counter):
    assert counter.close_visit(VISIT) == counter.close_visit(VISIT)


def test_a_card_that_is_pulled_out_while_a_visit_is_written(health_card, counter, fault_plan, log):
    fault_plan("card_pulled_during_write")
    with pytest.raises(CardRemovedError):
        counter.close_visit(VISIT)
    assert len(fault_plan.strikes) == 1
    assert log.read().rows[-1].result == "cut"
    health_card.insert()
    slot = counter.close_visit(VISIT)
    assert health_card[f"outpatient_visits[{slot}].outpatient_number"] == VISIT.number


@pytest.mark.fault_plan("expired_sam")
def test_an_expired_sam_serves_nobody(counter, patients):
    with pytest.raises(CardRefusedError):
        counter.register()
    assert patients.count() == 0


@pytest.mark.sam(province="21")
def test_a_card_of_another_province_is_registered(counter, health_card):
    assert counter.register().name == health_card["holder_name"]


def test_the_program_itself_over_pcsc(pcsc_stack, health_card, sam, tmp_path, monkeypatch):
    monkeypatch.setenv("SAM_PIN", sam.pin)
    command = [sys.executable, "-m", "hospital_program", "register", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"1\t{health_card['holder_name']}\n"


def test_the_program_says_what_is_wrong(pcsc_stack, health_card, sam, tmp_path, monkeypatch):
    health_card.remove()
    monkeypatch.setenv("SAM_PIN", sam.pin)
    command = [sys.executable, "-m", "hospital_program", "register", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
