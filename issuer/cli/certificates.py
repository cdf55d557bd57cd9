"""`rhc keys public`, `certify`, `keep-certificate`: the certificate of an issuer."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from issuer.cli.desk import As, Home, Second, desk
from issuer.cli.papers import read_text, write_new
from issuer.cli.shown import Json, show_rows
from issuer.keys import certifying
from issuer.keys.certificates import ROOT_KEY, SIGNING_KEYS, Holder
from issuer.keys.custodian import Custodian, KeyRef, UnknownKeyError
from issuer.printing import private_file
from language import _

_DAY = "%Y-%m-%d"
Day = Annotated[datetime, typer.Option("--until", formats=[_DAY], help=_("last day"))]


def public(home: Home = None, operator: As = None, as_json: Json = False) -> None:
    """Show the public keys that this office keeps private keys for."""
    with desk(home, operator) as at:
        rows = [row for key in SIGNING_KEYS if (row := _public(at.office.custodian, key))]
    show_rows(rows, {"key": _("key"), "public_key": _("public key")}, as_json=as_json)


def certify(
    out: Annotated[Path, typer.Argument(help=_("file of the certificate"))],
    subject: Annotated[str, typer.Option("--subject", help=_("code of the issuer, up to 16 digits"))],
    serial: Annotated[str, typer.Option("--serial", help=_("serial number, up to 16 digits"))],
    until: Day,
    *,
    public_key: Annotated[
        str | None,
        typer.Option("--public-key", help=_("128 hex digits of SM2_ISSUER; ours where it is left out")),
    ] = None,
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Sign the certificate of an issuer with the national root."""
    key = _key(public_key) if public_key else None
    with desk(home, operator, second) as at, at.work() as work:
        holder = Holder(subject, serial, date.today(), until.date())
        # a certificate that cannot be kept was not made, and its number is free
        write_new(out, certifying.line(certifying.certify(work, holder, key)))
    typer.echo(_("{file} was written").format(file=out))


def keep(
    file: Annotated[Path, typer.Argument(help=_("file of the certificate"))],
    *,
    root_key: Annotated[
        str | None,
        typer.Option("--root-key", help=_("128 hex digits of the nation's SM2_ROOT; ours where we have it")),
    ] = None,
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Check the certificate of this office and keep it in its home: cards and SAMs bear it from then on."""
    found = certifying.parse(file, read_text(file))
    with desk(home, operator, second) as at, at.work() as work:
        root = _key(root_key) if root_key else at.office.custodian.public_key(ROOT_KEY)
        certifying.keep(work, found, at.office.settings.code, root)
        place = at.office.home / certifying.FILE_NAME
        private_file.write(place, certifying.line(found).encode())
    typer.echo(_("{file} was written").format(file=place))


def _key(text: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != 64:
        raise typer.BadParameter(_("128 hex digits are expected"))
    return raw


def _public(custodian: Custodian, key: KeyRef) -> dict[str, object] | None:
    try:
        return {"key": key.name, "public_key": custodian.public_key(key).hex().upper()}
    except UnknownKeyError:
        return None
