"""`rhc conformance report` and `diff`, and what a run shows and writes at its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from card_os.crypto.sm2 import Sm2UnavailableError
from card_os.spec.model import Meaning
from command_line.failures import plain_errors
from language import _, choose, current, describe
from reader_client.cli import Json
from reader_client.conformance.report import checking, reading, signing, writing
from reader_client.conformance.report.difference import difference
from reader_client.conformance.report.document import Document
from reader_client.conformance.result import Outcome

WORSE = 1
SHOWN_FAILURES = 20
_OUTCOMES = {
    Outcome.PASSED.value: Meaning("通过", "passed"),
    Outcome.FAILED.value: Meaning("失败", "failed"),
    Outcome.SKIPPED.value: Meaning("未执行", "left out"),
    Outcome.ERROR.value: Meaning("中断", "broken off"),
    "": Meaning("无", "absent"),
}

ToFile = Path | None


def register(app: typer.Typer) -> None:
    """Put the commands into the group."""
    app.command("report", help=_("show a report, make another form of it, or verify its signature"))(report)
    app.command("diff", help=_("compare two reports; exit code 1 where the second one is worse"))(diff)


@plain_errors
def report(
    file: Annotated[Path, typer.Argument(metavar="REPORT", help=_("report.json or report.html of a run"))],
    *,
    html: Annotated[ToFile, typer.Option("--html", metavar="FILE", help=_("write the HTML page"))] = None,
    xml: Annotated[ToFile, typer.Option("--junit", metavar="FILE", help=_("write JUnit XML"))] = None,
    plain: Annotated[ToFile, typer.Option("--to-json", metavar="FILE", help=_("write the JSON"))] = None,
    svg: Annotated[ToFile, typer.Option("--badge", metavar="FILE", help=_("write the badge, an SVG"))] = None,
    sign_key: Annotated[
        ToFile, typer.Option("--sign-key", metavar="FILE", help=_("sign it anew with this key"))
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help=_("verify the signature; exit code 1 where it is wrong"))
    ] = False,
    public_key: Annotated[
        str, typer.Option("--public-key", help=_("verify, and the key must be this one of 128 hex digits"))
    ] = "",
) -> None:
    """Work with a report."""
    text = reading.read_text(file)
    found = reading.parse_report(text, file)
    if verify or public_key:
        key = checking.checked(found, text, file, public_key)
        typer.echo(_("the signature is right; public key {key}").format(key=key))
    if sign_key is not None:
        found = signing.signed(found, signing.signing_key(sign_key))
    wanted = [
        (kind, path)
        for kind, path in (("html", html), ("junit", xml), ("json", plain), ("badge", svg))
        if path
    ]
    for kind, path in wanted:
        writing.write(found, kind, path)
        typer.echo(_("written: {items}").format(items=path))
    if not (verify or public_key or wanted):
        show(found, None, as_json=False)


@plain_errors
def diff(
    before: Annotated[Path, typer.Argument(metavar="REPORT_A", help=_("the report of before"))],
    after: Annotated[Path, typer.Argument(metavar="REPORT_B", help=_("the report of now"))],
    *,
    as_json: Json = False,
) -> None:
    """Compare two reports."""
    changes = difference(reading.read_report(before), reading.read_report(after))
    if as_json:
        listed = [
            {"id": one.id, "before": one.before or None, "after": one.after or None, "worse": one.worse}
            for one in changes
        ]
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=1))
    else:
        for one in changes:
            outcomes = f"{choose(_OUTCOMES[one.before])} → {choose(_OUTCOMES[one.after])}"
            typer.echo(f"{'!' if one.worse else ' '} {one.id:<26} {outcomes:<22} {one.title[current()]}")
        typer.echo(_("{count} cases came out otherwise").format(count=len(changes)))
    if any(one.worse for one in changes):
        raise typer.Exit(WORSE)


def signed_where_possible(found: Document, key: Path | None) -> Document:
    """The report signed with a key; unsigned, with a line that says so, where the library for SM2 is missing.

    Raises SigningKeyError.
    """
    try:
        return signing.signed(found, signing.signing_key(key or signing.default_file()))
    except Sm2UnavailableError as error:
        typer.echo(_("the report is not signed: {reason}").format(reason=describe(error)), err=True)
        return found


def show(found: Document, out: Path | None, *, as_json: bool) -> None:
    """What a person sees of a report; `out` is the directory that gets its files."""
    written = writing.write_all(found, out) if out is not None else []
    if as_json:
        typer.echo(writing.json_text(found))
        return
    language = current()
    card = found["card"]
    if card["trouble"] is not None:
        line = _("this is no Residents' Health Card: {reason}").format(reason=card["trouble"][language])
        typer.echo(line)
    bad = [row for row in found["cases"] if row["outcome"] in (Outcome.FAILED, Outcome.ERROR)]
    for row in bad[:SHOWN_FAILURES]:
        typer.echo(f"{row['id']}  {row['title'][language]}")
        typer.echo(f"    {_why(row, language)}")
    if len(bad) > SHOWN_FAILURES:
        typer.echo(_("… and {count} more").format(count=len(bad) - SHOWN_FAILURES))
    if found["stopped"] is not None:
        typer.echo(found["stopped"][language])
    counts = ", ".join(f"{choose(_OUTCOMES[name])} {count}" for name, count in found["summary"].items())
    typer.echo(_("{counts}; {seconds:.1f} s").format(counts=counts, seconds=found["seconds"]))
    for path in written:
        typer.echo(_("written: {items}").format(items=path))


def _why(row: Document, language: str) -> str:
    found = row.get("finding")
    if not found:
        return str(row.get("reason", {}).get(language, ""))
    text = _("step {step}, {line}: expected {expected}; came {actual}")
    return text.format(
        step=found["step"],
        line=found["line"],
        expected=found["expected"][language],
        actual=found["actual"][language],
    )
