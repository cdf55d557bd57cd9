"""Applications: entered, submitted, corrected, reviewed and released; the master index behind them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import Base64Bytes, BaseModel, Field

from issuer.api.caller import Working
from issuer.api.refusals import ProblemOut, responses
from issuer.applications import intake, list_intake, merging, release, reviews, work_lists
from issuer.applications.form import Form, filled
from issuer.applications.identity import PersonKey
from issuer.applications.replacement import apply_for_replacement
from issuer.applications.reviews import Party, Verdict
from issuer.applications.rules import Problem

router = APIRouter(prefix="/applications", tags=["applications"])
_PLAIN = r"^[0-9A-Za-z_-]*$"
Number = Annotated[str, Path(max_length=20, pattern=_PLAIN, description="number of an application")]
Numbers = Annotated[
    list[Annotated[str, Field(max_length=20, pattern=_PLAIN)]], Field(min_length=1, max_length=20_000)
]
Code = Annotated[str, Field(max_length=16, pattern=_PLAIN)]
Values = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=400)]],
    Field(max_length=150, description="texts by the names of fields; an empty one takes the field away"),
]
Photo = Annotated[Base64Bytes | None, Field(description="JPEG or PNG, base64")]


class FormIn(BaseModel):
    """A form at a collection point."""

    point: Code
    mode: str = Field(default="single", max_length=8, description="single, batch or instant")
    source: str = Field(default="01", max_length=2, description="01 person, 02 unit")
    values: Values
    photo: Photo = None


class ChangesIn(BaseModel):
    """What is changed in a form."""

    values: Values = {}
    photo: Photo = None


class EnteredOut(BaseModel):
    """An application, and what still stands against it."""

    number: str
    state: str
    problems: list[ProblemOut]


class AcceptedOut(BaseModel):
    """A line of a list that became an application."""

    line: int
    number: str


class LineProblemOut(ProblemOut):
    """A rule that a line of a list breaks."""

    line: int


class ReceiptOut(BaseModel):
    """What became of a list."""

    digest: str
    lines: int
    accepted: list[AcceptedOut]
    problems: list[LineProblemOut]


class ReasonIn(BaseModel):
    """A reason that people will read; nothing personal."""

    reason: str = Field(max_length=200)


class ReviewIn(BaseModel):
    """A verdict on several applications; a reason is needed unless they pass."""

    numbers: Numbers
    reason: str = Field(default="", max_length=200)


class NumbersIn(BaseModel):
    """Several applications."""

    numbers: Numbers


class HeldOut(BaseModel):
    """What holds an application back."""

    number: str
    problems: list[ProblemOut]


class ReleasedOut(BaseModel):
    """What is ready to be made, and what is not."""

    ready: list[str]
    held: list[HeldOut]


class ReplacementIn(BaseModel):
    """An application for another card in place of one that is over."""

    card_id: str = Field(max_length=32, pattern=_PLAIN)
    business: str = Field(max_length=2, description="05 lost, 06 change, 07 warranty")
    point: Code
    values: Values = {}


class NumberOut(BaseModel):
    """The number of an application."""

    number: str


class KeyIn(BaseModel):
    """A document: its type in two characters, and its number."""

    document_type: str = Field(max_length=2)
    document_number: str = Field(max_length=18)

    def key(self) -> PersonKey:
        """The key; raises UnknownDocumentError."""
        return PersonKey.known(self.document_type, self.document_number)


class MergeIn(BaseModel):
    """Two numbers of one person."""

    old: KeyIn
    new: KeyIn


class PersonOut(BaseModel):
    """A person of the master index, by id only."""

    person_id: str


class FoundOut(BaseModel):
    """Whether a person is known, has a live card or an open application, and may apply for a first card."""

    known: bool
    card_state: str | None
    application: str | None
    may_apply: bool


class RowOut(BaseModel):
    """An application without anything personal."""

    number: str
    state: str
    state_since: datetime
    mode: str
    business: str
    county: str
    collection_point: str
    round: int
    return_reason: str | None


class ReviewOut(BaseModel):
    """What a reviewer said."""

    round: int
    party: str
    verdict: str
    reason: str
    operator: str
    at: datetime


class ApplicationOut(RowOut):
    """An application with its personal data."""

    applied_on: date
    values: dict[str, str]
    photo: str | None = Field(description="JPEG, base64")
    reviews: list[ReviewOut]
    possible: list[str]


class CountOut(BaseModel):
    """How many applications a county has in a state."""

    county: str
    state: str
    count: int


# --- what stands there ------------------------------------------------------------------------------------


@router.get("", operation_id="application.list", responses=responses())
def listed(
    work: Working,
    *,
    waiting: Annotated[bool, Query(description="what waits for the caller, only")] = False,
    state: Annotated[str, Query(max_length=16, pattern=_PLAIN)] = "",
    county: Annotated[str, Query(max_length=6, pattern=_PLAIN)] = "",
    point: Annotated[str, Query(max_length=16, pattern=_PLAIN)] = "",
    limit: Annotated[int, Query(ge=1, le=work_lists.MOST)] = 100,
) -> list[RowOut]:
    """Applications, the longest waiting first."""
    if waiting:
        rows = work_lists.work_list(work, limit)
    else:
        rows = work_lists.listed(work, state=state, county=county, point=point, limit=limit)
    return [RowOut(**row) for row in rows]


@router.get("/statistics", operation_id="application.stats", responses=responses())
def statistics(work: Working) -> list[CountOut]:
    """How many applications each county has in each state."""
    return [CountOut(**row) for row in work_lists.statistics(work)]


@router.post("/search", operation_id="application.find", responses=responses())
def find(body: KeyIn, work: Working) -> FoundOut:
    """Find before make: a person by any number; in the body, since addresses are written into logs."""
    found = work_lists.find(work, body.key())
    if found is None:
        return FoundOut(known=False, card_state=None, application=None, may_apply=True)
    state = found.card.state if found.card else None
    return FoundOut(known=True, card_state=state, application=found.application, may_apply=found.may_apply)


@router.get("/{number}", operation_id="application.show", responses=responses(404))
def shown(number: Number, work: Working) -> ApplicationOut:
    """One application with its personal data; looking at it is written down."""
    found = work_lists.shown(work, number)
    row = found.row
    photo = base64.b64encode(row["photo"]).decode() if row["photo"] else None
    cells = {name: row[name] for name in (*RowOut.model_fields, "applied_on")}
    kept = [ReviewOut(**one) for one in found.reviews]
    return ApplicationOut(
        **cells, values=row["form"], photo=photo, reviews=kept, possible=list(found.possible)
    )


# --- at the collection point ------------------------------------------------------------------------------


@router.post("", operation_id="application.enter", status_code=201, responses=responses(404))
def enter(body: FormIn, work: Working) -> EnteredOut:
    """Enter an application; what it lacks is told and may come later."""
    form = Form(filled(body.values), body.photo)
    return _entered(intake.enter(work, body.point, form, mode=body.mode, source=body.source))


@router.post(
    "/{number}/submission",
    operation_id="application.submit",
    status_code=204,
    responses=responses(404, 409),
)
def submit(number: Number, work: Working) -> None:
    """Send an application to the reviewers; a refusal tells every rule that it breaks."""
    intake.submit(work, number)


@router.post(
    "/lists",
    operation_id="application.submit_file",
    status_code=201,
    responses=responses(404, 409),
)
def submit_file(
    body: Annotated[bytes, Body(media_type="application/octet-stream", description="rhc-applications/1")],
    work: Working,
    accept_good_lines: Annotated[bool, Query(description="take the good lines in alone")] = False,
) -> ReceiptOut:
    """Take in a list with its photos inside; one bad line refuses all of it, unless asked otherwise."""
    receipt = list_intake.submit_file(work, body, _no_photo, accept_good_lines=accept_good_lines)
    return ReceiptOut.model_validate(receipt.as_json())


@router.patch("/{number}", operation_id="application.correct", responses=responses(404, 409))
def correct(number: Number, body: ChangesIn, work: Working) -> EnteredOut:
    """Change fields of an application that is new or was returned."""
    return _entered(intake.correct(work, number, body.values, body.photo))


@router.post(
    "/{number}/withdrawal",
    operation_id="application.withdraw",
    status_code=204,
    responses=responses(404, 409),
)
def withdraw(number: Number, body: ReasonIn, work: Working) -> None:
    """End an application because the applicant wishes so."""
    intake.withdraw(work, number, body.reason)


@router.post(
    "/replacements",
    operation_id="application.replace",
    status_code=201,
    responses=responses(404, 409),
)
def replace(body: ReplacementIn, work: Working) -> NumberOut:
    """Apply for another card in place of one that is cancelled or expired."""
    number = apply_for_replacement(work, body.card_id, body.business, body.point, body.values)
    return NumberOut(number=number)


# --- reviews ----------------------------------------------------------------------------------------------


@router.post("/releases", operation_id="application.release", responses=responses(404, 409))
def released(body: NumbersIn, work: Working) -> ReleasedOut:
    """Let applications be made; those against which something stands by now are held back."""
    done = release.release(work, body.numbers)
    held = [HeldOut(number=number, problems=_told(found)) for number, found in done.held.items()]
    return ReleasedOut(ready=list(done.ready), held=held)


@router.post(
    "/{number}/instant",
    operation_id="application.instant_pass",
    status_code=204,
    responses=responses(404, 409),
)
def instant_pass(number: Number, work: Working) -> None:
    """Review at the desk for a card at once; takes the collector and a reviewer."""
    release.instant_pass(work, number)


@router.post("/merges", operation_id="application.merge", responses=responses(404, 409))
def merge(body: MergeIn, work: Working) -> PersonOut:
    """Let two numbers be those of one person; takes two reviewers."""
    person_id = merging.merge(work, body.old.key(), body.new.key(), body.new.document_type)
    return PersonOut(person_id=person_id)


def _reviewing(party: Party, verdict: Verdict) -> Callable[[ReviewIn, Working], None]:
    def given(body: ReviewIn, work: Working) -> None:
        reviews.give(work, party, verdict, body.numbers, body.reason)

    given.__doc__ = f"Review for the {party}: {verdict}."
    return given


for _party in Party:
    for _verdict in Verdict:
        router.add_api_route(
            f"/reviews/{_party}/{_verdict}",
            _reviewing(_party, _verdict),
            methods=["POST"],
            operation_id=f"application.{_party}_{_verdict}",
            status_code=204,
            responses=responses(404, 409),
        )


def _entered(entered: intake.Entered) -> EnteredOut:
    return EnteredOut(number=entered.number, state=entered.state, problems=_told(entered.problems))


def _told(problems: tuple[Problem, ...]) -> list[ProblemOut]:
    return [ProblemOut(**problem.as_json()) for problem in problems]


def _no_photo(_name: str) -> bytes:
    raise FileNotFoundError(2, "No such file or directory")
