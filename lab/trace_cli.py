"""`rhc trace`: explain, replay and time a recorded trace, ours or that of another reader."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from card_os.spec.errors import PlainError
from card_os.spec.loader import load
from card_os.trace import Estimate, Exchange, Explainer, Explanation, Trace, estimates, read_trace
from card_os.trace.reading import PROFILES, profile_of
from card_os.trace.words import printable
from command_line.failures import plain_errors
from language import _
from reader_client.errors import CardRemovedError
from reader_client.replay import ReplayChannel

HEX_SHOWN = 28

trace_app = typer.Typer(help=_("recorded exchanges with a card"), no_args_is_help=True)

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help=_("a trace of `rhc sim --trace`, or a log with hex lines such as of pcscd --apdu"),
    ),
]
Json = Annotated[bool, typer.Option("--json", help=_("print JSON lines"))]


class UnknownProfileError(PlainError):
    """A profile that is not there."""

    template = "--profile {name}: there are {known}"


class BrokenTraceError(PlainError):
    """A recording with gaps cannot be replayed."""

    template = "{file}: {count} lines cannot be read, line {line} first; a replay needs them all"


@trace_app.command("explain", help=_("tell each exchange in words, and why a status word came"))
@plain_errors
def explain(
    file: File,
    *,
    values: Annotated[bool, typer.Option("--values", help=_("show values of data items, too"))] = False,
    secrets: Annotated[bool, typer.Option("--secrets", help=_("show PINs and keys, too"))] = False,
    profile: Annotated[
        str | None, typer.Option("--profile", help=_("health_card or sam, for the log of another reader"))
    ] = None,
    as_json: Json = False,
) -> None:
    """Explain a trace."""
    trace = read_trace(file)
    console = Console(highlight=False)
    explainer = Explainer(load(_profile(trace, profile)), values, secrets=secrets, hide_data=not values)
    for number, exchange in enumerate(trace.exchanges, start=1):
        told = explainer.explain(exchange)
        if as_json:
            typer.echo(json.dumps(_row(number, exchange, told), ensure_ascii=False))
        else:
            console.print(_line(number, told), soft_wrap=True)
    _tell_unreadable(trace)


@trace_app.command("replay", help=_("play a trace without reader and card, and check that it is whole"))
@plain_errors
def replay(file: File, *, as_json: Json = False) -> None:
    """Play a trace."""
    trace = read_trace(file)
    if trace.unreadable:
        raise BrokenTraceError(file=file, count=trace.unreadable, line=trace.first_unreadable)
    resets, commands, masked = _play(trace.exchanges)
    if as_json:
        row = {"ok": True, "resets": resets, "commands": commands, "masked": masked}
        typer.echo(json.dumps(row))
        return
    text = _("{commands} commands and {resets} resets were played, each with its recorded answer.")
    typer.echo(text.format(commands=commands, resets=resets))
    if masked:
        typer.echo(_("{count} commands have masked bytes; any PIN or key fits them.").format(count=masked))


@trace_app.command("time", help=_("estimate how long the exchanges take on real hardware"))
@plain_errors
def time(file: File, *, as_json: Json = False) -> None:
    """Estimate the time on real hardware."""
    trace = read_trace(file)
    found = estimates(trace.exchanges)
    if as_json:
        for estimate in found:
            typer.echo(json.dumps(asdict(estimate)))
        return
    for estimate in found:
        typer.echo(_time_line(estimate))
    measured = sum(exchange.seconds for exchange in trace.exchanges)
    typer.echo(_("as recorded: {seconds:.3f} s").format(seconds=measured))
    typer.echo(_("Counted is the time on the line; the work of card and terminal comes on top."))
    _tell_unreadable(trace)


def _profile(trace: Trace, wanted: str | None) -> str:
    if wanted is None:
        return profile_of(trace)
    if wanted not in PROFILES:
        raise UnknownProfileError(name=wanted, known=", ".join(PROFILES))
    return wanted


def _play(exchanges: Sequence[Exchange]) -> tuple[int, int, int]:
    """Resets, commands, and masked ones among them."""
    channel = ReplayChannel(exchanges)
    resets = masked = 0
    for exchange in exchanges:
        if exchange.is_reset:
            channel.reset()
            resets += 1
        else:
            with suppress(CardRemovedError):  # an answer that broke off was recorded so
                channel.transmit(exchange.whole_command)
            masked += exchange.masked > 0
    return resets, len(exchanges) - resets, masked


def _row(number: int, exchange: Exchange, told: Explanation) -> dict[str, object]:
    times = {"start": round(exchange.start, 6), "microseconds": round(exchange.seconds * 1e6)}
    return {"number": number, **asdict(told), **times}


def _line(number: int, told: Explanation) -> Text:
    shown = told.command or told.response
    shown = shown if len(shown) <= HEX_SHOWN else shown[: HEX_SHOWN - 1] + "…"
    line = Text(f"{number:>4}  ")
    line.append(f"{shown:<{HEX_SHOWN}}  ", style="dim")
    line.append(printable(told.line), style="" if told.ok else "red")
    if told.masked:
        line.append("  " + _("[masked]"), style="dim")
    return line


def _time_line(estimate: Estimate) -> str:
    text = _("{protocol:<5} {speed:>7} bit/s  {exchanges:>5} exchanges  {bytes:>7} bytes  {seconds:>9.3f} s")
    return text.format(**asdict(estimate))


def _tell_unreadable(trace: Trace) -> None:
    if trace.unreadable:
        text = _("{count} of {lines} lines hold no exchange, line {first} first.")
        line = text.format(count=trace.unreadable, lines=trace.lines, first=trace.first_unreadable)
        typer.echo(line, err=True)
