"""A trainee without a browser: cards go in and out, windows work, exercises are done as in the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from lab.sources import Kind
from lab.training.all_windows import WINDOWS
from lab.training.classroom import Classroom
from lab.training.tutor import School, Standing, Tutor
from lab.training.web import forms
from lab.training.web.windows import run
from lab.training.window import Outcome

CHILD, MOTHER = "419901202505120012", "419901190006150027"
OUYANG, LIU = "310101190011280197", "41040219000909042X"
APPLICANT = {
    "document_type": "01", "document_number": MOTHER, "holder_name": "何静", "sex_code": "2",
    "birth_date": "1900-06-15", "ethnic_group_code": "01", "address_type_1": "1",
    "address_1": "示范县样板乡1号", "holder_phone_1": "19900000061", "photo": "true",
}  # fmt: skip
YOUNG_APPLICANT = {
    "document_type": "02", "document_number": CHILD, "holder_name": "何小禾", "sex_code": "1",
    "birth_date": "2025-05-12", "ethnic_group_code": "01", "address_type_1": "1",
    "address_1": "示范县样板乡1号", "photo": "true",
}  # fmt: skip
GUARDIAN = {
    "guardian_name": "何静", "guardian_document_type": "01", "guardian_document_number": MOTHER,
    "guardian_relation": "5", "guardian_proof": "1", "guardian_phone": "19900000061",
}  # fmt: skip


class Trainee:
    """A seat and its tutor."""

    def __init__(self, folder: Path, pace: float = 0.0) -> None:
        self.classroom = Classroom(folder, pace=pace)
        _token, self.seat = self.classroom.take("学员")
        self.school = School(folder)
        self.tutor: Tutor = self.school.tutor(self.seat)

    def work(self, window: str, **fields: str) -> Outcome:
        """Let a window work with its form as it stands first, and these fields."""
        found = WINDOWS[window]
        sections = found.sections(self.seat)
        first = {field.name: field.first for section in sections for field in section.fields if field.first}
        values, errors = forms.parsed(sections, first | fields)
        assert not errors, errors
        return run(self.seat, found, values)

    def insert(self, card: str) -> None:
        self.seat.insert(card)

    def answer(self, place: int, text: str) -> None:
        self.tutor.answer(f"steps[{place}]", text)

    def standing(self) -> Standing:
        found = self.tutor.standing()
        assert found is not None
        return found

    def pass_all(self) -> None:
        """County, centre, bank, and the release."""
        for _party in range(4):
            self.work("review")

    def issue(self, number: str, blank: str = "blank") -> None:
        """From the reviews to a card in use."""
        self.pass_all()
        self.insert(blank)
        self.work("making")
        self.work("counter", document_number=number)


def _pulled(trainee: Trainee) -> None:
    """The card comes out at the twentieth command of the cashier."""
    slot, seen = trainee.seat.slots[Kind.USER], 0
    run_one = slot.run

    def pulled(source, do):
        nonlocal seen
        seen += 1
        if seen == 40:
            slot.run = run_one
            trainee.seat.eject(Kind.USER)
        return run_one(source, do)

    slot.run = pulled
    trainee.work("cashier", outpatient_number="MZ1")
    trainee.insert("resident-06")
    trainee.work("cashier", outpatient_number="MZ1")


def _steps(*acts: Callable[[Trainee], object]) -> Callable[[Trainee], None]:
    def play(trainee: Trainee) -> None:
        for act in acts:
            act(trainee)

    return play


WAYS: Mapping[str, Callable[[Trainee], None]] = {
    "read-a-card": _steps(
        lambda t: t.insert("resident-01"),
        lambda t: t.work("reading"),
        lambda t: t.answer(3, "19900000001"),
    ),
    "wrong-sam": _steps(
        lambda t: t.work("registration"),
        lambda t: t.insert("sam-own"),
        lambda t: t.work("registration"),
    ),
    "emergency": _steps(
        lambda t: t.insert("resident-07"), lambda t: t.work("emergency"), lambda t: t.answer(2, "花生")
    ),
    "expired-card": _steps(
        lambda t: t.insert("expired"), lambda t: t.work("registration"), lambda t: t.answer(2, "1016"),
        lambda t: t.insert("resident-01"), lambda t: t.work("registration"),
    ),
    "lost-card": _steps(
        lambda t: t.insert("lost"), lambda t: t.work("registration"), lambda t: t.answer(2, "2"),
        lambda t: t.seat.eject(Kind.USER),
    ),
    "grey-list": _steps(
        lambda t: t.work("registration"), lambda t: t.work("registration", id_checked="true")
    ),
    "foreign-province": _steps(
        lambda t: t.insert("resident-06"), lambda t: t.work("cashier"), lambda t: t.answer(3, "3")
    ),
    "disagreement": _steps(
        lambda t: t.insert("resident-08"), lambda t: t.work("registration"), lambda t: t.answer(2, "3"),
        lambda t: t.work("registration", update_system="true", id_checked="true"),
    ),
    "pulled-in-mid-write": _pulled,
    "record-full": _steps(
        lambda t: t.insert("resident-05"), lambda t: t.work("cashier"), lambda t: t.answer(3, "2")
    ),
    "under-16": _steps(
        lambda t: t.work("application", **YOUNG_APPLICANT, **GUARDIAN), lambda t: t.answer(2, "18")
    ),
    "a-whole-visit": _steps(
        lambda t: t.work("registration"),
        lambda t: t.work("doctor", allergen_name="花生", allergy_reaction="皮疹"),
        lambda t: t.work("cashier"),
        lambda t: t.work("pharmacy"),
    ),
    "first-issue": _steps(
        lambda t: t.work("application", **APPLICANT),
        lambda t: t.issue(MOTHER),
        lambda t: t.work("registration"),
    ),
    "replacement": _steps(
        lambda t: t.work("loss", document_number=OUYANG),
        lambda t: t.work("loss", act="replace", document_number=OUYANG),
        lambda t: t.issue(OUYANG),
    ),
    "blocked-pin": _steps(
        lambda t: t.insert("pin-blocked"),
        lambda t: t.work("pin", document_number=LIU, new_pin="246810", pin_again="246810"),
    ),
}  # fmt: skip
"""How each exercise is done."""
