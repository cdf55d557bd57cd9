"""Emergency access: what saves a life, on one screen, in less than a second after the card is there.

No holder PIN and no network: SAMs anywhere hold the two reading keys, the list of cards is the one of the
last download. Nothing but a test card at a terminal of PROD is refused, whose data mean nothing; what else is
wrong with the card stands on the screen as a warning. The item with an update key of its own (mental illness,
DF02/EF06) is not read. Expiry is not asked, for it would cost a third authentication.
# spec: issuance_and_ecard D.3
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from card_os.spec.model import Profile
from language import describe
from reader_client.contents import CardValue, Values, json_value, present
from reader_client.errors import CardRemovedError, ReaderClientError
from reader_client.hospital.roles import Step, roles
from reader_client.hospital.terminal import Swipe, Terminal, swiped
from reader_client.hospital.validity import (
    Check,
    Environment,
    Verdict,
    check_environment,
    check_issue_date,
    check_terminal,
)

FORMAT = "rhc-emergency/1"
ABO, RH, OTHER_ALERT = "abo_blood_type_code", "rh_blood_type_code", "other_medical_alert"
_FLAG = "T/F"
_ALLERGIES, _CONTACTS = 3, 3


@dataclass(frozen=True, slots=True)
class Contact:
    """A person to call."""

    name: CardValue
    relation: CardValue
    phone: CardValue


@dataclass(frozen=True, slots=True)
class EmergencyScreen:
    """What the screen shows. `warnings` are the flags that are set, `not_recorded` those without a value.

    `notices` are plain lines about what could not be read or logged. Where `medical_read` is false, blood
    groups, warnings and allergies could not be read, which is not the same as none.
    """

    environment: Environment
    checks: tuple[Check, ...]
    abo: CardValue
    rh: CardValue
    warnings: tuple[str, ...]
    not_recorded: tuple[str, ...]
    other_alert: CardValue
    allergies: tuple[Values, ...]
    contacts: tuple[Contact, ...]
    medical_read: bool
    notices: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """All of it as JSON has it."""
        return {
            "format": FORMAT,
            "environment": self.environment,
            ABO: json_value(self.abo),
            RH: json_value(self.rh),
            "warnings": list(self.warnings),
            "not_recorded": list(self.not_recorded),
            OTHER_ALERT: json_value(self.other_alert),
            "allergies": [present(entry) for entry in self.allergies],
            "contacts": [
                present({"name": one.name, "relation": one.relation, "phone": one.phone})
                for one in self.contacts
            ],
            "medical_read": self.medical_read,
            "checks": [check.to_json() for check in self.checks],
            "notices": list(self.notices),
        }


def emergency(terminal: Terminal) -> EmergencyScreen:
    """Read the screen and log it; raises WrongEnvironmentError, NotAHealthCardError, CardRemovedError.

    Where a part of the card does not open, the rest is shown with a notice.
    """
    profile, notices = terminal.session.profile, []
    names = roles()[Step.EMERGENCY].items_read(profile)
    contact_items = {item.name for item in profile.by_layout["DF01.EF06"]}
    with swiped(terminal, Step.EMERGENCY) as swipe:
        swipe.open()
        _check(swipe)
        values: dict[str, CardValue] = {}
        for part in (
            [name for name in names if name not in contact_items],
            [name for name in names if name in contact_items],
        ):
            try:
                values |= terminal.session.read(part)
            except CardRemovedError:
                raise
            except ReaderClientError as error:
                notices.append(describe(error))
                swipe.notes.append(str(error))
    if swipe.unlogged is not None:
        notices.append(describe(swipe.unlogged))
    return _screen(profile, swipe, values, notices)


def _check(swipe: Swipe) -> None:
    """Every check that costs no authentication; only the environment refuses, the others warn."""
    terminal = swipe.terminal
    today, info = terminal.post.now().date(), terminal.sam_info
    swipe.check(check_environment(terminal.post.environment, swipe.sighting))
    found = [
        check_terminal(info.get("application_start_date"), info.get("application_end_date"), today),
        check_issue_date(swipe.sighting.issue_date, today),
        swipe.list_check(id_checked=False),
        swipe.genuine_check(),
    ]
    refused = [check for check in found if check.verdict is Verdict.REFUSED]
    swipe.notes += [str(check.reason) for check in refused]
    swipe.checks += [replace(c, verdict=Verdict.WARNING) if c in refused else c for c in found]


def _screen(
    profile: Profile, swipe: Swipe, values: Mapping[str, CardValue], notices: Sequence[str]
) -> EmergencyScreen:
    flags = [item.name for item in profile.by_layout["DF02.EF05"] if item.format == _FLAG]
    allergies = (
        {name: values.get(f"allergies[{n}].{name}") for name in ("allergen_name", "allergy_reaction")}
        for n in range(1, _ALLERGIES + 1)
    )
    contacts = (
        Contact(*(values.get(f"contact_{part}_{n}") for part in ("name", "relation", "phone")))
        for n in range(1, _CONTACTS + 1)
    )
    return EmergencyScreen(
        environment=swipe.terminal.post.environment,
        checks=tuple(swipe.checks),
        abo=values.get(ABO),
        rh=values.get(RH),
        warnings=tuple(name for name in flags if values.get(name) is True),
        not_recorded=tuple(name for name in flags if not isinstance(values.get(name), bool)),
        other_alert=values.get(OTHER_ALERT),
        allergies=tuple(entry for entry in allergies if _any(entry.values())),
        contacts=tuple(one for one in contacts if _any((one.name, one.phone))),
        medical_read=ABO in values,
        notices=tuple(notices),
    )


def _any(values: Iterable[CardValue]) -> bool:
    return any(value is not None for value in values)
