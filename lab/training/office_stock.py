"""The office on its first day: places, and two people whose cards were issued by all its services.

One of them has lost the card; the other one has a card with a holder PIN that is blocked.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from threading import Lock

from sqlalchemy import select

from card_os.kernel.card import Card
from card_os.kernel.memory import Memory
from card_os.spec.loader import load
from issuer.applications import intake, places, release, reviews
from issuer.applications.fields import fields
from issuer.applications.form import Form
from issuer.applications.reviews import Party, Verdict
from issuer.batches.chip_source import OpenedChip
from issuer.cards import chip_acts, hand_over
from issuer.cards.chip_desk import ChipDesk
from issuer.cards.identity import Document, Presence, Shown
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.registry import setting_up
from issuer.registry.registry import Registry
from issuer.registry.schema.cards import card
from lab import demo
from lab.portrait import draw_portrait
from lab.training import office_making
from lab.training.office_places import BUREAU, COUNTY, COUNTY_NAME, PEOPLE, POINT, POINT_NAME

_lock = Lock()
LOST, PIN_BLOCKED = "02", "04"
"""The demo residents who have a card of this office."""
PIN_VARIANT = "with_holder_pin"
LOST_SERIAL, PIN_SERIAL = 130, 115
FIRST_PIN = "135790"
_KEPT = (
    "holder_name", "sex_code", "ethnic_group_code", "birth_date", "address_type_1", "address_1",
    "holder_phone_1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FirstDay:
    """The registry as the bytes of its database, and the chip of the card whose PIN will be blocked."""

    database: bytes = field(repr=False)
    chips: Mapping[int, Mapping[str, bytes]] = field(repr=False)


def first_day() -> FirstDay:
    """Made once in a process, whoever asks first."""
    with _lock:
        return _made()


@cache
def _made() -> FirstDay:
    with tempfile.TemporaryDirectory(prefix="rhc-") as folder:
        file = Path(folder) / "office.db"
        registry = Registry(f"sqlite:///{file}", PublishedTestCustodian())
        setting_up.create(registry)
        with registry.transaction(PEOPLE["administrator"].actor) as work:
            places.add_county(work, COUNTY, COUNTY_NAME, BUREAU)
            places.add_point(work, POINT, COUNTY, POINT_NAME, BUREAU)
        lost = _issued(registry, LOST, demo.blank("health_card", LOST_SERIAL))
        with_pin = _issued(
            registry, PIN_BLOCKED, demo.blank("health_card", PIN_SERIAL, PIN_VARIANT), FIRST_PIN
        )
        registry.close()
        chips = {LOST_SERIAL: dict(lost.memory.snapshot()), PIN_SERIAL: dict(with_pin.memory.snapshot())}
        return FirstDay(file.read_bytes(), chips)


def pin_card() -> Card:
    """A copy of its own of the card with a holder PIN, as its holder has it in use."""
    return Card(load("health_card", PIN_VARIANT), Memory(first_day().chips[PIN_SERIAL]))


def form_of(resident: str) -> Form:
    """What a demo resident writes on the form, with the portrait."""
    written = json.loads(demo.resident(resident).raw)
    items = written["items"]
    values = {name: str(items[name]) for name in _KEPT if name in items and name in fields()}
    values |= {"document_type": "01", "document_number": items["card_number"]}
    return Form(values, draw_portrait(written["portrait"]["seed"]))


def pass_all(registry: Registry, number: str) -> None:
    """Let the three parties pass an application and the centre release it."""
    for party, name in ((Party.COUNTY, "county"), (Party.CENTRE, "centre"), (Party.BANK, "bank")):
        with registry.transaction(PEOPLE[name].actor) as work:
            reviews.give(work, party, Verdict.PASS, [number])
    with registry.transaction(PEOPLE["centre"].actor) as work:
        release.release(work, [number])


def _issued(registry: Registry, resident: str, chip: Card, pin: str | None = None) -> Card:
    """Apply, review, make, hand out, activate."""
    form = form_of(resident)
    with registry.transaction(PEOPLE["collector"].actor) as work:
        number = intake.enter(work, POINT, form).number
        intake.submit(work, number)
    pass_all(registry, number)
    serial = f"{LOST_SERIAL if pin is None else PIN_SERIAL:010d}"
    office_making.make(registry, number, serial, _Shelf({serial: chip}))
    clerk = PEOPLE["clerk"].actor
    with registry.transaction(clerk) as work:
        card_id = str(work.one(select(card.c.id).where(card.c.chip_serial == serial), "card", serial)["id"])
        if pin is not None:
            # batches make cards of the plain profile: that this chip came with a PIN is said here
            work.update(card, card_id, has_pin=True)
        holder = Document("01", form.get("document_number"))
        hand_over.pick_up(work, card_id, Shown(Presence.HOLDER, holder))
    desk = ChipDesk(chip.transmit, chip.power_on(), chip.profile)
    chip_acts.activate(partial(registry.transaction, clerk), card_id, desk, pin)
    chip.power_off()
    return chip


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A `ChipSource` over chips of this process."""

    chips: Mapping[str, Card]

    @contextmanager
    def open(self, serial: str) -> Iterator[OpenedChip]:
        """See ChipSource."""
        chip = self.chips[serial]
        yield OpenedChip(chip.transmit, chip.power_on())
        chip.power_off()
