"""Chinese and English: everything that a person reads goes through here.

The language is `RHC_LANG` (zh or en) where it is set, else that of the locale. English texts are the keys of
the one catalogue, `zh.po`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Protocol

LANGUAGES = ("zh", "en")

_spoken: ContextVar[str] = ContextVar("_spoken", default="")


class Bilingual(Protocol):
    """A declared text, which carries both languages itself."""

    @property
    def chinese(self) -> str:
        """The Chinese text."""
        ...

    @property
    def english(self) -> str:
        """The English text."""
        ...


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let all texts of a block be in one language, whatever the environment says: for what has both."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def current() -> str:
    """`zh` or `en`."""
    if _spoken.get():
        return _spoken.get()
    names = ("RHC_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def _(message: str) -> str:
    """The text in the reader's language; the English one where the catalogue lacks it."""
    return _catalogue().get(message, message) if current() == "zh" else message


def choose(text: Bilingual) -> str:
    """A declared text in the reader's language."""
    return text.chinese if current() == "zh" else text.english


def describe(told: object) -> str:
    """One plain line for an error, or for a phrase of one, in the reader's language."""
    return cause(told) if isinstance(told, OSError) else str(_worded(told))


def cause(error: OSError) -> str:
    """Why the operating system refused, without the name of the file."""
    return _(error.strerror or str(error))


def _worded(value: object) -> object:
    """A value with `template` and `fields` as text, fields of that kind first; any other as it is."""
    template = getattr(value, "template", None)
    if template is None:
        return value
    fields = getattr(value, "fields", {})
    return _(template).format(**{name: _worded(field) for name, field in fields.items()})


@cache
def _catalogue() -> dict[str, str]:
    from babel.messages.pofile import read_po  # noqa: PLC0415  English readers need no catalogue

    with (files("language") / "zh.po").open("rb") as stream:
        catalogue = read_po(stream, locale="zh")
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string and not m.fuzzy}
