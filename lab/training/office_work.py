"""The windows of the issuing office: each lets the trainee be one of its people and call its services."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select

from issuer.applications import intake, release, reviews
from issuer.applications.form import Form
from issuer.applications.reviews import Party, Verdict
from issuer.applications.rules import ApplicationRefusedError, Problem
from issuer.cards import chip_acts, ending, hand_over, listing, losses
from issuer.cards.identity import Document, Presence, Shown
from issuer.cards.live import LIVE
from issuer.registry.schema.applications import application
from issuer.registry.work import Row, Work
from lab.portrait import draw_portrait
from lab.sources import Kind
from lab.training import office_making
from lab.training.office import Office, office_of
from lab.training.office_chips import ReaderChips, card_in_reader, desk, serial_in_reader
from lab.training.office_forms import (
    ACT,
    APPLICATION,
    FORMAL,
    LOOK,
    NEW_PIN,
    NUMBER,
    ORAL,
    PHOTO,
    PIN_AGAIN,
    PRESENCE,
    REASON,
    RELEASE,
    REPLACE,
    SLIP,
    TASK,
    TYPE,
    UNDO,
    VERDICT,
)
from lab.training.office_places import PEOPLE, POINT
from lab.training.office_shown import of_card, papers
from lab.training.seat import Seat
from lab.training.window import Choice, Given, Outcome, Tone
from language import _, choose
from reader_client.contents import shown
from reader_client.errors import CardRemovedError

_PARTIES = {"county": Party.COUNTY, "centre": Party.CENTRE, "bank": Party.BANK}


# --- applying and reviewing -------------------------------------------------------------------------------


def apply(seat: Seat, given: Given) -> Outcome:
    """Take an application in and hand it to the reviewers; each broken rule is told at its field."""
    texts = {name: shown(value) for name, value in given.items() if name != PHOTO and value is not None}
    photo = _photo(texts) if given.get(PHOTO) is True else None
    form = Form(texts, photo)
    try:
        with office_of(seat).work("collector") as work:
            number = _submitted(work, form)
    except ApplicationRefusedError as refused:
        return _held_back(seat, refused.problems)
    seat.facts.record("application", result="submitted", rules="")
    return Outcome(
        _("The application is with the reviewers: {number}").format(number=number),
        groups=(papers(form.values),),
        next_step=_("Review it at the next window, as county, centre and bank."),
    )


def _submitted(work: Work, form: Form) -> str:
    """Enter and submit in one piece of work: what breaks a rule leaves nothing behind."""
    entered = intake.enter(work, POINT, form)
    if entered.problems:
        raise ApplicationRefusedError(entered.problems)
    intake.submit(work, entered.number)
    return entered.number


def review(seat: Seat, given: Given) -> Outcome:
    """Say for a party what becomes of an application."""
    name, _colon, number = str(given.get(TASK) or "").partition(":")
    if not number:
        return Outcome(_("Nothing waits here."), Tone.WARNING)
    office = office_of(seat)
    if given.get(VERDICT) == LOOK:
        return _looked_at(office, f"{name}:{number}", number)
    verdict = Verdict(str(given.get(VERDICT) or Verdict.PASS))
    if name == RELEASE:
        with office.work("centre") as work:
            released = release.release(work, [number])
        if released.held:
            return _held_back(seat, released.held[number])
        return Outcome(
            _("Application {number} may be made.").format(number=number),
            next_step=_("Make the card at the next window."),
        )
    with office.work(name) as work:
        reviews.give(work, _PARTIES[name], verdict, [number], str(given.get(REASON) or ""))
    who = choose(PEOPLE[name].title)
    texts = {
        Verdict.PASS: _("{who}: application {number} passed"),
        Verdict.RETURN: _("{who}: application {number} goes back to the collection point"),
        Verdict.REFUSE: _("{who}: application {number} is refused for good"),
    }
    return Outcome(texts[verdict].format(who=who, number=number), groups=(papers(_form(office, number)),))


def _looked_at(office: Office, task: str, number: str) -> Outcome:
    """What was applied with, and the button that lets it pass."""
    return Outcome(
        _("Application {number}").format(number=number),
        groups=(papers(_form(office, number)),),
        choices=(Choice(_("It is in order: pass"), "review", {TASK: task, VERDICT: Verdict.PASS}),),
    )


def _form(office: Office, number: str) -> Mapping[str, str]:
    wanted = select(application.c.id, application.c.form).where(application.c.number == number)
    with office.looking() as work:
        found: Mapping[str, str] = work.one(wanted, "application", number)["form"]
    return found


# --- making, handing out ----------------------------------------------------------------------------------


def make(seat: Seat, given: Given) -> Outcome:
    """Make the card of an application on the blank card in the reader, and read it back."""
    number = str(given.get(APPLICATION) or "")
    if not number:
        return Outcome(_("No application may be made yet."), Tone.WARNING)
    office, serial = office_of(seat), serial_in_reader(seat)
    try:
        office_making.make(office.registry, number, serial, ReaderChips(seat))
    except office_making.NotMadeError:
        if seat.slots[Kind.USER].gone.is_set():
            raise CardRemovedError(reader=seat.slots[Kind.USER].reader) from None
        raise
    row = card_in_reader(seat, office)
    return Outcome(
        _("The card was made."),
        groups=(of_card(row),),
        next_step=_("Hand it out at the next window; leave it in the reader."),
    )


def hand_out(seat: Seat, given: Given) -> Outcome:
    """Give a card to who shows the right document, and put it into use in the reader."""
    office = office_of(seat)
    row = card_in_reader(seat, office)
    if row["state"] == "PERSO":
        with office.work("clerk") as work:
            hand_over.pick_up(work, row["id"], _shown_by(given))
    chip_acts.activate(office.begin("clerk"), row["id"], desk(seat, row))
    return Outcome(
        _("The card is handed out and active."),
        groups=(of_card(card_in_reader(seat, office)),),
        next_step=_("Give the card and the slip to the person."),
    )


# --- losses, replacement, PIN -----------------------------------------------------------------------------


def lose(seat: Seat, given: Given) -> Outcome:
    """Losses of a card, by the document of its holder, and the card in its place."""
    office = office_of(seat)
    rows = _cards_of(office, given)
    if not rows:
        return Outcome(_("Nobody with this document has a card here."), Tone.REFUSED)
    living = next((row for row in rows if row["state"] in LIVE), rows[0])
    return _LOSSES[str(given.get(ACT) or FORMAL)](office, living, given)


def reset_pin(seat: Seat, given: Given) -> Outcome:
    """Set a new holder PIN on the card in the reader, with all its tries."""
    pin, again = str(given.get(NEW_PIN) or ""), str(given.get(PIN_AGAIN) or "")
    if pin != again:
        line = _("The two are not the same.")
        return Outcome(_("No PIN was set."), Tone.WARNING, errors={PIN_AGAIN: line})
    office = office_of(seat)
    row = card_in_reader(seat, office)
    chip_acts.reset_pin(office.begin("clerk"), row["id"], desk(seat, row), pin, _shown_by(given))
    return Outcome(
        _("The holder has a new PIN, with all tries."),
        groups=(of_card(card_in_reader(seat, office)),),
        next_step=_("The old PIN is over. Nobody but the holder knows the new one."),
    )


def _report_oral(office: Office, row: Row, given: Given) -> Outcome:
    slip = losses.report_oral(office.begin("clerk"), row["id"], _shown_by(given))
    text = _("The card is on the grey list. It lapses by itself on {day}.")
    return _slip(slip.number, text.format(day=slip.until.date().isoformat() if slip.until else "–"))


def _report_formal(office: Office, row: Row, given: Given) -> Outcome:
    with office.work("clerk") as work:
        slip = losses.report_formal(work, row["id"], _shown_by(given))
    return _slip(slip.number, _("The card is on the black list."))


def _undo(office: Office, row: Row, given: Given) -> Outcome:
    losses.undo_loss(office.begin("clerk"), row["id"], str(given.get(SLIP) or ""))
    return Outcome(_("The loss is undone; the card may be used again."))


def _replace(office: Office, row: Row, given: Given) -> Outcome:
    with office.work("clerk") as work:
        done = ending.replace(work, row["id"], POINT)
    text = _("Application {number} for a replacement is with the reviewers. Fee: {fee} yuan.")
    return Outcome(
        text.format(number=done.application, fee=done.fee),
        notices=(_("The old card is cancelled for good."),),
        next_step=_("Review it, make the card on a blank one, and hand it out."),
    )


_LOSSES: Mapping[str, Callable[[Office, Row, Given], Outcome]] = {
    ORAL: _report_oral,
    FORMAL: _report_formal,
    UNDO: _undo,
    REPLACE: _replace,
}


def _slip(number: str, text: str) -> Outcome:
    return Outcome(
        text,
        notices=(_("Number of the loss slip: {number}").format(number=number),),
        next_step=_("Print the slip: its number undoes the loss. A replacement may be applied for."),
    )


# --- what is shown ----------------------------------------------------------------------------------------


def _held_back(seat: Seat, problems: Sequence[Problem]) -> Outcome:
    seat.facts.record(
        "application", result="held", rules=" ".join(sorted({problem.rule for problem in problems}))
    )
    errors: dict[str, str] = {}
    for problem in problems:
        errors.setdefault(problem.field, problem.expected)
    count = len(errors)
    return Outcome(
        _("Not handed in: {count} fields break a rule.").format(count=count),
        Tone.WARNING,
        advice=_("What would be accepted stands at each field."),
        errors=errors,
    )


def _shown_by(given: Given) -> Shown:
    def text(name: str) -> str:
        return str(given.get(name) or "").strip()

    holder = Document(text(TYPE), text(NUMBER))
    if text(PRESENCE) != Presence.GUARDIAN:
        return Shown(Presence.HOLDER, holder)
    other = Document(text("other_document_type"), text("other_document_number"))
    return Shown(Presence.GUARDIAN, holder, other, text("other_name"), text("relation"), text("proof"))


def _cards_of(office: Office, given: Given) -> list[Row]:
    kind, number = str(given.get(TYPE) or ""), str(given.get(NUMBER) or "")
    if not kind or not number:
        return []
    with office.work("clerk") as work:
        return listing.find(work, kind, number)


def _photo(texts: Mapping[str, str]) -> bytes:
    """A portrait of an invented face: the same one for the same name."""
    return draw_portrait(1000, texts.get("holder_name", ""))
