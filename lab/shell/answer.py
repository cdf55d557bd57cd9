"""What a command of the shell found: as data for JSON, and as a text for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console

from card_os.spec.errors import PlainError


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one command.

    `data` is what JSON shows, `show` prints it for people. With `failure` there is something to show although
    the command failed.
    """

    data: object
    show: Callable[[Console], None]
    failure: PlainError | None = None


def line(data: object, text: str) -> Answer:
    """An answer of one line."""
    return Answer(data, lambda console: console.print(text, soft_wrap=True))
