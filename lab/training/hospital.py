"""The windows of a hospital, each a step of `reader_client.hospital` behind a form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from card_os.spec.loader import load
from lab.sources import Kind
from lab.training import showing
from lab.training.patient_index import COMPARED, Difference
from lab.training.seat import Seat
from lab.training.window import Choice, Given, Group, Outcome, Row, Tone
from language import _, choose, describe
from reader_client.errors import CardRemovedError
from reader_client.hospital import steps
from reader_client.hospital.emergency import emergency
from reader_client.hospital.steps import Allergy, Immunization, StepResult
from reader_client.hospital.validity import CardRefusedError, CheckName, IdNeededError, Verdict

ID_CHECKED = "id_checked"
UPDATE_SYSTEM = "update_system"


def whole_card(seat: Seat, given: Given) -> Outcome:
    """Read everything; no step of a visit, and no check of the card but that it opens."""
    terminal = seat.terminal()
    session = terminal.session
    session.open()
    contents = session.read_all()
    session.close()
    return Outcome(
        _("The card was read."),
        groups=showing.whole_card(contents),
        next_step=_("Compare the photo with the person before you."),
    )


def laboratory(seat: Seat, given: Given) -> Outcome:
    """Laboratory or examination: whose orders to look for."""
    return _shown(steps.laboratory(seat.terminal(), id_checked=_id_checked(given)), _("The person is known."))


def pharmacy(seat: Seat, given: Given) -> Outcome:
    """Pharmacy: whose prescription to look for."""
    return _shown(steps.pharmacy(seat.terminal(), id_checked=_id_checked(given)), _("The person is known."))


def admission(seat: Seat, given: Given) -> Outcome:
    """Admission: who is admitted."""
    return _shown(steps.admit(seat.terminal(), id_checked=_id_checked(given)), _("The patient is admitted."))


def register(seat: Seat, given: Given) -> Outcome:
    """Registration: the card beside what the hospital has of this person."""
    result = steps.register(seat.terminal(), id_checked=_id_checked(given))
    number = str(result.values.get("card_number") or "")
    values = showing.texts(result.values, COMPARED)
    outcome = _shown(result, _("The patient is registered."))
    if given.get(UPDATE_SYSTEM) is True:
        seat.patients.update(number, values)
        seat.facts.record("system_updated", card=_card_id(seat))
        return replace(outcome, headline=_("The hospital's records now agree with the card."))
    found = seat.patients.differences(number, values)
    if not found:
        return outcome
    seat.facts.record("difference_seen", card=_card_id(seat))
    return replace(
        outcome,
        tone=Tone.WARNING,
        headline=_("The card and the hospital's records disagree."),
        advice=_("Ask the patient, look at the ID document; then correct the records if the card is right."),
        groups=(_difference_group(found), *outcome.groups),
        choices=(
            Choice(
                _("The card is right: correct the records"),
                "registration",
                {UPDATE_SYSTEM: "true", ID_CHECKED: "true"},
            ),
        ),
    )


def doctor(seat: Seat, given: Given) -> Outcome:
    """Doctor: medical data are read, and what was filled in is added."""
    asked = dict(given)
    id_checked = asked.pop(ID_CHECKED, None) is True
    allergen, reaction = asked.pop("allergen_name", None), asked.pop("allergy_reaction", None)
    vaccine, day = asked.pop("immunization_name", None), asked.pop("immunization_date", None)
    values = {name: value for name, value in asked.items() if value is not None}
    allergies = [Allergy(str(allergen), str(reaction) if reaction else None)] if allergen else []
    given_on = day if isinstance(day, date) else None
    doses = [Immunization(str(vaccine), given_on)] if vaccine else []
    writes = bool(values or allergies or doses)
    result = steps.doctor(
        seat.terminal(paced=writes), values, allergies=allergies, immunizations=doses, id_checked=id_checked
    )
    headline = _("The medical data were read and added to.") if writes else _("The medical data were read.")
    return _shown(result, headline)


def cashier(seat: Seat, given: Given) -> Outcome:
    """Outpatient cashier: the visit goes on the card."""
    return _visit(seat, given, steps.cashier)


def discharge(seat: Seat, given: Given) -> Outcome:
    """Discharge: the stay goes on the card."""
    return _visit(seat, given, steps.discharge)


def emergency_window(seat: Seat, given: Given) -> Outcome:
    """Emergency: at once, without PIN, warnings instead of refusals."""
    screen = emergency(seat.terminal())
    warned = any(check.verdict is not Verdict.PASSED for check in screen.checks)
    return Outcome(
        _("What saves a life"),
        Tone.WARNING if warned or screen.notices else Tone.DONE,
        checks=screen.checks,
        groups=showing.emergency_groups(screen),
        notices=screen.notices,
        next_step=_("The look at this card stands in the log of this terminal."),
    )


def refusal(error: Exception) -> Outcome:
    """Why a window did not come to its end, in plain words, and what to do."""
    if isinstance(error, IdNeededError):
        advice = _("Look at the ID document, tick the box, and try again.")
        return Outcome(error.check.words, Tone.WARNING, checks=(error.check,), advice=advice)
    if isinstance(error, CardRefusedError) and error.check.name is CheckName.TERMINAL:
        advice = _("It is the SAM and not the card: put another SAM into the drawer.")
        return Outcome(error.check.words, Tone.REFUSED, advice=advice, checks=(error.check,))
    if isinstance(error, CardRefusedError):
        answer = str(error.check.answer or "")
        advice = _("Do not use this card. Keep the patient's visit going without it.")
        return Outcome(describe(error), Tone.REFUSED, answer, advice, (error.check,))
    if isinstance(error, CardRemovedError):
        advice = _("Put the card in again and read it before you write again: half a record may be on it.")
        return Outcome(describe(error), Tone.REFUSED, advice=advice)
    return Outcome(describe(error), Tone.REFUSED)


# --- outcomes -------------------------------------------------------------------------------------------


def _visit(seat: Seat, given: Given, step: Callable[..., StepResult]) -> Outcome:
    asked = dict(given)
    id_checked = asked.pop(ID_CHECKED, None) is True
    values = {name: value for name, value in asked.items() if value is not None}
    result = step(seat.terminal(paced=True), values, id_checked=id_checked)
    record = result.record
    if record is None or record.written is None:
        return _shown(result, _("This visit is on the card already; nothing was written."))
    text = _("The visit is on the card, slot {slot}.")
    return _shown(result, text.format(slot=record.slot))


def _shown(result: StepResult, headline: str) -> Outcome:
    warned = any(check.verdict is not Verdict.PASSED for check in result.checks)
    notices = []
    if result.record is not None and result.record.written is not None:
        if result.record.written.reason == "oldest":
            notices.append(_("No slot was free: the oldest record was written over."))
        if result.record.written.signed_by is None:
            notices.append(_("The record is unsigned."))
    return Outcome(
        headline,
        Tone.WARNING if warned else Tone.DONE,
        checks=result.checks,
        groups=(*showing.groups(result.values), *map(showing.visit_group, result.visits)),
        notices=tuple(notices),
        next_step=choose(result.role.back_end),
    )


def _difference_group(found: Sequence[Difference]) -> Group:
    items = load("health_card").items
    rows = tuple(
        Row(
            one.item,
            showing.label(items[one.item]),
            _("card: {value}").format(value=showing.in_words(one.item, one.card)),
            _("records: {value}").format(value=showing.in_words(one.item, one.system)),
            "alert",
        )
        for one in found
    )
    return Group(_("card and records disagree"), rows, tone=Tone.WARNING)


def _id_checked(given: Given) -> bool:
    return given.get(ID_CHECKED) is True


def _card_id(seat: Seat) -> str:
    row = seat.card_in(Kind.USER)
    return row.id if row is not None else ""
