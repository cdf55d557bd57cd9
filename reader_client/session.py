"""A session with a Residents' Health Card: read and write by the names of the data items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from typing import TypeVar

from card_os.spec.codecs import Value
from card_os.spec.loader import load
from card_os.spec.model import Profile
from reader_client import visits as visit_records
from reader_client import writing
from reader_client.channel import Channel
from reader_client.contents import CardContents, CardValue, Visit
from reader_client.files import KEY_VERSION, CardFiles
from reader_client.places import COLLECTIONS, place
from reader_client.reading import read_places
from reader_client.records import (
    CONTACT_ITEMS,
    Allergy,
    ClinicalBasics,
    Contacts,
    Identity,
    Immunization,
    contacts_from,
    item_names,
    typed,
)
from reader_client.sam import CardFactors, SamSession
from reader_client.sharing import operation
from reader_client.signatures import VisitSignature
from reader_client.visits import VisitKind, VisitWritten
from reader_client.whole_card import read_entries, read_visits, read_whole_card

V = TypeVar("V")


class HealthCardSession:
    """One card on a reader, together with a SAM whose PIN has been verified.

    Every operation is a transaction on both readers; between two of them other programs may use the cards. A
    card that another program has reset is opened and authenticated anew; one that was taken out, or changed
    for another, raises CardRemovedError. See `sharing`. `key_version` is the one of the four versions of the
    keys with which the issuer works now.
    """

    def __init__(
        self,
        channel: Channel,
        sam: SamSession,
        profile: Profile | None = None,
        *,
        key_version: int = KEY_VERSION,
    ) -> None:
        self.profile = profile or load("health_card")
        self.key_version = key_version
        self._channel = channel
        self._card = CardFiles(channel, sam, self.profile, key_version)

    @operation
    def open(self) -> None:
        """Reset the card and find its key factors; raises NotAHealthCardError."""
        self._card.open()

    def close(self) -> None:
        """Let the card go."""
        self._channel.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Several operations as one: no other program in between, and one authentication for each DF."""
        return self._card.transaction()

    @property
    def factors(self) -> CardFactors:
        """Card and province factor, 8 bytes each; empty before `open`."""
        return self._card.factors

    @operation
    def read(self, names: Iterable[str]) -> dict[str, CardValue]:
        """The values of these names, in the order asked for; None is an empty value.

        Raises UnknownItemError before anything is sent.
        """
        wanted = [place(self.profile, name) for name in names]
        values = read_places(self._card, {one.name: one for one in wanted}.values())
        return {one.name: values[one.name] for one in wanted}

    @operation
    def read_all(self) -> CardContents:
        """Everything that the card holds; of the visit records those that are marked valid."""
        return read_whole_card(self._card)

    # --- typed views: each reads its own items and nothing else -------------------------------------------

    def identity(self) -> Identity:
        """Who the holder is: five records, one authentication."""
        return self._view(Identity)

    def contacts(self) -> Contacts:
        """Phones, addresses and contact persons."""
        return contacts_from(self.read(CONTACT_ITEMS))

    def clinical_basics(self) -> ClinicalBasics:
        """Blood group and warnings for whoever treats the holder."""
        return self._view(ClinicalBasics)

    @operation
    def allergies(self) -> tuple[Allergy, ...]:
        """The allergies on the card, newest first."""
        return tuple(typed(Allergy, entry) for entry in read_entries(self._card, "allergies"))

    @operation
    def immunizations(self) -> tuple[Immunization, ...]:
        """The immunisations on the card, newest first."""
        return tuple(typed(Immunization, entry) for entry in read_entries(self._card, "immunizations"))

    @operation
    def visits(self, kind: VisitKind) -> tuple[Visit, ...]:
        """The visit records that are marked valid, by slot; records that are not are never read."""
        return tuple(visit for visit in read_visits(self._card, kind) if visit.valid)

    def _view(self, view: type[V]) -> V:
        return typed(view, self.read(item_names(view)))

    # --- writing ------------------------------------------------------------------------------------------

    @operation
    def update(self, values: Mapping[str, Value]) -> None:
        """Write values by name; None empties an item, `photo` takes JPEG bytes.

        Everything is encoded and checked first: where one value is refused, nothing is written. Raises
        UnknownItemError, ValueRefusedError, NotWritableError, and AccessDeniedError from the card.
        """
        writing.apply(self._card, writing.plan(self.profile, values))

    @operation
    def add_allergy(self, allergen_name: str, reaction: str | None = None) -> None:
        """Add an entry; of four the oldest drops out."""
        values: dict[str, Value] = {"allergen_name": allergen_name, "allergy_reaction": reaction}
        writing.append(self._card, COLLECTIONS["allergies"][0], values)

    @operation
    def add_immunization(self, name: str, given_on: date | None = None) -> None:
        """Add an entry; of eleven the oldest drops out."""
        values: dict[str, Value] = {"immunization_name": name, "immunization_date": given_on}
        writing.append(self._card, COLLECTIONS["immunizations"][0], values)

    @operation
    def add_visit(
        self, kind: VisitKind, values: Mapping[str, Value], *, sign: bool = True, sign_with_z: bool = True
    ) -> VisitWritten:
        """Write a visit record into the first free slot, else over the oldest; see `visits`.

        The SAM signs it where it can, over SM3(Z ‖ data), or SM3(data) without `sign_with_z`.
        """
        return visit_records.add_visit(self._card, kind, values, sign=sign, sign_with_z=sign_with_z)

    @operation
    def verify_visit(
        self, kind: VisitKind, slot: int, trust: Mapping[str, bytes] | None = None
    ) -> VisitSignature:
        """Whether the record in a slot, counted from 1, is as its hospital signed it; see `visits`."""
        return visit_records.verify_visit(self._card, kind, slot, trust)

    @operation
    def valid_slots(self, kind: VisitKind) -> list[int]:
        """The slots whose flag says valid, counted from 1."""
        flags = visit_records.valid_flags(self._card, kind)
        return [slot for slot, valid in enumerate(flags, start=1) if valid is True]

    @operation
    def erase_visit(self, kind: VisitKind, slot: int) -> None:
        """Take the valid mark from a slot, counted from 1; needs a SAM of the card's province."""
        visit_records.erase_visit(self._card, kind, slot)
