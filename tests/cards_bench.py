"""Cards in a registry, each with a real simulated chip: made for demo residents, ready to be handed out."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial

from registry_bench import actor
from sqlalchemy import select

from card_os.kernel.card import Card
from card_os.kernel.memory import Memory
from card_os.spec.loader import load
from issuer.access.actor import Actor, Role
from issuer.applications import persons
from issuer.applications.identity import PersonKey
from issuer.cards import chip_acts, hand_over, life, registration
from issuer.cards.chip_desk import ChipDesk
from issuer.cards.identity import Document, Presence, Shown
from issuer.keys.key_set import ALL_VERSIONS, KeyVersions
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.personalisation.card_script import IssuedCard, personalise_card
from issuer.registry.registry import Registry
from issuer.registry.schema.applications import application, person
from issuer.registry.schema.audit import audit
from issuer.registry.schema.batches import batch, batch_line, chip
from issuer.registry.schema.cards import card, card_event
from issuer.registry.work import Row, Work
from lab import demo

CLERK = actor(Role.OUTLET_CLERK, name="clerk")
OTHER_CLERK = actor(Role.OUTLET_CLERK, name="clerk-2")
FAR_CLERK = replace(CLERK, name="far-clerk", institution="别处机构")
ADMIN = actor(Role.ADMINISTRATOR, name="admin-1")
SECOND_ADMIN = actor(Role.ADMINISTRATOR, name="admin-2")
CENTRE = actor(Role.CENTRE_REVIEWER, name="centre")
BANKER = actor(Role.BANK_REVIEWER, name="banker")
PERSONALISER = actor(Role.PERSONALISER, name="maker")
ISSUED_ON = date(2026, 1, 5)
RESIDENT = "01"
PIN = "135791"
_serials = itertools.count(1)


@cache
def chip_and_record(
    resident: str = RESIDENT,
    serial: int = 1,
    variant: str = "",
    city_has_keys: bool = False,
    versions: KeyVersions = ALL_VERSIONS,
) -> tuple[dict[str, bytes], IssuedCard]:
    chip_ = demo.blank("health_card", serial, variant)
    issued = personalise_card(
        chip_.transmit,
        chip_.power_on(),
        demo.resident(resident).record,
        settings=replace(demo.settings(), city_has_keys=city_has_keys),
        custodian=PublishedTestCustodian(),
        issue_date=ISSUED_ON,
        profile=chip_.profile,
        versions=versions,
    )
    return dict(chip_.memory.snapshot()), issued


@dataclass
class Held:
    """A card of the registry, and its chip."""

    registry: Registry
    id: str
    chip: Card
    issued: IssuedCard
    person_id: str
    application_id: str

    def begin(self, who: Actor = CLERK, second: Actor | None = None) -> life.Begin:
        return partial(self.registry.transaction, who, second)

    def desk(self, transmit: Callable[[bytes], bytes] | None = None) -> ChipDesk:
        """The chip in a reader, freshly reset."""
        atr = self.chip.power_on()
        return ChipDesk(transmit or self.chip.transmit, atr, self.chip.profile)

    def row(self) -> Row:
        with self.registry.transaction(CLERK) as work:
            return work.get(card, self.id)

    @property
    def state(self) -> str:
        return str(self.row()["state"])

    def do(self, service: Callable[..., object], *args: object, who: Actor = CLERK, **more: object) -> object:
        """One service in a transaction of its own."""
        second = more.pop("second", None)
        with self.registry.transaction(who, second) as work:  # type: ignore[arg-type]
            return service(work, self.id, *args, **more)

    def codes(self) -> list[str]:
        """The operation codes of what happened, in order."""
        with self.registry.transaction(CLERK) as work:
            of_card = select(card_event.c.code).where(card_event.c.card_id == self.id)
            return [row["code"] for row in work.rows(of_card.order_by(card_event.c.seq))]

    def pick_up(self) -> None:
        self.do(hand_over.pick_up, holder(self))

    def activate(self) -> None:
        pin = PIN if self.row()["has_pin"] else None
        chip_acts.activate(self.begin(), self.id, self.desk(), pin)

    def in_use(self) -> Held:
        self.pick_up()
        self.activate()
        return self


def holder(held: Held) -> Shown:
    """The holder with the own document."""
    return Shown(Presence.HOLDER, Document("01", held.issued.card_number))


def made_card(
    registry: Registry,
    resident: str = RESIDENT,
    *,
    variant: str = "",
    bank_account: str | None = None,
    serial: int = 1,
    city_has_keys: bool = False,
    versions: KeyVersions = ALL_VERSIONS,
) -> Held:
    """A card that was just made, at its outlet."""
    cells, issued = chip_and_record(resident, serial, variant, city_has_keys, versions)
    with registry.transaction(PERSONALISER) as work:
        person_id, application_id, chip_id = _surroundings(work, resident, issued)
        made = registration.MadeCard(
            application_id=application_id,
            person_id=person_id,
            chip_id=chip_id,
            issued=issued,
            city_code=demo.ISSUER.city_code,
            outlet="网点一",
            bank_account=bank_account,
            has_pin=variant == "with_holder_pin",
        )
        card_id = registration.register(work, made)
    simulated = Card(load("health_card", variant), Memory(cells))
    return Held(registry, card_id, simulated, issued, person_id, application_id)


def in_use(registry: Registry, resident: str = RESIDENT, **more: object) -> Held:
    """A card that its holder has activated."""
    return made_card(registry, resident, **more).in_use()  # type: ignore[arg-type]


def _surroundings(work: Work, resident: str, issued: IssuedCard) -> tuple[str, str, str]:
    """Person, application, chip and batch line as other rooms leave them when a card was made."""
    number, key = next(_serials), PersonKey("01", issued.card_number)
    items = demo_items(resident)
    known = persons.find(work, "01", issued.card_number)
    person_id = (
        known["id"]
        if known
        else work.insert(
            person,
            document_type="01",
            document_number=key.number,
            document_digest=persons.digest_of(work, key),
            name=items["holder_name"],
            name_digest=work.digest("person.name", str(items["holder_name"])),
            items=items,
            entries={},
        )
    )
    application_id = work.insert(
        application,
        number=f"T{number:08d}",
        person_id=person_id,
        open_person=person_id,
        business="01",
        source="01",
        mode="batch",
        state="MADE",
        state_since=work.now,
        round=1,
        collection_point="P1",
        county="110101",
        form={},
        collected_by="c",
        made_at=work.now,
        applied_on=ISSUED_ON,
    )
    chip_id = work.insert(
        chip,
        serial=issued.chip_serial,
        factor=issued.factors.card,
        maker="m",
        state="MADE",
        delivered_at=work.now,
    )
    names = dict.fromkeys(("bank", "maker", "centre", "outlet"), "")
    batch_id = work.insert(
        batch,
        number=f"B{number:08d}",
        issuer="1",
        county="110101",
        state="PERSO_BACK",
        made_at=work.now,
        **names,
    )
    line = {"batch_id": batch_id, "line": 1, "application_id": application_id, "chip_id": chip_id}
    work.insert(batch_line, **line, state="FINISHED", attempt=1)
    return person_id, application_id, chip_id


def demo_items(resident: str) -> dict[str, object]:
    """The items of a demo resident as its file has them."""
    found: dict[str, object] = json.loads(demo.resident(resident).raw)["items"]
    return found


def audited(registry: Registry, subject_id: str) -> list[str]:
    """The actions in the audit log about one thing, in order."""
    with registry.engine.begin() as connection:
        wanted = select(audit.c.action).where(audit.c.subject_id == subject_id).order_by(audit.c.seq)
        return list(connection.execute(wanted).scalars())
