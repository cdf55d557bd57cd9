"""Starts the shell; its library is optional and asked for here."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from lab.shell.desk import Desk
from lab.shell.errors import ShellMissingError
from lab.shell.history import LineHistory
from language import _

if TYPE_CHECKING:
    from lab.shell.prompt import Shell


@contextmanager
def shell_at(
    desk: Desk, lines: LineHistory, *, as_json: bool = False, silent: bool = False
) -> Iterator[Shell]:
    """A shell for a desk, whose cards are let go at the end; raises ShellMissingError."""
    try:
        importlib.import_module("cmd2")
    except ImportError:
        raise ShellMissingError from None
    prompt = importlib.import_module("lab.shell.prompt")
    shell: Shell = prompt.Shell(desk, lines, ask_pin, as_json=as_json, silent=silent)
    try:
        yield shell
    finally:
        shell.close()


def ask_pin() -> str:
    """The PIN of the SAM from the person at the terminal, not shown."""
    pin: str = typer.prompt(_("PIN of the SAM"), hide_input=True)
    return pin
