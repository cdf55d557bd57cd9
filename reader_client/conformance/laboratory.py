"""What a test centre lends to the command line of the suite; a client without one has none of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import typer

from card_os.spec.model import Meaning, Profile
from reader_client.conformance.bench import Bench, CardKeys
from reader_client.conformance.exchange import Exchange
from reader_client.errors import ReaderClientError

_PLACE = "reader_client.conformance.laboratory"


class NoLaboratoryError(ReaderClientError):
    """A command that only a test centre can do."""

    template = "this needs the test centre of the project: the program `rhc`"


class Laboratory(Protocol):
    """The test centre."""

    def bench(self, variant: str) -> Bench:
        """A simulated card of a variant with its SAM, in this process; raises UnknownVariantError."""
        ...

    def published_keys(self) -> CardKeys:
        """The published test keys."""
        ...

    def explained(
        self, profile: Profile, exchanges: Sequence[Exchange], *, with_data: bool
    ) -> Sequence[Meaning]:
        """Words for the exchanges of one case, in their order."""
        ...

    def recorded(self, paths: Sequence[Path]) -> Sequence[Exchange]:
        """The exchanges of recorded traces, those of card and SAM in the order of their times."""
        ...


def lend(ctx: typer.Context, laboratory: Laboratory) -> None:
    """Let the commands below a context use a laboratory."""
    ctx.meta[_PLACE] = laboratory


def laboratory_of(ctx: typer.Context) -> Laboratory:
    """The laboratory of a context; raises NoLaboratoryError."""
    found: Laboratory | None = ctx.meta.get(_PLACE)
    if found is None:
        raise NoLaboratoryError
    return found


def has_laboratory(ctx: typer.Context) -> bool:
    """Whether a context has one."""
    return _PLACE in ctx.meta
