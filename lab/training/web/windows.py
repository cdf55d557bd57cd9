"""The windows: a form, the work behind it, and what came of it."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from card_os.spec.errors import PlainError
from lab.sources import Kind
from lab.training.all_windows import WINDOWS
from lab.training.hospital import refusal
from lab.training.seat import Seat, WindowBusyError
from lab.training.web import forms
from lab.training.web.pages import CurrentSeat, PagesOf, Posted
from lab.training.window import Given, House, Outcome, Tone, Window
from language import _
from reader_client.errors import CardRemovedError, NoCardError
from reader_client.hospital.validity import CardRefusedError

router = APIRouter()


@router.get("/windows/{name}")
def show(request: Request, name: str, seat: CurrentSeat, pages: PagesOf) -> Response:
    """A window with its empty form."""
    return pages.page(request, "_window.html", shown_window(seat, name))


@router.post("/windows/{name}")
def work(request: Request, name: str, seat: CurrentSeat, form: Posted, pages: PagesOf) -> Response:
    """Let a window do its work; where a field is wrong, nothing is done."""
    window = _window(name)
    sections = window.sections(seat)
    values, errors = forms.parsed(sections, form)
    if errors:
        drawn = forms.drawn(sections, form, errors)
        context = {**_frame(window), "form": drawn, "outcome": None, "wrong": len(errors)}
        return pages.page(request, "_window.html", context, 422)
    outcome = run(seat, window, values)
    drawn = forms.drawn(window.sections(seat), form, outcome.errors)
    context = {**_frame(window), "form": drawn, "outcome": outcome, "wrong": 0}
    return pages.page(request, "_window.html", context)


def run(seat: Seat, window: Window, values: Given) -> Outcome:
    """The work of a window, with a fact of how it ended; never raises for what can happen at a counter."""
    said = {"window": window.id, **_cards(seat)}
    try:
        with seat.working_at(window.id):
            outcome = window.work(seat, values)
    except NoCardError as error:
        seat.facts.record("window", **said, result="failed", error="NoCardError")
        return Outcome(_missing(seat) or str(error), Tone.WARNING)
    except WindowBusyError as error:
        return refusal(error)
    except PlainError as error:
        outcome = refusal(error)
        seat.facts.record("window", **said, **_why(error))
    else:
        seat.facts.record("window", **said, result="done")
    seat.feed.tell("rights")
    return outcome


def shown_window(seat: Seat, name: str) -> dict[str, object]:
    """What a window with an empty form is drawn from; raises 404."""
    window = _window(name)
    return {**_frame(window), "form": forms.drawn(window.sections(seat)), "outcome": None, "wrong": 0}


def _frame(window: Window) -> dict[str, object]:
    houses = [(house, [one for one in WINDOWS.values() if one.house is house]) for house in House]
    return {"window": window, "houses": [(house, found) for house, found in houses if found]}


def _window(name: str) -> Window:
    if name not in WINDOWS:
        raise HTTPException(404)
    return WINDOWS[name]


def _cards(seat: Seat) -> dict[str, str]:
    found = {"card": seat.card_in(Kind.USER), "sam": seat.card_in(Kind.SAM)}
    return {name: row.id if row is not None else "" for name, row in found.items()}


def _missing(seat: Seat) -> str:
    if seat.slots[Kind.USER].source is None:
        return _("Put a card into the reader first.")
    return _("Put a SAM into the drawer first.") if seat.slots[Kind.SAM].source is None else ""


def _why(error: PlainError) -> dict[str, str]:
    """Result, kind of the error, and the driver's number where it has one."""
    if isinstance(error, CardRefusedError):
        answer = str(error.check.answer or "")
        return {
            "result": "refused",
            "error": type(error).__name__,
            "check": str(error.check.name),
            "answer": answer,
        }
    result = "cut" if isinstance(error, CardRemovedError) else "failed"
    return {"result": result, "error": type(error).__name__}
