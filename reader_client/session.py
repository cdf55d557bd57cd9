"""A session with a Residents' Health Card: read and write by the names of the data items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from card_os.spec.codecs import Value
from card_os.spec.loader import load
from card_os.spec.model import Profile
from reader_client import visits, writing
from reader_client.channel import Channel
from reader_client.contents import CardContents, CardValue, Values, Visit
from reader_client.files import CardFiles
from reader_client.places import COLLECTIONS, PHOTO, Place, place, places_of, slots
from reader_client.reading import read_places
from reader_client.sam import CardFactors, SamSession
from reader_client.visits import VisitKind, VisitWritten

_VISIT_DATA = tuple(kind.data_layout for kind in VisitKind)


class HealthCardSession:
    """One card on a reader, together with a SAM whose PIN has been verified."""

    def __init__(self, channel: Channel, sam: SamSession, profile: Profile | None = None) -> None:
        self.profile = profile or load("health_card")
        self._channel = channel
        self._card = CardFiles(channel, sam, self.profile)

    def open(self) -> None:
        """Reset the card and find its key factors; raises NotAHealthCardError."""
        self._card.open()

    def close(self) -> None:
        """Let the card go."""
        self._channel.close()

    @property
    def factors(self) -> CardFactors:
        """Card and province factor, 8 bytes each; empty before `open`."""
        return self._card.factors

    def read(self, names: Iterable[str]) -> dict[str, CardValue]:
        """The values of these names, in the order asked for; None is an empty value.

        Raises UnknownItemError before anything is sent.
        """
        wanted = [place(self.profile, name) for name in names]
        values = read_places(self._card, {one.name: one for one in wanted}.values())
        return {one.name: values[one.name] for one in wanted}

    def read_all(self) -> CardContents:
        """Everything that the card holds; of the visit records those that are marked valid."""
        files = [file for file in self.profile.files.values() if file.layout not in _VISIT_DATA]
        values = read_places(self._card, (one for file in files for one in places_of(self.profile, file)))
        values |= read_places(self._card, self._valid_visits(values))
        photo = values.get(PHOTO)
        return CardContents(
            items={name: value for name, value in values.items() if "[" not in name and name != PHOTO},
            allergies=self._entries(values, "allergies"),
            immunizations=self._entries(values, "immunizations"),
            inpatient_visits=self._visits(values, VisitKind.INPATIENT),
            outpatient_visits=self._visits(values, VisitKind.OUTPATIENT),
            photo=photo if isinstance(photo, bytes) else None,
        )

    def update(self, values: Mapping[str, Value]) -> None:
        """Write values by name; None empties an item, `photo` takes JPEG bytes.

        Everything is encoded and checked first: where one value is refused, nothing is written. Raises
        UnknownItemError, ValueRefusedError, NotWritableError, and AccessDeniedError from the card.
        """
        writing.apply(self._card, writing.plan(self.profile, values))

    def add_allergy(self, allergen_name: str, reaction: str | None = None) -> None:
        """Add an entry; of four the oldest drops out."""
        values: dict[str, Value] = {"allergen_name": allergen_name, "allergy_reaction": reaction}
        writing.append(self._card, COLLECTIONS["allergies"][0], values)

    def add_immunization(self, name: str, given_on: date | None = None) -> None:
        """Add an entry; of eleven the oldest drops out."""
        values: dict[str, Value] = {"immunization_name": name, "immunization_date": given_on}
        writing.append(self._card, COLLECTIONS["immunizations"][0], values)

    def add_visit(self, kind: VisitKind, values: Mapping[str, Value]) -> VisitWritten:
        """Write a visit record into the first free slot, else over the oldest; see `visits`."""
        return visits.add_visit(self._card, kind, values)

    def erase_visit(self, kind: VisitKind, slot: int) -> None:
        """Take the valid mark from a slot, counted from 1; needs a SAM of the card's province."""
        visits.erase_visit(self._card, kind, slot)

    def _valid_visits(self, values: Values) -> list[Place]:
        return [
            one
            for kind in VisitKind
            for slot, file in enumerate(self.profile.files_of(kind.data_layout), start=1)
            if values[f"{kind.collection}[{slot}].{kind.flag_item}"] is True
            for one in places_of(self.profile, file)
        ]

    def _entries(self, values: Values, collection: str) -> tuple[Values, ...]:
        layout = COLLECTIONS[collection][0]
        found = (
            {item.name: values[f"{collection}[{n}].{item.name}"] for item in self.profile.by_layout[layout]}
            for n in range(1, slots(self.profile, layout) + 1)
        )
        return tuple(entry for entry in found if any(value is not None for value in entry.values()))

    def _visits(self, values: Values, kind: VisitKind) -> tuple[Visit, ...]:
        prefixes = [
            f"{kind.collection}[{slot}]." for slot in range(1, slots(self.profile, kind.data_layout) + 1)
        ]
        items = self.profile.by_layout[kind.data_layout]
        return tuple(
            Visit(
                slot,
                values[prefix + kind.flag_item] is True,
                {i.name: values[prefix + i.name] for i in items if prefix + i.name in values},
            )
            for slot, prefix in enumerate(prefixes, start=1)
        )
