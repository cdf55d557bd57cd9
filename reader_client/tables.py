"""Values of a card for the eyes of a person: tables by file, both names, codes in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from rich.console import Console
from rich.table import Table

from card_os.spec.model import DataItem, Profile
from language import _, choose, describe
from reader_client.channel import ReaderState
from reader_client.contents import CardContents, CardValue, RawValue, Values, shown
from reader_client.places import PHOTO, place
from reader_client.signatures import SignatureStatus, VisitSignature
from reader_client.visits import VisitKind


def print_card(console: Console, profile: Profile, values: Values) -> None:
    """One table a file, in the order in which the values stand."""
    for label, group in groupby(values.items(), key=lambda pair: place(profile, pair[0]).file.label):
        rows = ((name, place(profile, name).item, value) for name, value in group)
        console.print(_table(label, profile, rows))


def print_sam(console: Console, profile: Profile, values: Values) -> None:
    """The information files of a SAM."""
    rows = ((name, profile.items[name], value) for name, value in values.items())
    console.print(_table("SAM", profile, rows))


def print_readers(console: Console, states: Iterable[ReaderState]) -> None:
    """Readers and the ATR of the card in each."""
    table = Table(box=None)
    table.add_column(_("reader"), overflow="fold")
    table.add_column("ATR", overflow="fold")
    for state in states:
        table.add_row(state.name, state.atr.hex().upper() if state.atr else _("no card"))
    console.print(table)


def print_signatures(console: Console, found: Iterable[tuple[VisitKind, int, VisitSignature]]) -> None:
    """What is to be said of the signature in each slot."""
    table = Table(box=None)
    for heading in (_("visit"), _("signature"), _("hash"), "SAM", _("issuer"), _("warning")):
        table.add_column(heading, overflow="fold")
    for kind, slot, signature in found:
        certificate = signature.certificate
        table.add_row(
            f"{kind.collection}[{slot}]",
            signature_words(signature),
            "" if signature.with_z is None else "SM3(Z ‖ M)" if signature.with_z else "SM3(M)",
            signature.sam_serial or "",
            certificate.issuer_id if certificate else "",
            describe(signature.warning) if signature.warning else "",
        )
    console.print(table)


def signature_words(signature: VisitSignature) -> str:
    """The status in the reader's language."""
    return {
        SignatureStatus.VALID: _("valid"),
        SignatureStatus.INVALID: _("invalid"),
        SignatureStatus.UNSIGNED: _("unsigned"),
        SignatureStatus.UNKNOWN_ISSUER: _("unknown issuer"),
    }[signature.status]


def flat(contents: CardContents) -> dict[str, CardValue]:
    """Everything that is not empty, under the names by which it can be read again."""
    values: dict[str, CardValue] = dict(contents.items)
    values[PHOTO] = contents.photo
    for collection, entries in (
        ("allergies", contents.allergies),
        ("immunizations", contents.immunizations),
    ):
        for number, entry in enumerate(entries, start=1):
            values |= _prefixed(f"{collection}[{number}]", entry)
    for collection, visits in (
        ("inpatient_visits", contents.inpatient_visits),
        ("outpatient_visits", contents.outpatient_visits),
    ):
        for visit in visits:
            values |= _prefixed(f"{collection}[{visit.slot}]", visit.items)
    return {name: value for name, value in values.items() if value is not None}


def meaning(profile: Profile, item: DataItem | None, value: CardValue) -> str:
    """What a value says beyond itself: a code in words, a flag as yes or no, bytes that are no value."""
    if isinstance(value, RawValue):
        return _("unknown")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    known = profile.code_meaning(item, value) if item is not None and isinstance(value, str) else None
    if known is None and item is not None and item.codes and value is not None:
        return _("unknown")
    return choose(known) if known else ""


def _table(title: str, profile: Profile, rows: Iterable[tuple[str, DataItem | None, CardValue]]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for heading in (_("item"), _("Chinese name"), _("value"), _("meaning")):
        table.add_column(heading, overflow="fold")
    for name, item, value in rows:
        chinese = item.chinese if item else "照片"
        table.add_row(name, chinese, shown(value), meaning(profile, item, value))
    return table


def _prefixed(prefix: str, values: Mapping[str, CardValue]) -> dict[str, CardValue]:
    return {f"{prefix}.{name}": value for name, value in values.items()}
