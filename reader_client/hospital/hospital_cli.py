"""`rhc visit register … discharge`, `rhc emergency`, `rhc swipe-log show`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from card_os.spec.card_list import CardList
from card_os.spec.codecs import Value, from_json
from card_os.spec.loader import load
from command_line.failures import plain_errors
from language import _, describe
from reader_client import commands
from reader_client.cli import (
    DEFAULT_PIN,
    In,
    Json,
    Pin,
    Reader,
    Roots,
    Sam,
    channels_of,
    given_pin,
    given_roots,
)
from reader_client.hospital import screens, steps
from reader_client.hospital.emergency import emergency
from reader_client.hospital.lists import KEY_VARIABLE, CardListError, ListKeyError, read_list, trusted_key
from reader_client.hospital.steps import Allergy, Immunization, StepResult
from reader_client.hospital.swipe_log import LogContents, SwipeLog, directory
from reader_client.hospital.terminal import Post, Terminal, ready_sam, with_card
from reader_client.hospital.validity import Environment
from reader_client.visits import VisitKind
from reader_client.waiting import wait_for_user_card

LIST_VARIABLE = "RHC_CARD_LIST"
OPERATOR_VARIABLE = "RHC_OPERATOR"

ListFile = Annotated[
    Path | None,
    typer.Option("--list", envvar=LIST_VARIABLE, help=_("black and grey list, a JSON or CSV file")),
]
ListKey = Annotated[
    str | None,
    typer.Option(
        "--list-key", envvar=KEY_VARIABLE, help=_("public key that must have signed the list, 128 hex digits")
    ),
]
Operator = Annotated[
    str, typer.Option("--operator", envvar=OPERATOR_VARIABLE, help=_("who works here, for the log"))
]
IdChecked = Annotated[
    bool,
    typer.Option("--id-checked", help=_("the ID document was looked at; a card on the grey list needs it")),
]
Record = Annotated[list[str], typer.Argument(metavar="FILE.json|ITEM=VALUE", help=_("the record"))]

swipe_log = typer.Typer(help=_("the log of all cards that came to this terminal"), no_args_is_help=True)


def register(app: typer.Typer, visit: typer.Typer) -> None:
    """Put the commands of a hospital into a command line and into its group `visit`."""
    for name, step, text in (
        ("register", steps.register, _("registration: who comes, and whom to call")),
        ("laboratory", steps.laboratory, _("laboratory or examination: whose orders to look for")),
        ("pharmacy", steps.pharmacy, _("pharmacy: whose prescription to look for")),
        ("admit", steps.admit, _("admission: who is admitted")),
    ):
        visit.command(name, help=text)(_reading_command(step))
    visit.command("doctor", help=_("doctor: read the medical data, add to them"))(doctor)
    for name, writing_step, kind, text in (
        ("cashier", steps.cashier, VisitKind.OUTPATIENT, _("cashier: write the outpatient record")),
        ("discharge", steps.discharge, VisitKind.INPATIENT, _("discharge: write the inpatient record")),
    ):
        visit.command(name, help=text)(_writing_command(writing_step, kind))
    app.command("emergency", help=_("blood groups, warnings, allergies, contacts; at once and logged"))(
        emergency_command
    )
    app.add_typer(swipe_log, name="swipe-log")


def _reading_command(step: Callable[..., StepResult]) -> Callable[..., None]:
    @plain_errors
    def command(
        ctx: typer.Context,
        *,
        id_checked: IdChecked = False,
        environment: In = Environment.TEST,
        list_file: ListFile = None,
        list_key: ListKey = None,
        trust: Roots = None,
        operator: Operator = "",
        reader: Reader = None,
        sam: Sam = None,
        pin: Pin = DEFAULT_PIN,
        as_json: Json = False,
    ) -> None:
        post = _post(environment, list_file, list_key, trust, operator)
        with _terminal(ctx, post, reader, sam, pin) as terminal:
            _show(terminal, step(terminal, id_checked=id_checked), as_json)

    return command


def _writing_command(step: Callable[..., StepResult], kind: VisitKind) -> Callable[..., None]:
    @plain_errors
    def command(
        ctx: typer.Context,
        given: Record,
        *,
        id_checked: IdChecked = False,
        environment: In = Environment.TEST,
        list_file: ListFile = None,
        list_key: ListKey = None,
        trust: Roots = None,
        operator: Operator = "",
        reader: Reader = None,
        sam: Sam = None,
        pin: Pin = DEFAULT_PIN,
        as_json: Json = False,
    ) -> None:
        values = commands.visit_values(load("health_card"), kind, given)
        post = _post(environment, list_file, list_key, trust, operator)
        with _terminal(ctx, post, reader, sam, pin) as terminal:
            _show(terminal, step(terminal, values, id_checked=id_checked), as_json)

    return command


@plain_errors
def doctor(
    ctx: typer.Context,
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="ITEM=VALUE", help=_("warnings and blood groups to write"))
    ] = None,
    *,
    allergy: Annotated[
        list[str] | None, typer.Option("--allergy", metavar="NAME[=REACTION]", help=_("a new allergy"))
    ] = None,
    immunization: Annotated[
        list[str] | None, typer.Option("--immunization", metavar="NAME[=DATE]", help=_("a new immunisation"))
    ] = None,
    id_checked: IdChecked = False,
    environment: In = Environment.TEST,
    list_file: ListFile = None,
    list_key: ListKey = None,
    trust: Roots = None,
    operator: Operator = "",
    reader: Reader = None,
    sam: Sam = None,
    pin: Pin = DEFAULT_PIN,
    as_json: Json = False,
) -> None:
    """Read the medical data and add to them."""
    values = commands.assigned_values(load("health_card"), assignments or ())
    allergies = [Allergy(name, reaction or None) for name, reaction in _pairs(allergy or ())]
    doses = [_immunization(name, day) for name, day in _pairs(immunization or ())]
    with _terminal(
        ctx, _post(environment, list_file, list_key, trust, operator), reader, sam, pin
    ) as terminal:
        result = steps.doctor(
            terminal, values, allergies=allergies, immunizations=doses, id_checked=id_checked
        )
        _show(terminal, result, as_json)


@plain_errors
def emergency_command(
    ctx: typer.Context,
    *,
    environment: In = Environment.TEST,
    list_file: ListFile = None,
    list_key: ListKey = None,
    operator: Operator = "",
    wait: Annotated[
        bool, typer.Option("--wait", help=_("make the SAM ready and wait until a card is put on the reader"))
    ] = False,
    reader: Reader = None,
    sam: Sam = None,
    pin: Pin = DEFAULT_PIN,
    as_json: Json = False,
) -> None:
    """Show what saves a life; a bad list of cards stops nobody."""
    notices: tuple[str, ...] = ()
    card_list: CardList | None = None
    try:
        card_list = _card_list(list_file, list_key)
    except (CardListError, ListKeyError) as error:
        notices = (describe(error),)
    post = Post(SwipeLog(directory()), environment, card_list, operator)
    with _terminal(ctx, post, reader, sam, pin, wait=wait) as terminal:
        found = emergency(terminal)
        screen = replace(found, notices=notices + found.notices)
        if as_json:
            _print_json(screen.to_json())
        else:
            screens.print_emergency(_console(), terminal.session.profile, screen)


@swipe_log.callback()
def log_group() -> None:
    """Keep `show` a command of its own, though it is the only one."""


@swipe_log.command("show", help=_("show the log, the oldest row first"))
@plain_errors
def log_show(
    *,
    full: Annotated[
        bool, typer.Option("--full", help=_("whole card numbers instead of their last four characters"))
    ] = False,
    as_json: Json = False,
) -> None:
    """Show the log."""
    found = SwipeLog(directory()).read()
    if not full:
        found = LogContents(tuple(row.masked() for row in found.rows), found.damaged_lines)
    if as_json:
        rows = [row.to_json() for row in found.rows]
        _print_json({"rows": rows, "damaged_lines": list(found.damaged_lines)})
    else:
        screens.print_log(_console(), found)


def _post(
    environment: Environment, list_file: Path | None, list_key: str | None, trust: Path | None, operator: str
) -> Post:
    card_list = _card_list(list_file, list_key)
    return Post(SwipeLog(directory()), environment, card_list, operator, roots=given_roots(trust))


def _card_list(list_file: Path | None, list_key: str | None) -> CardList | None:
    return read_list(list_file, trusted_key(list_key)) if list_file else None


@contextmanager
def _terminal(
    ctx: typer.Context, post: Post, reader: str | None, sam: str | None, pin: str, *, wait: bool = False
) -> Iterator[Terminal]:
    """Both cards connected and the SAM ready; the step itself opens the card, so that the log has it.

    With `wait` the SAM is ready before the card is there.
    """
    channels = channels_of(ctx)
    with ExitStack() as opened:
        sam_channel = opened.enter_context(closing(channels.sam(reader, sam)))
        card = None if wait else opened.enter_context(closing(channels.user_card(reader, sam)))
        prepared = ready_sam(sam_channel, given_pin(pin))
        if card is None:
            coming = wait_for_user_card(channels, reader, sam, on_wait=_tell_to_put_the_card)
            card = opened.enter_context(closing(coming))
        yield with_card(post, card, prepared)


def _tell_to_put_the_card() -> None:
    typer.echo(_("put the card on the reader; Ctrl-C ends"), err=True)


def _pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, rest) for name, _equals, rest in (text.partition("=") for text in texts)]


def _immunization(name: str, day: str) -> Immunization:
    item = load("health_card").items["immunization_date"]
    given: Value = from_json(item, day or None)
    return Immunization(name, given)  # type: ignore[arg-type]


def _show(terminal: Terminal, result: StepResult, as_json: bool) -> None:
    if as_json:
        _print_json(result.to_json())
    else:
        screens.print_step(_console(), terminal.session.profile, result)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def _console() -> Console:
    return Console(highlight=False, markup=False)
