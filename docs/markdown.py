"""Markdown: headings, tables, links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def cell(text: object) -> str:
    """A value as it stands in a table: one line, no column sign of its own."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; empty text where there is no row."""
    body = [f"| {' | '.join(map(cell, row))} |" for row in rows]
    if not body:
        return ""
    return "\n".join((f"| {' | '.join(map(cell, head))} |", f"|{'---|' * len(head)}", *body))


def anchor(name: str) -> str:
    """A place to link to, for names that a heading alone does not make unique."""
    return f'<a id="{name}"></a>'


def code(text: str) -> str:
    """Text in the type of a program; empty stays empty."""
    return f"`{text}`" if text else ""


def page(*blocks: str) -> str:
    """Blocks with an empty line between them, the empty ones left out."""
    return "\n\n".join(block for block in blocks if block) + "\n"
