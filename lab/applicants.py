"""Synthetic applicants: lists as a village would hand them in, with faults planted at known lines.

Nobody of them exists. Adults are born in 1900. Children need birth dates of these years, so that their
numbers are kept clear of real ones in another way: the first six digits of all numbers are 419901 to 419903,
and no edition of GB/T 2260 has a prefecture 4199. Telephone numbers begin with 199000, passports with ZZ, a
code that ISO 3166 gives to nobody; portraits are drawn.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from card_os.spec import resident_id
from lab.portrait import draw_portrait

COUNTIES = ("419901", "419902", "419903")
"""示范县, 样板县, 演练区: they do not exist."""
COUNTY_NAMES = dict(zip(COUNTIES, ("示范县", "样板县", "演练区"), strict=True))
PORTRAITS = 40
"""How many portraits are drawn and shared out: drawing one for everybody takes long."""
ADULT, CHILD, NEWBORN, FOREIGNER, OFFICER = "adult", "child", "newborn", "foreigner", "officer"
_SHARES = {ADULT: 78, CHILD: 13, NEWBORN: 3, FOREIGNER: 4, OFFICER: 2}
_FIRST_DAY = date(1900, 1, 1)
_FLAGS = (
    "asthma_flag", "heart_disease_flag", "cardio_cerebrovascular_flag", "epilepsy_flag",
    "coagulation_disorder_flag", "diabetes_flag", "glaucoma_flag", "dialysis_flag", "organ_transplant_flag",
    "organ_missing_flag", "removable_prosthesis_flag", "pacemaker_flag", "mental_illness_flag",
)  # fmt: skip
_ALLERGENS = (("青霉素", "皮疹"), ("花生", "喉头水肿"), ("磺胺类药物", "荨麻疹"), ("海鲜", "腹泻"))
_VACCINES = ("卡介苗", "乙肝疫苗", "脊灰疫苗", "麻腮风疫苗", "百白破疫苗")


@dataclass(slots=True)
class Applicant:
    """A synthetic applicant: what the form says, and the portrait by its number in the pool."""

    kind: str
    values: dict[str, str]
    portrait: int | None
    photo: bytes | None = field(default=None, repr=False)


@cache
def portrait(number: int) -> bytes:
    """A portrait of the pool, numbered from 0; a JPEG that fits the card."""
    return draw_portrait(1000 + number)


def identity_number(county: str, born: date, sequence: int) -> str:
    """A number of 18 characters; an odd sequence, of three digits, is male."""
    first = f"{county}{born:%Y%m%d}{sequence:03d}"
    return first + resident_id.check_character(first)


def applicants(count: int, seed: int, on: date, county: str = COUNTIES[0]) -> list[Applicant]:
    """`count` applicants whose forms break no rule on the day `on`; the same for the same arguments."""
    people = _People(seed, on, county)
    return [people.next() for _ in range(count)]


class _People:
    """Draws one applicant after the other; children belong to adults who were drawn before."""

    def __init__(self, seed: int, on: date, county: str) -> None:
        self.random = random.Random(f"applicants {seed} {county}")  # noqa: S311  nothing is kept secret by it
        self.on, self.county = on, county
        self.adults: list[Applicant] = []
        self.used: set[str] = set()
        self.children: dict[str, int] = {}
        self.drawn = 0

    def next(self) -> Applicant:
        """The next applicant; the first ones are adults, who may be guardians of the others."""
        kind = ADULT
        if len(self.adults) >= 2:
            (kind,) = self.random.choices(list(_SHARES), list(_SHARES.values()))
        if kind == NEWBORN and not any(adult.values["sex_code"] == "2" for adult in self.adults):
            kind = ADULT
        self.drawn += 1
        made = {
            ADULT: self._adult, CHILD: self._child, NEWBORN: self._newborn,
            FOREIGNER: self._foreigner, OFFICER: self._officer,
        }[kind]()  # fmt: skip
        if kind == ADULT:
            self.adults.append(made)
        return made

    # --- kinds --------------------------------------------------------------------------------------------

    def _adult(self) -> Applicant:
        born = _FIRST_DAY + timedelta(days=self.random.randrange(365))
        values = self._resident("01", born, self._name())
        values |= self._grown_up() | self._health()
        return Applicant(ADULT, values, self._portrait())

    def _child(self) -> Applicant:
        born = self.on - timedelta(days=self.random.randrange(400, 15 * 365))
        guardian = self.random.choice(self.adults)
        surname = guardian.values["holder_name"][:1]
        document = "02" if self.random.random() < 0.7 else "01"
        values = self._resident(document, born, self._name(surname))
        values |= self._guardian(guardian) | self._health()
        for number, name in enumerate(_VACCINES[: self.random.randrange(1, 5)], start=1):
            given = born + timedelta(days=30 * number)
            values |= {f"immunization_name_{number}": name, f"immunization_date_{number}": given.isoformat()}
        return Applicant(CHILD, values, self._portrait())

    def _newborn(self) -> Applicant:
        mothers = [adult for adult in self.adults if adult.values["sex_code"] == "2"]
        mother = self.random.choice(mothers)
        number = mother.values["document_number"]
        order = self.children[number] = self.children.get(number, 0) + 1
        sex = self.random.choice("12")
        values = {
            "document_type": "NB",
            "holder_name": mother.values["holder_name"][:1] + self._given(),
            "sex_code": sex,
            "birth_date": (self.on - timedelta(days=self.random.randrange(1, 60))).isoformat(),
            "mother_name": mother.values["holder_name"],
            "mother_document_type": "01",
            "mother_document_number": number,
            "birth_order": str(order),
            "multiple_birth": "false",
        }
        return Applicant(NEWBORN, values | self._address() | self._guardian(mother), None)

    def _foreigner(self) -> Applicant:
        sex = self.random.choice("12")
        born = _FIRST_DAY + timedelta(days=self.random.randrange(365))
        values = {
            "document_type": "03",
            "document_number": self._unused(lambda: f"ZZ{self.random.randrange(10**7):07d}"),
            "holder_name": self.random.choice(_names("foreign")),
            "sex_code": sex,
            "birth_date": born.isoformat(),
        }
        values |= self._address() | self._grown_up() | self._health()
        return Applicant(FOREIGNER, values, self._portrait())

    def _officer(self) -> Applicant:
        born = _FIRST_DAY + timedelta(days=self.random.randrange(365))
        values = {
            "document_type": "04",
            "document_number": self._unused(lambda: f"示字第{self.random.randrange(10**6):06d}号"),
            "holder_name": self._name()[0],
            "sex_code": self.random.choice("12"),
            "ethnic_group_code": "01",
            "birth_date": born.isoformat(),
        }
        values |= self._address() | self._grown_up() | self._health() | {"occupation_code": "X"}
        return Applicant(OFFICER, values, self._portrait())

    # --- parts of a form ----------------------------------------------------------------------------------

    def _resident(self, document: str, born: date, name: tuple[str, str]) -> dict[str, str]:
        region = self.random.choice(COUNTIES)
        number = self._unused(lambda: identity_number(region, born, self.random.randrange(1, 1000)))
        return {
            "document_type": document,
            "document_number": number,
            "holder_name": name[0],
            "sex_code": resident_id.sex_code(number),
            "ethnic_group_code": name[1],
            "birth_date": born.isoformat(),
            **self._address(),
        }

    def _grown_up(self) -> dict[str, str]:
        values = {
            "holder_phone_1": self._phone(),
            "medical_payment_method_1": self.random.choice("12357"),
            "education_level_code": self.random.choice("123456789"),
            "marital_status_code": self.random.choice(("10", "20", "21", "22", "30", "40", "90")),
            "occupation_code": self.random.choice("123456Y"),
        }
        if self.random.random() < 0.5:
            values |= {
                "contact_name_1": self._name()[0],
                "contact_relation_1": self.random.choice(("1", "2", "3", "5", "7")),
                "contact_phone_1": self._phone(),
            }
        return values

    def _guardian(self, guardian: Applicant) -> dict[str, str]:
        given = guardian.values
        return {
            "guardian_name": given["holder_name"],
            "guardian_document_type": given["document_type"],
            "guardian_document_number": given["document_number"],
            "guardian_relation": "5",
            "guardian_proof": self.random.choice("12"),
            "guardian_phone": given["holder_phone_1"],
        }

    def _health(self) -> dict[str, str]:
        values = {
            "abo_blood_type_code": self.random.choices("12345", (28, 24, 30, 8, 10))[0],
            "rh_blood_type_code": self.random.choices("123", (88, 1, 11))[0],
        }
        values |= {name: "true" if self.random.random() < 0.03 else "false" for name in _FLAGS}
        if self.random.random() < 0.1:
            allergen, reaction = self.random.choice(_ALLERGENS)
            values |= {"allergen_name_1": allergen, "allergy_reaction_1": reaction}
        return values

    def _address(self) -> dict[str, str]:
        village, group, house = (self.random.randrange(1, most) for most in (20, 9, 200))
        county = COUNTY_NAMES.get(self.county, "示范县")
        place = f"示范省示范市{county}样板乡第{village}村{group}组{house}号"
        return {"address_type_1": "1", "address_1": place}

    def _name(self, surname: str = "") -> tuple[str, str]:
        """A name and the code of the ethnic group that goes with it."""
        if not surname and self.random.random() < 0.12:
            return self.random.choice(_minority())
        return (surname or self.random.choice(_names("surname"))) + self._given(), "01"

    def _given(self) -> str:
        first = self.random.choice(_names("given_2")) if self.random.random() < 0.6 else ""
        return first + self.random.choice(_names("given_1"))

    def _phone(self) -> str:
        return f"199000{self.random.randrange(10**5):05d}"

    def _portrait(self) -> int:
        return self.random.randrange(PORTRAITS)

    def _unused(self, draw: Callable[[], str]) -> str:
        while (number := draw()) in self.used:
            pass
        self.used.add(number)
        return number


@cache
def _names(kind: str) -> list[str]:
    return [name for row in _rows() if row["kind"] == kind for name in _split(kind, row["text"])]


@cache
def _minority() -> list[tuple[str, str]]:
    rows = (row for row in _rows() if row["kind"] == "minority")
    return [(name, row["ethnic_group_code"]) for row in rows for name in row["text"].split()]


def _split(kind: str, text: str) -> list[str]:
    return [text] if kind == "foreign" else text.split()


def _rows() -> Iterator[dict[str, str]]:
    with (files("lab") / "applicant_names.csv").open(encoding="utf-8") as stream:
        yield from csv.DictReader(stream)
