"""The card platform as programs of hospitals know it: eight methods, a fault code and a text.

Methods and envelope follow the interface of one city (find before make, save, report loss, undo loss, cancel,
list cancelled, replace, status); every call names the agency, its operator, the day and, where something
changes, a reason. We take and give JSON where that city has XML. `save` says there that a card was made and
is the holder's; cards are registered here when they are made, so that it is our pick-up.
# spec: issuance_and_ecard A.5 S9; the field names are ours
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from card_os.spec.errors import Phrase, PlainError
from issuer.access.permission import NotPermittedError
from issuer.applications import persons
from issuer.cards import ending, hand_over, life, listing, live, losses
from issuer.cards.identity import Document, Presence, Shown
from issuer.cards.life import Begin
from issuer.registry.day import day_of
from issuer.registry.errors import RegistryUnavailableError
from issuer.registry.work import Work
from language import _, choose, describe

ACTION = "card.platform"
DONE, FAULT = 0, 1


class PlatformCallError(PlainError):
    """A call that lacks something or says what cannot be."""

    template = "{field}: {reason}"


@dataclass(frozen=True, slots=True)
class PlatformCall:
    """One call. Which other fields a method takes stands with it; `reason` is not personal."""

    method: str
    agency: str
    operator: str
    day: date
    reason: str = ""
    chip_serial: str = ""
    document_type: str = ""
    document_number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    slip: str = field(default="", repr=False)
    collection_point: str = ""
    warranty: bool = False

    @property
    def holder(self) -> Shown:
        """The holder with the document of the call."""
        return Shown(Presence.HOLDER, Document(self.document_type, self.document_number))


@dataclass(frozen=True, slots=True)
class PlatformAnswer:
    """0 and what was asked for, or 1 and why not, as a person reads it."""

    code: int
    text: str
    result: Mapping[str, Any] = field(default_factory=dict, repr=False)


def answer(begin: Begin, call: PlatformCall) -> PlatformAnswer:
    """Do what a call asks for; a refusal is an answer too.

    Raises NotPermittedError, and RegistryUnavailableError where the database fails.
    """
    method = METHODS.get(call.method)
    try:
        if method is None:
            raise _wrong("method", Phrase("one of {known} is expected", known=", ".join(METHODS)))
        with begin() as work:
            work.permit(ACTION)
            _check(work, call)
            told = {"method": call.method, "by": call.operator, "reason": call.reason}
            work.record(ACTION, "agency", call.agency, **told, chip=call.chip_serial)
        return PlatformAnswer(DONE, _("done"), method(begin, call))
    except (NotPermittedError, RegistryUnavailableError):
        raise
    except PlainError as error:
        return PlatformAnswer(FAULT, describe(error))


def _find(begin: Begin, call: PlatformCall) -> Mapping[str, Any]:
    """By document and name: may a card be made?"""
    with begin() as work:
        work.permit("card.find")
        known = persons.find(work, call.document_type, call.document_number)
        if known is None:
            return {"known": False}
        if known["name"] != call.name.strip():
            raise _wrong("name", Phrase("the document is that of somebody else"))
        found = live.live_card_of_person(work, known["id"])
        if found is not None:
            reason = Phrase("there is a card, {state}: report its loss or cancel it first", state=found.state)
            raise _wrong("document_number", reason)
        return {"known": True}


def _save(begin: Begin, call: PlatformCall) -> Mapping[str, Any]:
    with begin() as work:
        slip = hand_over.pick_up(work, life.id_of(work, call.chip_serial), call.holder)
        return {"number": slip.number}


def _report_loss(begin: Begin, call: PlatformCall) -> Mapping[str, Any]:
    with begin() as work:
        slip = losses.report_formal(work, life.id_of(work, call.chip_serial), call.holder)
        return {"slip": slip.number}


def _undo_loss(begin: Begin, call: PlatformCall) -> Mapping[str, Any]:
    with begin() as work:
        card_id = life.id_of(work, call.chip_serial)
    return {"state": losses.undo_loss(begin, card_id, call.slip)}


def _cancel(begin: Begin, call: PlatformCall) -> Mapping[str, Any]:
    with begin() as work:
        card_id = life.id_of(work, call.chip_serial)
        ending.cancel(work, card_id, call.reason, shown=call.holder)
    return {"state": "CANCELLED"}


def _list_cancelled(begin: Begin, call: PlatformCall) -> Mapping[str, Any]:
    with begin() as work:
        rows = listing.cancelled(work, call.document_type, call.document_number)
        return {"cards": [{"chip_serial": row["chip_serial"], "state": row["state"]} for row in rows]}


def _replace(begin: Begin, call: PlatformCall) -> Mapping[str, Any]:
    with begin() as work:
        card_id = life.id_of(work, call.chip_serial)
        made = ending.replace(work, card_id, call.collection_point, warranty=call.warranty)
        return {"application": made.application, "fee": str(made.fee)}


def _status(begin: Begin, call: PlatformCall) -> Mapping[str, Any]:
    with begin() as work:
        found = listing.status(work, call.document_number, call.chip_serial)
        return {"usable": found.usable, "answer": found.answer, "meaning": choose(found.meaning)}


METHODS: Mapping[str, Callable[[Begin, PlatformCall], Mapping[str, Any]]] = {
    "find": _find,
    "save": _save,
    "report_loss": _report_loss,
    "undo_loss": _undo_loss,
    "cancel": _cancel,
    "list_cancelled": _list_cancelled,
    "replace": _replace,
    "status": _status,
}
_CHANGING = frozenset({"save", "report_loss", "undo_loss", "cancel", "replace"})


def _check(work: Work, call: PlatformCall) -> None:
    for name in ("agency", "operator"):
        if not getattr(call, name).strip():
            raise _wrong(name, Phrase("it is missing"))
    if call.day != day_of(work.now):
        raise _wrong("day", Phrase("{day} is expected", day=day_of(work.now).isoformat()))
    if call.method in _CHANGING and not call.reason.strip():
        raise _wrong("reason", Phrase("it is missing"))


def _wrong(name: str, reason: Phrase) -> PlatformCallError:
    return PlatformCallError(field=name, reason=reason)
