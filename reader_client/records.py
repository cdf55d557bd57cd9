"""What programs ask of a card most often, as typed records.

The fields have the names of the data items. None is an empty value; a RawValue stands for bytes that are no
value of their item.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar, cast

from reader_client.contents import CardValue, RawValue

Text = str | RawValue | None
Day = date | RawValue | None
Flag = bool | RawValue | None

ADDRESSES = (1, 2)
PERSONS = (1, 2, 3)
PHONES = ("holder_phone_1", "holder_phone_2")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the holder is (DDF1/EF06)."""

    holder_name: Text
    sex_code: Text
    ethnic_group_code: Text
    birth_date: Day
    resident_id_number: Text


@dataclass(frozen=True, slots=True)
class Address:
    """One of two addresses; the type is a code."""

    address_type: Text
    address: Text


@dataclass(frozen=True, slots=True)
class ContactPerson:
    """One of three persons to call; the relation is a code."""

    contact_name: Text
    contact_relation: Text
    contact_phone: Text


@dataclass(frozen=True, slots=True)
class Contacts:
    """How to reach the holder and the family (DDF1/EF08, DF01/EF05, DF01/EF06); what is empty is left out."""

    phones: tuple[str | RawValue, ...]
    addresses: tuple[Address, ...]
    persons: tuple[ContactPerson, ...]


@dataclass(frozen=True, slots=True)
class ClinicalBasics:
    """What whoever treats the holder must know first (DF02/EF05, DF02/EF06)."""

    abo_blood_type_code: Text
    rh_blood_type_code: Text
    asthma_flag: Flag
    heart_disease_flag: Flag
    cardio_cerebrovascular_flag: Flag
    epilepsy_flag: Flag
    coagulation_disorder_flag: Flag
    diabetes_flag: Flag
    glaucoma_flag: Flag
    dialysis_flag: Flag
    organ_transplant_flag: Flag
    organ_missing_flag: Flag
    removable_prosthesis_flag: Flag
    pacemaker_flag: Flag
    other_medical_alert: Text
    mental_illness_flag: Flag


@dataclass(frozen=True, slots=True)
class Allergy:
    """An entry of DF02/EF07."""

    allergen_name: Text
    allergy_reaction: Text


@dataclass(frozen=True, slots=True)
class Immunization:
    """An entry of DF02/EF08."""

    immunization_name: Text
    immunization_date: Day


V = TypeVar("V")


def item_names(view: type[Any]) -> tuple[str, ...]:
    """The data items of a record."""
    return tuple(one.name for one in fields(view))


def typed(view: type[V], values: Mapping[str, CardValue], number: int | None = None) -> V:
    """A record out of values by name; with `number` the items are the numbered ones."""
    ending = f"_{number}" if number else ""
    return view(**cast(Any, {name: values[name + ending] for name in item_names(view)}))


def _numbered(view: type[Any], numbers: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(f"{name}_{number}" for number in numbers for name in item_names(view))


CONTACT_ITEMS = (*PHONES, *_numbered(Address, ADDRESSES), *_numbered(ContactPerson, PERSONS))


def contacts_from(values: Mapping[str, CardValue]) -> Contacts:
    """The contacts out of the values of `CONTACT_ITEMS`."""
    addresses = (typed(Address, values, number) for number in ADDRESSES)
    persons = (typed(ContactPerson, values, number) for number in PERSONS)
    return Contacts(
        phones=tuple(phone for name in PHONES if isinstance(phone := values[name], (str, RawValue))),
        addresses=tuple(one for one in addresses if one.address is not None),
        persons=tuple(one for one in persons if (one.contact_name, one.contact_phone) != (None, None)),
    )
