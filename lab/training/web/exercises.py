"""Exercises on the page: the list, the panel beside the windows, the certificate."""

from __future__ import annotations

from hashlib import sha256

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from issuer.printing.errors import PrintingUnavailableError
from issuer.printing.typesetter import typeset
from lab.training.certificate import certificate_of
from lab.training.seat import Seat
from lab.training.tutor import School, Tutor
from lab.training.web.pages import CurrentSeat, PagesOf, Posted
from language import describe

router = APIRouter()
_PANEL = "_exercise.html"


@router.get("/exercises")
def listed(request: Request, seat: CurrentSeat, pages: PagesOf) -> Response:
    """All exercises, and what was made of them."""
    tutor = tutor_of(request, seat)
    context = {"seat": seat, "exercises": tutor.exercises, "finished": tutor.progress.finished}
    return pages.page(request, "exercises.html", {**context, "running": tutor.standing()})


@router.post("/exercises/{name}/start")
def start(request: Request, name: str, seat: CurrentSeat) -> Response:
    """Begin an exercise; the page goes to the window at which it begins."""
    tutor = tutor_of(request, seat)
    tutor.start(name)
    return RedirectResponse(f"/?window={tutor.exercises[name].window}", 303)


@router.get("/exercise")
def panel(request: Request, seat: CurrentSeat, pages: PagesOf, have: str = "") -> Response:
    """The panel as it is now; nothing where the page has it already."""
    context = exercise_context(request, seat)
    if have == context["exercise_version"]:
        return Response(status_code=204)
    return pages.page(request, _PANEL, context)


@router.post("/exercise/hint")
def hint(request: Request, seat: CurrentSeat, pages: PagesOf) -> Response:
    """One hint more."""
    tutor_of(request, seat).hint()
    return pages.page(request, _PANEL, exercise_context(request, seat))


@router.post("/exercise/answer")
def answer(request: Request, seat: CurrentSeat, form: Posted, pages: PagesOf) -> Response:
    """An answer to the question of a step."""
    tutor_of(request, seat).answer(form.get("place", ""), form.get("answer", ""))
    return pages.page(request, _PANEL, exercise_context(request, seat))


@router.post("/exercise/leave")
def leave(request: Request, seat: CurrentSeat, pages: PagesOf) -> Response:
    """Give it up, or put away what is finished."""
    tutor_of(request, seat).leave()
    return pages.page(request, _PANEL, exercise_context(request, seat))


@router.get("/certificate")
def certificate(request: Request, seat: CurrentSeat, pages: PagesOf) -> Response:
    """The certificate as a page to be printed."""
    tutor = tutor_of(request, seat)
    made = certificate_of(seat, tutor.progress, tutor.exercises)
    if made is None:
        return RedirectResponse("/exercises", 303)
    return pages.page(request, "certificate.html", {"certificate": made})


@router.get("/certificate.pdf")
def certificate_pdf(request: Request, seat: CurrentSeat, pages: PagesOf) -> Response:
    """The certificate as a PDF, where the typesetter is there."""
    tutor = tutor_of(request, seat)
    made = certificate_of(seat, tutor.progress, tutor.exercises)
    if made is None:
        return RedirectResponse("/exercises", 303)
    try:
        pdf = typeset(pages.text("certificate_paper.html", certificate=made))
    except PrintingUnavailableError as error:
        return pages.page(request, "said.html", {"text": describe(error), "whole": True}, 409)
    name = f'attachment; filename="certificate-{made.number}.pdf"'
    return Response(pdf, media_type="application/pdf", headers={"Content-Disposition": name})


def school_of(request: Request) -> School:
    """The exercises of the class."""
    found: School = request.app.state.school
    return found


def tutor_of(request: Request, seat: Seat) -> Tutor:
    """Who goes with the trainee through exercises."""
    return school_of(request).tutor(seat)


def exercise_context(request: Request, seat: Seat) -> dict[str, object]:
    """What the panel is drawn from."""
    tutor = tutor_of(request, seat)
    standing, finished = tutor.standing(), tutor.progress.finished
    todo = next((one for name, one in tutor.exercises.items() if name not in finished), None)
    kept = (standing, len(finished))
    return {
        "standing": standing,
        "finished_count": len(finished),
        "exercise_count": len(tutor.exercises),
        "next_exercise": todo,
        "exercise_version": sha256(repr(kept).encode()).hexdigest()[:16],
    }
