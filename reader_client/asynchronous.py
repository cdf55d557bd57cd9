"""A card session for programs with an event loop: the same operations, awaited.

Each pair of readers has one thread of its own, so that operations on one card run one after the other while
other cards and the loop go on. A task that is cancelled leaves at once; what its operation has begun on the
card is still brought to its end there, and what it had not begun never starts.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from card_os.spec.codecs import Value
from reader_client.contents import CardContents, CardValue, Visit
from reader_client.records import Allergy, ClinicalBasics, Contacts, Identity, Immunization
from reader_client.session import HealthCardSession
from reader_client.signatures import VisitSignature
from reader_client.visits import VisitKind, VisitWritten

P = ParamSpec("P")
R = TypeVar("R")


class AsyncHealthCardSession:
    """What `HealthCardSession` does, with the same names; as a context manager it opens and closes."""

    def __init__(self, session: HealthCardSession) -> None:
        """From here on `session`, and its SAM, must be used through this object only."""
        self._session = session
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health card")

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def run(self, operation: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run any function of this card, or of its SAM, in the card's thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, functools.partial(operation, *args, **kwargs))

    async def together(self, work: Callable[[HealthCardSession], R]) -> R:
        """Run several operations as one transaction; `work` gets the plain session."""

        def run() -> R:
            with self._session.transaction():
                return work(self._session)

        return await self.run(run)

    async def open(self) -> None:
        """Reset the card and find its key factors."""
        await self.run(self._session.open)

    async def close(self) -> None:
        """Let the card go, once the operations before have ended."""
        # a cancelled task must not leave a connection behind
        await asyncio.shield(self.run(self._session.close))
        self._thread.shutdown(wait=False)

    async def read(self, names: Iterable[str]) -> dict[str, CardValue]:
        """The values of these names."""
        return await self.run(self._session.read, names)

    async def read_all(self) -> CardContents:
        """Everything that the card holds."""
        return await self.run(self._session.read_all)

    async def identity(self) -> Identity:
        """Who the holder is."""
        return await self.run(self._session.identity)

    async def contacts(self) -> Contacts:
        """Phones, addresses and contact persons."""
        return await self.run(self._session.contacts)

    async def clinical_basics(self) -> ClinicalBasics:
        """Blood group and warnings."""
        return await self.run(self._session.clinical_basics)

    async def allergies(self) -> tuple[Allergy, ...]:
        """The allergies on the card, newest first."""
        return await self.run(self._session.allergies)

    async def immunizations(self) -> tuple[Immunization, ...]:
        """The immunisations on the card, newest first."""
        return await self.run(self._session.immunizations)

    async def visits(self, kind: VisitKind) -> tuple[Visit, ...]:
        """The visit records that are marked valid."""
        return await self.run(self._session.visits, kind)

    async def update(self, values: Mapping[str, Value]) -> None:
        """Write values by name."""
        await self.run(self._session.update, values)

    async def add_allergy(self, allergen_name: str, reaction: str | None = None) -> None:
        """Add an entry."""
        await self.run(self._session.add_allergy, allergen_name, reaction)

    async def add_immunization(self, name: str, given_on: date | None = None) -> None:
        """Add an entry."""
        await self.run(self._session.add_immunization, name, given_on)

    async def add_visit(
        self, kind: VisitKind, values: Mapping[str, Value], *, sign: bool = True, sign_with_z: bool = True
    ) -> VisitWritten:
        """Write a visit record."""
        return await self.run(self._session.add_visit, kind, values, sign=sign, sign_with_z=sign_with_z)

    async def verify_visit(
        self, kind: VisitKind, slot: int, trust: Mapping[str, bytes] | None = None
    ) -> VisitSignature:
        """Whether the record in a slot is as its hospital signed it."""
        return await self.run(self._session.verify_visit, kind, slot, trust)

    async def valid_slots(self, kind: VisitKind) -> list[int]:
        """The slots whose flag says valid, counted from 1."""
        return await self.run(self._session.valid_slots, kind)

    async def erase_visit(self, kind: VisitKind, slot: int) -> None:
        """Take the valid mark from a slot, counted from 1."""
        await self.run(self._session.erase_visit, kind, slot)
