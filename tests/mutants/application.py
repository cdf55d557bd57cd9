"""Makes the kernel of this process a mutant for a while, and sound again."""

from __future__ import annotations

import csv
import functools
import importlib
import io
import logging
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any
from unittest import mock

from card_os.kernel.card import Card
from card_os.spec.errors import PlainError
from card_os.spec.loader import load_from, variants
from card_os.spec.model import Profile
from card_os.spec.variants import varied

from .model import CodeChange, Mutant, MutantError, TableChange
from .rewriting import mutated_code

KERNEL = "card_os.kernel"


class Crashes(logging.Handler):
    """Hears of the internal errors of cards; a mutant that has one is badly written, not caught."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.errors.append(repr(error))


@contextmanager
def applied(mutant: Mutant) -> Iterator[Crashes]:
    """While the block lasts every card of this process is the mutant; raises MutantError before it begins.

    Cards that live already change their behaviour with the code, but keep the tables that they have.
    """
    crashes, log = Crashes(), logging.getLogger(f"{KERNEL}.card")
    with ExitStack() as ending:
        ending.callback(_forget_results)
        ending.callback(log.setLevel, log.level)
        ending.callback(setattr, log, "propagate", log.propagate)
        ending.callback(log.removeHandler, crashes)
        if isinstance(mutant.change, CodeChange):
            ending.enter_context(_other_code(mutant.change))
        else:
            ending.enter_context(_other_table(mutant.change))
        log.propagate = False
        log.addHandler(crashes)
        _forget_results()
        yield crashes


def _forget_results() -> None:
    """Empty the caches of the kernel: they hold what the other code computed."""
    for name, module in list(sys.modules.items()):
        if name.startswith(KERNEL):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


# --- code ---------------------------------------------------------------------------------------------------


@contextmanager
def _other_code(change: CodeChange) -> Iterator[None]:
    module = importlib.import_module(change.module)
    function = function_of(module, change.function)
    assert module.__file__ is not None
    code = mutated_code(Path(module.__file__).read_text("utf-8"), module.__file__, change)
    sound = function.__code__
    if code.co_freevars != sound.co_freevars:
        raise MutantError(f"{change.function}: the change needs other variables of an outer function")
    # the function stays the same object, so that everybody who has imported it meets the change
    function.__code__ = code
    try:
        yield
    finally:
        function.__code__ = sound


def function_of(module: ModuleType, path: str) -> FunctionType:
    """The plain function behind a method, class method, static method, property or cache."""
    found: Any = module
    for name in path.split("."):
        found = vars(found).get(name)
        if found is None:
            raise MutantError(f"{module.__name__} has no {path}")
    for inner in ("fget", "__func__", "__wrapped__"):
        found = getattr(found, inner, found)
    if not isinstance(found, FunctionType):
        raise MutantError(f"{module.__name__} {path} is no function")
    return found


# --- tables -------------------------------------------------------------------------------------------------


@contextmanager
def _other_table(change: TableChange) -> Iterator[None]:
    application = change.table.partition("/")[0]
    other = _declared(change, application)
    known = variants(application)
    sound = Card.__init__

    @functools.wraps(sound)
    def made(card: Card, profile: Profile, *arguments: Any, **named: Any) -> None:
        if profile.name == application:
            variant = varied(other, known[profile.variant]) if profile.variant else other
            profile = replace(variant, options=profile.options)
        sound(card, profile, *arguments, **named)

    with mock.patch.object(Card, "__init__", made):
        yield


def _declared(change: TableChange, application: str) -> Profile:
    """The declaration with the change, as the loader takes it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "profiles"
        shutil.copytree(str(files("card_os.spec") / "profiles"), root)
        table = root / change.table
        if not table.is_file():
            raise MutantError(f"there is no table {change.table}")
        text = table.read_text("utf-8")
        table.write_text(_with_cell(text, change) if change.row else _with_text(text, change), "utf-8")
        try:
            return load_from(root, application)
        except PlainError as error:
            raise MutantError(f"{change.table} {change.row}: the loader refuses it: {error}") from None


def _with_cell(text: str, change: TableChange) -> str:
    reader = csv.DictReader(io.StringIO(text))
    rows = list(reader)
    header = list(reader.fieldnames or ())
    if change.column not in header:
        raise MutantError(f"{change.table} has no column {change.column}")
    found = [row for row in rows if change.row in (row.get("name"), row.get("path"))]
    if len(found) != 1 or found[0][change.column] != change.old:
        raise MutantError(f"{change.table} {change.row} {change.column} is not {change.old!r}")
    if change.new == change.old:
        raise MutantError(f"{change.table} {change.row}: the change changes nothing")
    found[0][change.column] = change.new
    written = io.StringIO()
    writer = csv.DictWriter(written, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def _with_text(text: str, change: TableChange) -> str:
    count = text.count(change.old)
    if count != 1:
        raise MutantError(f"{change.table}: {change.old!r} stands there {count} times, not once")
    if change.new == change.old:
        raise MutantError(f"{change.table}: the change changes nothing")
    return text.replace(change.old, change.new)
