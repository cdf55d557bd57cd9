"""The reader's part of the command line: `rhc readers`, `read`, `write`, `visit`, `sam`; see also `hospital`.

The cards come from the `ChannelFactory` in the context (`obj`), from PC/SC where there is none. Exit codes:
0 done, 1 refused or failed with one line on standard error, 2 wrong usage.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from card_os.spec.loader import load
from command_line.failures import plain_errors
from language import _
from reader_client import commands
from reader_client.channel import ChannelFactory
from reader_client.exchange.output import Format, Output
from reader_client.hospital.validity import Environment
from reader_client.items import complete_assignments, complete_items
from reader_client.pcsc import READER_VARIABLE, SAM_READER_VARIABLE, PcscChannels
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession
from reader_client.trust import VARIABLE as TRUST_VARIABLE
from reader_client.trust import read_trust, trusted_roots
from reader_client.visits import VisitKind

PIN_VARIABLE = "RHC_SAM_PIN"
ENVIRONMENT_VARIABLE = "RHC_ENVIRONMENT"
# the PIN of the simulator's SAM and the default of both known terminals; spec: commands_and_crypto 2.2
DEFAULT_PIN = "123456"
ASK = "-"

Reader = Annotated[
    str | None,
    typer.Option("--reader", envvar=READER_VARIABLE, help=_("reader of the user card: its name or a part")),
]
Sam = Annotated[
    str | None,
    typer.Option("--sam", envvar=SAM_READER_VARIABLE, help=_("reader of the SAM: its name or a part")),
]
Pin = Annotated[
    str,
    typer.Option(
        "--pin",
        envvar=PIN_VARIABLE,
        help=_("PIN of the SAM; - asks for it; without it the PIN of the simulator is used"),
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help=_("print JSON"))]
Items = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ITEM",
        help=_("names of items; without any the whole card"),
        autocompletion=complete_items,
    ),
]
NewPin = Annotated[str, typer.Option("--new", prompt=_("new PIN"), hide_input=True, confirmation_prompt=True)]
Kind = Annotated[VisitKind, typer.Option("--kind", help=_("kind of the visit"))]
In = Annotated[
    Environment,
    typer.Option(
        "--environment",
        envvar=ENVIRONMENT_VARIABLE,
        case_sensitive=False,
        help=_("environment of the terminal; PROD refuses test cards"),
    ),
]
Roots = Annotated[
    Path | None,
    typer.Option(
        "--trust",
        envvar=TRUST_VARIABLE,
        help=_(
            "national roots that signatures must lead to: a file rhc-trust/1 or a directory of such files"
        ),
    ),
]

visit = typer.Typer(help=_("visit records on the card"), no_args_is_help=True)
sam_commands = typer.Typer(help=_("the SAM"), no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Put the commands of the reader into a command line."""
    app.command("readers", help=_("list the readers and the cards in them"))(readers)
    app.command("read", help=_("read the card, or some items of it"))(read)
    app.command("write", help=_("write items by name"))(write)
    app.add_typer(visit, name="visit")
    from reader_client.hospital import hospital_cli  # noqa: PLC0415  it takes its options from here

    hospital_cli.register(app, visit)
    app.add_typer(sam_commands, name="sam")


@plain_errors
def readers(ctx: typer.Context, as_json: Json = False) -> None:
    """List the readers."""
    commands.run_readers(channels_of(ctx).readers(), as_json)


@plain_errors
def read(
    ctx: typer.Context,
    items: Items = None,
    *,
    reader: Reader = None,
    sam: Sam = None,
    pin: Pin = DEFAULT_PIN,
    form: Annotated[
        Format | None, typer.Option("--format", help=_("how to show it; table unless given"))
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help=_("write to a file"))
    ] = None,
    photo: Annotated[
        Path | None, typer.Option("--photo", metavar="FILE", help=_("save the photo, a JPEG"))
    ] = None,
    mental_illness: Annotated[
        bool, typer.Option("--with-mental-illness", help=_("let this flag into FHIR and HTML too"))
    ] = False,
    as_json: Json = False,
) -> None:
    """Read the card."""
    if as_json and form not in (None, Format.JSON):
        raise typer.BadParameter(_("--json and --format contradict each other"))
    chosen = Format.JSON if as_json else form or Format.TABLE
    if items and chosen in (Format.FHIR, Format.HTML):
        raise typer.BadParameter(_("fhir and html are of the whole card; name no items"))
    with _session(ctx, reader, sam, pin) as session:
        commands.run_read(session, items or (), Output(chosen, file, photo, mental_illness))


@plain_errors
def write(
    ctx: typer.Context,
    assignments: Annotated[
        list[str],
        typer.Argument(metavar="ITEM=VALUE", help=_("what to write"), autocompletion=complete_assignments),
    ],
    *,
    reader: Reader = None,
    sam: Sam = None,
    pin: Pin = DEFAULT_PIN,
    as_json: Json = False,
) -> None:
    """Write items."""
    values = commands.assigned_values(load("health_card"), assignments)
    with _session(ctx, reader, sam, pin) as session:
        commands.run_write(session, values, as_json)


@visit.command("add", help=_("write a visit record into the first free slot, else over the oldest"))
@plain_errors
def visit_add(
    ctx: typer.Context,
    given: Annotated[list[str], typer.Argument(metavar="FILE.json|ITEM=VALUE", help=_("the record"))],
    *,
    kind: Kind,
    sign: Annotated[
        bool, typer.Option("--sign/--no-sign", help=_("have the SAM sign the record where it can"))
    ] = True,
    with_z: Annotated[
        bool, typer.Option("--with-z/--without-z", help=_("sign SM3(Z and data), or SM3(data) alone"))
    ] = True,
    reader: Reader = None,
    sam: Sam = None,
    pin: Pin = DEFAULT_PIN,
    as_json: Json = False,
) -> None:
    """Write a visit record."""
    values = commands.visit_values(load("health_card"), kind, given)
    with _session(ctx, reader, sam, pin) as session:
        commands.run_visit_add(session, kind, values, sign=sign, with_z=with_z, as_json=as_json)


@visit.command("verify", help=_("verify the signatures of visit records; exit code 1 where one is wrong"))
@plain_errors
def visit_verify(
    ctx: typer.Context,
    *,
    kind: Annotated[VisitKind | None, typer.Option("--kind", help=_("kind of the visit; else both"))] = None,
    slot: Annotated[
        int | None, typer.Option("--slot", min=1, help=_("slot, counted from 1; else all valid ones"))
    ] = None,
    environment: In = Environment.TEST,
    trust: Roots = None,
    reader: Reader = None,
    sam: Sam = None,
    pin: Pin = DEFAULT_PIN,
    as_json: Json = False,
) -> None:
    """Verify the signatures of visit records."""
    if slot is not None and kind is None:
        raise typer.BadParameter(_("--slot needs --kind"))
    roots = trusted_roots(given_roots(trust), test=environment is Environment.TEST)
    kinds = [kind] if kind else list(VisitKind)
    with _session(ctx, reader, sam, pin) as session:
        good = commands.run_visit_verify(session, kinds, slot, roots, as_json)
    if not good:
        raise typer.Exit(1)


@visit.command("erase", help=_("mark a visit record invalid; needs a SAM of the card's province"))
@plain_errors
def visit_erase(
    ctx: typer.Context,
    slot: Annotated[int, typer.Argument(min=1, help=_("slot, counted from 1"))],
    *,
    kind: Kind,
    reader: Reader = None,
    sam: Sam = None,
    pin: Pin = DEFAULT_PIN,
    as_json: Json = False,
) -> None:
    """Mark a visit record invalid."""
    with _session(ctx, reader, sam, pin) as session:
        commands.run_visit_erase(session, kind, slot, as_json)


@sam_commands.command("info", help=_("read the information files of the SAM"))
@plain_errors
def sam_info(ctx: typer.Context, reader: Reader = None, sam: Sam = None, as_json: Json = False) -> None:
    """Read the information files of the SAM."""
    with _sam_session(ctx, reader, sam) as session:
        commands.run_sam_info(session, as_json)


@sam_commands.command("change-pin", help=_("change the PIN of the SAM"))
@plain_errors
def sam_change_pin(
    ctx: typer.Context,
    old: Annotated[str, typer.Option("--old", prompt=_("old PIN"), hide_input=True)],
    new: NewPin,
    *,
    reader: Reader = None,
    sam: Sam = None,
    as_json: Json = False,
) -> None:
    """Change the PIN of the SAM."""
    with _sam_session(ctx, reader, sam) as session:
        commands.run_change_pin(session, old, new, as_json)


def channels_of(ctx: typer.Context) -> ChannelFactory:
    """Where the cards come from: the factory in the context, else PC/SC."""
    found: ChannelFactory | None = ctx.obj
    return found if found is not None else PcscChannels()


def given_roots(path: Path | None) -> dict[str, bytes]:
    """The national roots of an option; none where it is not given. Raises TrustError."""
    return {} if path is None else read_trust(path)


def given_pin(pin: str) -> str:
    """The PIN of the SAM, asked for where the option says so."""
    given: str = typer.prompt(_("PIN of the SAM"), hide_input=True) if pin == ASK else pin
    return given


@contextmanager
def _sam_session(ctx: typer.Context, reader: str | None, sam: str | None) -> Iterator[SamSession]:
    channel = channels_of(ctx).sam(reader, sam)
    try:
        session = SamSession(channel)
        session.open()
        yield session
    finally:
        channel.close()


@contextmanager
def _session(
    ctx: typer.Context, reader: str | None, sam: str | None, pin: str
) -> Iterator[HealthCardSession]:
    """Both cards connected, the PIN verified, the card's factors found."""
    with ExitStack() as open_channels:
        card = channels_of(ctx).user_card(reader, sam)
        open_channels.callback(card.close)
        sam_session = open_channels.enter_context(_sam_session(ctx, reader, sam))
        sam_session.verify_pin(given_pin(pin))
        session = HealthCardSession(card, sam_session)
        session.open()
        yield session
