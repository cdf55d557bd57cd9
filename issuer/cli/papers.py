"""Secrets between the program and one person: shown on a cleared screen, or in a file for their owner only.

A secret never stands on a command line, and on the screen only until its owner has written it down. Scripts
give components as RHC_COMPONENT_1 to 3 (`HEX/CHECKVALUE`) and take papers as files in a directory.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import typer

from card_os.spec.errors import Phrase, PlainError
from issuer.keys.ceremony.components import Component
from issuer.keys.ceremony.errors import ComponentError
from issuer.keys.key_file.errors import KeyFileError
from language import _, cause

COMPONENT, PROTECTION = "RHC_COMPONENT", "RHC_PROTECTION"
_FILE_MODE, _DIRECTORY_MODE = 0o600, 0o700
_LONGEST = 4 << 20
_TURNS = 3


class NoScreenError(PlainError):
    """A secret that would go into a pipe or a log."""

    template = "{name} is shown at a terminal only; give --papers DIRECTORY for a file"


@dataclass(frozen=True, slots=True)
class Papers:
    """Where secrets go that people take away: files in a directory, or the screen where there is none."""

    directory: Path | None

    def hand_over(self, name: str, person: str, secret: str) -> None:
        """Give a person their secret; raises KeyFileError where its file cannot be written."""
        if self.directory is None:
            if not sys.stdout.isatty():
                raise NoScreenError(name=name)
            _clear()
            typer.echo(_("{person}: write this down; nobody else looks at the screen").format(person=person))
            typer.echo(f"\n{secret}\n")
            typer.prompt(_("press Enter when it is on paper"), default="", show_default=False)
            _clear()
            return
        try:
            self.directory.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        except OSError as error:
            raise KeyFileError(file=self.directory, reason=cause(error)) from None
        write_new(self.directory / f"{name}.txt", secret + "\n")


def write_new(file: Path, text: str) -> None:
    """Write a new file for its owner only; raises KeyFileError, also where there is one already."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise KeyFileError(file=file, reason=cause(error)) from None


def read_text(file: Path) -> str:
    """The text of a file; raises KeyFileError."""
    try:
        with file.open(encoding="utf-8") as stream:
            return stream.read(_LONGEST)
    except OSError as error:
        raise KeyFileError(file=file, reason=cause(error)) from None
    except UnicodeDecodeError:
        raise KeyFileError(file=file, reason=Phrase("this is no text")) from None


def component_of(
    person: str, number: int, papers: Papers, variable: str = COMPONENT, *, typed: bool = False
) -> Component:
    """The component of a person: from a variable, as they type it from their paper, or drawn for them.

    Raises ComponentError, KeyFileError.
    """
    given = os.environ.get(f"{variable}_{number}")
    if given:
        text, _slash, check_value = given.partition("/")
        return Component.parse(text, check_value)
    if typed:
        question = _("component of {person}").format(person=person)
        text = typer.prompt(question, hide_input=True)
        return Component.parse(text, typer.prompt(_("its check value")))
    drawn = Component.new()
    check = drawn.check_value.hex().upper()
    secret = _("component {number}\n{groups}\ncheck value {check}").format(
        number=number, groups=_in_lines(drawn.groups()), check=check
    )
    for _turn in range(_TURNS):
        papers.hand_over(f"component-{number}", person, secret)
        if papers.directory is not None:
            return drawn
        typed_check = typer.prompt(_("{person}: check value as you wrote it").format(person=person))
        if typed_check.strip().upper() == check:
            return drawn
    raise ComponentError(reason=Phrase("it was not written down with its check value"))


def words_of(files: list[Path] | None, needed_hint: int) -> list[str]:
    """Recovery shares: from files, one share each, or typed one after the other until an empty line.

    Raises KeyFileError.
    """
    if files:
        return [_words_in(file) for file in files]
    words: list[str] = []
    while len(words) < needed_hint:
        question = _("words of share {number}, or nothing more").format(number=len(words) + 1)
        text = str(typer.prompt(question, hide_input=True, default="", show_default=False))
        if not text.strip():
            break
        words.append(text)
    return words


def _words_in(file: Path) -> str:
    """The words of a share in a file that `hand_over` wrote, or that somebody typed: its longest line."""
    return max(read_text(file).splitlines(), key=len, default="")


def _clear() -> None:
    """Clear the screen, and what the terminal remembers of it."""
    typer.echo("\x1b[H\x1b[2J\x1b[3J", nl=False)


def _in_lines(groups: str) -> str:
    parts = groups.split()
    return "\n".join(" ".join(parts[at : at + 4]) for at in range(0, len(parts), 4))
