"""What the commands of a reader do, once their cards are connected: the same on PC/SC and in one process."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from rich.console import Console

from card_os.spec.codecs import Value, from_json
from card_os.spec.errors import UnknownItemError
from card_os.spec.model import Profile
from language import _, cause, describe
from reader_client.channel import ReaderState
from reader_client.contents import Values, json_value
from reader_client.errors import ReaderClientError
from reader_client.exchange.output import Format, Output, card_text, json_text, save, save_photo, saved
from reader_client.exchange.photo import picture, protocol
from reader_client.places import PHOTO, place
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession
from reader_client.signatures import SignatureStatus, VisitSignature
from reader_client.tables import flat, print_card, print_readers, print_sam, print_signatures
from reader_client.visits import SlotReason, VisitKind

PAPER_WIDTH = 110
_NOT_WRONG = (SignatureStatus.VALID, SignatureStatus.UNSIGNED)


class BadFileError(ReaderClientError):
    """A file of the user's that cannot be read or does not hold what is needed."""

    template = "{file}: {reason}"


def run_readers(states: Sequence[ReaderState], as_json: bool) -> None:
    """Show the readers."""
    if as_json:
        _print_json([{"reader": s.name, "atr": s.atr.hex().upper() if s.atr else None} for s in states])
    else:
        print_readers(_console(), states)


def run_read(session: HealthCardSession, names: Sequence[str], output: Output) -> None:
    """Show or save the items of these names, or the whole card; FHIR and HTML are of the whole card."""
    contents = None if names else session.read_all()
    values = session.read(names) if contents is None else flat(contents)
    if output.photo:
        save_photo(output.photo, session.read([PHOTO])[PHOTO] if contents is None else contents.photo)
    if output.format is Format.TABLE:
        _put_table(session.profile, values, output)
    elif contents is None:
        _put(json_text({name: json_value(value) for name, value in values.items()}), output)
    else:
        _put(card_text(session.profile, contents, output), output)


def _put(text: str, output: Output) -> None:
    if output.file is None:
        typer.echo(text)
    else:
        save(output.file, f"{text}\n".encode())
        typer.echo(saved(output.file))


def _put_table(profile: Profile, values: Values, output: Output) -> None:
    if output.file is not None:
        text = io.StringIO()
        print_card(Console(file=text, highlight=False, markup=False, width=PAPER_WIDTH), profile, values)
        _put(text.getvalue(), output)
        return
    print_card(_console(), profile, values)
    photo = values.get(PHOTO)
    if isinstance(photo, bytes) and not output.photo:
        how = protocol(os.environ, is_terminal=sys.stdout.isatty())
        typer.echo((how and picture(photo, how)) or _("the photo can be saved with --photo FILE"))


def run_write(session: HealthCardSession, values: Mapping[str, Value], as_json: bool) -> None:
    """Write the values; all of them are good before the first is written."""
    session.update(values)
    if as_json:
        _print_json({"written": list(values)})
    else:
        typer.echo(_("written: {items}").format(items=", ".join(values)))


def run_visit_add(
    session: HealthCardSession,
    kind: VisitKind,
    values: Mapping[str, Value],
    *,
    sign: bool,
    with_z: bool,
    as_json: bool,
) -> None:
    """Write a visit record and tell where it went and who signed it."""
    done = session.add_visit(kind, values, sign=sign, sign_with_z=with_z)
    if as_json:
        row = {"kind": kind, "slot": done.slot, "reason": done.reason, "erased_first": done.erased_first}
        _print_json({**row, "signed_by": done.signed_by} if done.signed_by else row)
        return
    text = (
        _("written to the free slot {slot}")
        if done.reason is SlotReason.FREE
        else _("written to slot {slot}, over the oldest record")
    )
    typer.echo(text.format(slot=done.slot))
    if done.signed_by:
        typer.echo(_("signed by SAM {serial}").format(serial=done.signed_by))


def run_visit_verify(
    session: HealthCardSession,
    kinds: Sequence[VisitKind],
    slot: int | None,
    trust: Mapping[str, bytes],
    as_json: bool,
) -> bool:
    """Verify one slot, or all valid ones; returns whether no signature was wrong. Unsigned is not wrong.

    `trust` are the national roots, public keys of 64 bytes by their ids.
    """
    found = [
        (kind, number, session.verify_visit(kind, number, trust))
        for kind in kinds
        for number in (session.valid_slots(kind) if slot is None else [slot])
    ]
    if as_json:
        _print_json([_signature_row(*one) for one in found])
    elif found:
        print_signatures(_console(), found)
    else:
        typer.echo(_("no visit record is marked valid"))
    return all(signature.status in _NOT_WRONG for _kind, _number, signature in found)


def _signature_row(kind: VisitKind, slot: int, signature: VisitSignature) -> dict[str, object]:
    certificate = signature.certificate
    return {
        "kind": kind,
        "slot": slot,
        "status": signature.status,
        "with_z": signature.with_z,
        "sam_serial": signature.sam_serial,
        "issuer_id": certificate.issuer_id if certificate else None,
        "certificate_start": certificate.start.isoformat() if certificate else None,
        "certificate_end": certificate.end.isoformat() if certificate else None,
        "certificate_dates": signature.dates,
        "warning": describe(signature.warning) if signature.warning else None,
    }


def run_visit_erase(session: HealthCardSession, kind: VisitKind, slot: int, as_json: bool) -> None:
    """Take the valid mark from a slot."""
    session.erase_visit(kind, slot)
    if as_json:
        _print_json({"kind": kind, "erased": slot})
    else:
        typer.echo(_("slot {slot} is free").format(slot=slot))


def run_sam_info(sam: SamSession, as_json: bool) -> None:
    """Show the information files of a SAM."""
    values = sam.info()
    if as_json:
        _print_json({name: json_value(value) for name, value in values.items()})
    else:
        print_sam(_console(), sam.profile, values)


def run_change_pin(sam: SamSession, old: str, new: str, as_json: bool) -> None:
    """Change the PIN of a SAM."""
    sam.change_pin(old, new)
    if as_json:
        _print_json({"changed": True})
    else:
        typer.echo(_("the PIN is changed"))


def assigned_values(profile: Profile, assignments: Sequence[str]) -> dict[str, Value]:
    """ITEM=VALUE texts as values; an empty VALUE empties the item, `photo=` names a picture file.

    Raises typer.BadParameter where the = is missing, UnknownItemError, ValueRefusedError, BadFileError.
    """
    values: dict[str, Value] = {}
    for assignment in assignments:
        name, text = _split(assignment)
        where = place(profile, name)
        if name == PHOTO:
            values[name] = _picture(text) if text else None
        elif where.item is not None:
            values[name] = from_json(where.item, text or None)
    return values


def visit_values(profile: Profile, kind: VisitKind, given: Sequence[str]) -> dict[str, Value]:
    """The values of a visit record from one JSON file or from ITEM=VALUE texts."""
    if len(given) == 1 and "=" not in given[0]:
        raw = _json_object(Path(given[0]))
    else:
        raw = {name: text or None for name, text in map(_split, given)}
    items = {item.name: item for item in profile.by_layout[kind.data_layout]}
    for name in raw:
        if name not in items:
            raise UnknownItemError(item=name, hint=f" ({kind.collection})")
    return {name: from_json(items[name], value) for name, value in raw.items()}


def _split(assignment: str) -> tuple[str, str]:
    name, equals, text = assignment.partition("=")
    if not equals or not name:
        raise typer.BadParameter(_("{text}: ITEM=VALUE is expected").format(text=assignment))
    return name, text


def _picture(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadFileError(file=path, reason=cause(error)) from None


def _json_object(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadFileError(file=path, reason=cause(error)) from None
    except ValueError:
        raise BadFileError(file=path, reason=_("this is no JSON file")) from None
    if not isinstance(found, dict):
        raise BadFileError(file=path, reason=_("one JSON object is expected"))
    return found


def _print_json(value: object) -> None:
    typer.echo(json_text(value))


def _console() -> Console:
    return Console(highlight=False, markup=False)
