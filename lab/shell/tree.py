"""The files of the card as a tree, each with what the keys held now open, or what would open it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from card_os.spec.access import AccessRule
from card_os.spec.model import FileSpec, LifeCycle, Profile
from lab.shell.answer import Answer
from lab.shell.card_view import CardView
from language import _
from reader_client.rights import keys_needed


@dataclass(frozen=True, slots=True)
class Door:
    """A right on a file: whether it is open now, and the keys that open it; None where no key does."""

    open: bool
    keys: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One file of the tree; the rights are None for a DF."""

    path: str
    fid: str
    kind: str
    items: int
    current: bool
    read: Door | None
    update: Door | None


def file_tree(view: CardView) -> Answer:
    """All files of the card, by its declaration and the rights held now."""
    rows = tree_rows(view.profile, view.held, view.current.path)
    return Answer([asdict(row) for row in rows], lambda console: _show(console, rows))


def tree_rows(profile: Profile, held: Collection[str], current: str) -> list[TreeRow]:
    """The rows of the tree, a DF before its files."""
    return [_row(profile, file, held, current) for file in profile.files.values()]


def _row(profile: Profile, file: FileSpec, held: Collection[str], current: str) -> TreeRow:
    ef = file.kind.is_ef
    return TreeRow(
        path=file.path,
        fid=f"{file.fid:04X}",
        kind=str(file.kind),
        items=len(profile.items_of(file)),
        current=file.path == current,
        read=_door(file.read, held) if ef else None,
        update=_door(file.update, held) if ef else None,
    )


def _door(rule: AccessRule, held: Collection[str]) -> Door:
    return Door(rule.allows(held, LifeCycle.ISSUED), keys_needed(rule))


def _show(console: Console, rows: list[TreeRow]) -> None:
    branches: dict[str, Tree] = {}
    for row in rows:
        parent = branches.get(row.path.rpartition("/")[0])
        branches[row.path] = parent.add(_label(row)) if parent is not None else Tree(_label(row))
    console.print(branches["MF"])


def _label(row: TreeRow) -> Text:
    label = Text(row.path.rpartition("/")[2], style="bold" if row.current else "")
    if row.read is not None and row.update is not None:
        label.append(f"  {row.kind}", style="dim")
        label.append("  " + _("read: {door}").format(door=_words(row.read)), _style(row.read))
        label.append("  " + _("write: {door}").format(door=_words(row.update)), _style(row.update))
    if row.current:
        label.append("  ← " + _("here"))
    return label


def _words(door: Door) -> str:
    if door.open:
        return _("open")
    return _("never") if door.keys is None else " & ".join(door.keys)


def _style(door: Door) -> str:
    return "green" if door.open else "dim"
