"""What a step, an emergency and the swipe log show to a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from card_os.spec.model import DataItem, Profile
from language import _, choose, current, describe
from reader_client.contents import CardValue, shown
from reader_client.hospital.emergency import ABO, RH, Contact, EmergencyScreen
from reader_client.hospital.records import RecordState, VisitRecord
from reader_client.hospital.steps import StepResult
from reader_client.hospital.swipe_log import LogContents, Result
from reader_client.hospital.validity import Check, Environment, Verdict
from reader_client.tables import meaning, print_card

_RELATION = "contact_relation_1"


def print_step(console: Console, profile: Profile, result: StepResult) -> None:
    """A step: environment, checks, what was read, what was written, what the back end does now."""
    console.print(f"{choose(result.role.meaning)}  {_environment(result.environment)}")
    for check in result.checks:
        console.print(_check_line(check))
    values = {name: value for name, value in result.values.items() if value is not None}
    if values:
        print_card(console, profile, values)
    for visit in result.visits:
        _print_visit(console, profile, visit)
    if result.record is not None:
        where = f"{result.record.kind.collection}[{result.record.slot}]"
        if result.record.written is None:
            console.print(_("{where}: this visit is on the card already").format(where=where))
        else:
            console.print(_("{where}: the visit is written").format(where=where))
    if result.written:
        console.print(_("written: {items}").format(items=", ".join(result.written)))
    console.print(_("next: {task}").format(task=choose(result.role.back_end)))


def print_emergency(console: Console, profile: Profile, screen: EmergencyScreen) -> None:
    """The emergency screen: a line each, what is wrong with the card last."""
    table = Table(
        title=f"{_('EMERGENCY')}  {_environment(screen.environment)}", box=None, title_justify="left"
    )
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.show_header = False
    for heading, text in _medical(profile, screen):
        table.add_row(heading, Text(text))
    for contact in screen.contacts:
        table.add_row(_("to call"), Text(_contact(profile, contact)))
    for check in screen.checks:
        if check.verdict is not Verdict.PASSED:
            table.add_row("!", Text(check.words))
    for notice in screen.notices:
        table.add_row("!", Text(notice))
    console.print(table)


def _medical(profile: Profile, screen: EmergencyScreen) -> Iterator[tuple[str, str]]:
    if not screen.medical_read:
        yield _("medical data"), _("could not be read")
        return
    yield "ABO", _code(profile, ABO, screen.abo)
    yield "Rh", _code(profile, RH, screen.rh)
    yield _("warnings"), _labels(profile, screen.warnings) or _("none recorded")
    if screen.other_alert is not None:
        yield _("other warning"), shown(screen.other_alert)
    if screen.not_recorded:
        yield _("not recorded"), _labels(profile, screen.not_recorded)
    for entry in screen.allergies:
        yield _("allergy"), ": ".join(shown(value) for value in entry.values() if value is not None)
    if not screen.allergies:
        yield _("allergy"), _("none recorded")


def print_log(console: Console, contents: LogContents) -> None:
    """The swipe log, a row a line."""
    table = Table(box=None)
    for heading in (_("time"), _("step"), _("result"), _("card number"), "SAM", _("operator"), _("remark")):
        table.add_column(heading, overflow="fold")
    for row in contents.rows:
        table.add_row(
            row.time,
            row.step,
            _result(row.result),
            row.card_number or "",
            row.sam_serial or "",
            row.operator,
            row.text,
        )
    console.print(table)
    for number in contents.damaged_lines:
        console.print(_("line {number} is no row").format(number=number))


def _print_visit(console: Console, profile: Profile, visit: VisitRecord) -> None:
    prefix = f"{visit.kind.collection}[{visit.slot}]"
    by = f" (SAM {visit.signed_by})" if visit.signed_by else ""
    console.print(f"{prefix}: {record_words(visit.state)}{by}")
    if visit.warning:
        console.print(f"  {_('warning')}: {describe(visit.warning)}")
    if visit.whole:
        hidden = {item.name for item in profile.by_layout[visit.kind.data_layout] if not item.format}
        values = {
            f"{prefix}.{name}": value
            for name, value in visit.items.items()
            if value is not None and name not in hidden
        }
        print_card(console, profile, values)


def _check_line(check: Check) -> str:
    answer = f" ({check.answer})" if check.answer else ""
    return f"{_verdict(check.verdict)}: {check.words}{answer}"


def _environment(environment: Environment) -> str:
    return _("[TEST environment]") if environment is Environment.TEST else ""


def _verdict(verdict: Verdict) -> str:
    return {
        Verdict.PASSED: _("passed"),
        Verdict.WARNING: _("warning"),
        Verdict.REFUSED: _("refused"),
    }[verdict]


def _result(result: Result) -> str:
    return {
        Result.DONE: _("done"),
        Result.REFUSED: _("refused"),
        Result.CUT: _("cut"),
        Result.FAILED: _("failed"),
    }[result]


def record_words(state: RecordState) -> str:
    """What a visit record is worth, in the reader's language."""
    return {
        RecordState.SIGNED: _("signed, the signature holds"),
        RecordState.UNSIGNED: _("unsigned"),
        RecordState.UNKNOWN_ISSUER: _("signed by a SAM of an unknown issuer"),
        RecordState.BROKEN: _("the signature does not hold; not shown"),
        RecordState.INCOMPLETE: _("incomplete, its writing was cut; not shown"),
    }[state]


def _code(profile: Profile, name: str, value: CardValue) -> str:
    """A code in words; as it stands where no table knows it."""
    if value is None:
        return _("not recorded")
    return meaning(profile, profile.items[name], value) or shown(value)


def _labels(profile: Profile, names: Iterable[str]) -> str:
    return ", ".join(_label(profile.items[name]) for name in names)


def _label(item: DataItem) -> str:
    """The Chinese name of a flag, or its English one in words."""
    if current() == "zh":
        return item.chinese.removesuffix("标志")
    return item.name.removesuffix("_flag").replace("_", " ")


def _contact(profile: Profile, contact: Contact) -> str:
    relation = "" if contact.relation is None else f" ({_code(profile, _RELATION, contact.relation)})"
    return f"{shown(contact.name)}{relation} {shown(contact.phone)}".strip()
