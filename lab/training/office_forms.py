"""The forms of the issuing office."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from sqlalchemy import select

from card_os.spec.model import Meaning
from issuer.applications import release, reviews
from issuer.applications.documents import documents
from issuer.applications.reviews import Party
from issuer.registry.schema.applications import application
from lab.training.office import office_of
from lab.training.office_places import PEOPLE
from lab.training.seat import Seat
from lab.training.window import Field, Section

PHOTO, TASK, VERDICT, REASON = "photo", "task", "verdict", "reason"
APPLICATION, PRESENCE = "application", "presence"
TYPE, NUMBER = "document_type", "document_number"
ACT, SLIP, NEW_PIN, PIN_AGAIN = "act", "slip", "new_pin", "pin_again"
RELEASE = "release"
LOOK, PASS, RETURN, REFUSE = "look", "pass", "return", "refuse"
ORAL, FORMAL, UNDO, REPLACE = "oral", "formal", "undo", "replace"
_RELEASING = Meaning("省卡管中心放行制卡", "release by the centre")
_PARTIES = ((Party.COUNTY, "county"), (Party.CENTRE, "centre"), (Party.BANK, "bank"))


def application_form(_seat: Seat) -> Sequence[Section]:
    """What an applicant hands in; which of it must be there the rules of the issuer say, not the form."""
    items = (
        "holder_name",
        "sex_code",
        "birth_date",
        "ethnic_group_code",
        "address_type_1",
        "address_1",
        "holder_phone_1",
    )
    applicant = (*_document(), *(Field(name, name) for name in items))
    photo = Field(
        PHOTO,
        kind="checkbox",
        label=Meaning("已拍照", "The photo was taken"),
        hint=Meaning("本页代您拍一张假人像", "the page takes one of an invented face"),
    )
    return (
        Section(Meaning("申领人", "applicant"), (*applicant, photo)),
        Section(
            Meaning("监护人（未满16周岁）", "guardian (under 16)"),
            (
                _line("guardian_name", "监护人姓名", "Name of the guardian", 30),
                *_document("guardian_", Meaning("监护人证件种类", "Document of the guardian"),
                           Meaning("监护人证件号", "Its number")),
                _codes("guardian_relation", "relation", "与申领人关系", "What the guardian is"),
                _codes("guardian_proof", "proof", "监护关系证明", "Proof of it"),
                _line("guardian_phone", "监护人电话", "Phone of the guardian", 20),
            ),
            folded=True,
        ),
    )  # fmt: skip


def review_form(seat: Seat) -> Sequence[Section]:
    """What waits for whom, and what may be said of it."""
    tasks: dict[str, Meaning] = {}
    office = office_of(seat)
    for party, name in _PARTIES:
        with office.work(name) as work:
            for number in reviews.waiting(work, party):
                tasks[f"{name}:{number}"] = _task(PEOPLE[name].title, number)
    with office.work("centre") as work:
        for number in release.waiting(work):
            tasks[f"{RELEASE}:{number}"] = _task(
                Meaning("省卡管中心放行制卡", "release by the centre"), number
            )
    verdicts = {
        LOOK: Meaning("先看申领内容", "look at the application first"),
        PASS: Meaning("通过", "pass"),
        RETURN: Meaning("退回采集点", "return to the collection point"),
        REFUSE: Meaning("不予办理", "refuse for good"),
    }
    return (
        Section(
            Meaning("待办", "what waits"),
            (
                _choice(TASK, Meaning("申领", "Application"), tasks, first=next(iter(tasks), "")),
                _choice(VERDICT, Meaning("意见", "Verdict"), verdicts, first=PASS),
                _line(REASON, "理由（退回或不予办理时）", "Reason, unless it passes", 200),
            ),
        ),
    )  # fmt: skip


def making_form(seat: Seat) -> Sequence[Section]:
    """Which application a card is made for."""
    with office_of(seat).looking() as work:
        wanted = select(application.c.number).where(application.c.state.in_(("READY", "IN_BATCH")))
        numbers = [row["number"] for row in work.rows(wanted.order_by(application.c.number))]
    choices = {number: Meaning(number, number) for number in numbers}
    chosen = _choice(
        APPLICATION, Meaning("申领", "Application"), choices, first=numbers[0] if numbers else ""
    )
    return (Section(Meaning("可以制卡的申领", "applications that may be made"), (chosen,)),)


def counter_form(_seat: Seat) -> Sequence[Section]:
    """Who comes for the card."""
    return (Section(Meaning("谁来领卡", "who comes"), (_presence(), *_document())), _other())


def loss_form(_seat: Seat) -> Sequence[Section]:
    """What is reported, of whose card."""
    acts = {
        ORAL: Meaning("口头挂失", "oral loss report"),
        FORMAL: Meaning("正式挂失", "written loss report"),
        UNDO: Meaning("解挂（凭挂失单号）", "undo the loss, by its slip"),
        REPLACE: Meaning("申请补卡", "apply for a replacement"),
    }
    slip = Field(SLIP, kind="text", label=Meaning("挂失单号", "Number of the slip"), most=24)
    return (
        Section(
            Meaning("业务", "what is wanted"),
            (_choice(ACT, Meaning("业务", "Business"), acts, first=FORMAL), *_document(), slip),
        ),
    )


def pin_form(_seat: Seat) -> Sequence[Section]:
    """The holder's document, and the new PIN twice."""
    digits = Meaning("6位数字，由持卡人自己输入", "six digits, typed by the holder")
    return (
        Section(Meaning("持卡人证件", "document of the holder"), _document()),
        Section(
            Meaning("新密码", "new PIN"),
            (
                Field(NEW_PIN, kind="password", label=Meaning("新密码", "New PIN"), hint=digits, most=12),
                Field(PIN_AGAIN, kind="password", label=Meaning("再输一次", "Once more"), most=12),
            ),
        ),
    )


def _presence() -> Field:
    known = {"holder": Meaning("本人", "the holder"), "guardian": Meaning("监护人", "a guardian")}
    return _choice(PRESENCE, Meaning("来人", "Who"), known, first="holder")


def _other() -> Section:
    return Section(
        Meaning("监护人", "guardian"),
        (
            _line("other_name", "监护人姓名", "Name of the guardian", 30),
            *_document(
                "other_",
                Meaning("监护人证件种类", "Document of the guardian"),
                Meaning("监护人证件号", "Its number"),
            ),
            _codes("relation", "relation", "与持卡人关系", "What the guardian is"),
            _codes("proof", "proof", "监护关系证明", "Proof of it"),
        ),
        folded=True,
    )


def _document(
    prefix: str = "",
    kind: Meaning = Meaning("证件种类", "Document"),  # noqa: B008  a frozen value
    number: Meaning = Meaning("证件号", "Its number"),  # noqa: B008
) -> tuple[Field, Field]:
    known = {code: row.meaning for code, row in documents().items() if code != "NB"}
    return (
        _choice(prefix + TYPE, kind, known, first="" if prefix else "01"),
        Field(prefix + NUMBER, kind="text", label=number, most=18),
    )


def _codes(name: str, table: str, chinese: str, english: str) -> Field:
    return _choice(name, Meaning(chinese, english), code_names(table))


@cache
def code_names(table: str) -> Mapping[str, Meaning]:
    """The codes of `relation` or `proof` with their names."""
    text = (files("issuer.applications") / "guardian_codes.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["code"]: Meaning(row["chinese"], row["english"]) for row in rows if row["table"] == table}


def _line(name: str, chinese: str, english: str, most: int) -> Field:
    return Field(name, kind="text", label=Meaning(chinese, english), most=most)


def _choice(name: str, label: Meaning, choices: Mapping[str, Meaning], first: str = "") -> Field:
    return Field(name, kind="choice", label=label, choices=choices, first=first)


def _task(who: Meaning, number: str) -> Meaning:
    return Meaning(f"{who.chinese}：{number}", f"{who.english}: {number}")
