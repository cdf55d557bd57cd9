"""What the tests of batches stand on: people whose applications are ready, partners, batches on their way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from registry_bench import ADMIN, EVERYBODY, SECOND_ADMIN
from sqlalchemy import func, select

from card_os.spec import resident_id
from issuer.batches import listing, partners, planning, receiving, sending
from issuer.batches.exchange.file import Correspondent
from issuer.batches.planning import BatchOrder, PlannedBatch
from issuer.batches.receiving import Receipt
from issuer.keys.certificates import EXCHANGE_KEY
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.personalisation.issuance import IssuerSettings
from issuer.registry.registry import Registry
from issuer.registry.schema.applications import application, person
from issuer.registry.schema.audit import audit
from issuer.registry.schema.columns import metadata
from lab.chip_store import ChipStore
from lab.partners import Bank, Centre, Maker, Outlet, Partner

COUNTY = "419901"
ISSUER = "41000000001"
SETTINGS = IssuerSettings(name="居民健康卡测试发卡中心", code=ISSUER, city_code="410000")
_FIRST_DAY = date(1900, 1, 1)


def resident_number(number: int) -> str:
    """The identity number of a synthetic person; `number` from 0."""
    born = _FIRST_DAY + timedelta(days=number % 365)
    digits = f"{COUNTY}{born:%Y%m%d}{number // 365 + 1:03d}"
    return digits + resident_id.check_character(digits)


def ready_applications(registry: Registry, count: int, start: int = 0) -> list[str]:
    """Put people with applications in state READY into a registry, at once; returns the ids in order."""
    with registry.transaction(EVERYBODY) as work:
        numbers = [resident_number(start + place) for place in range(count)]
        names = [f"测试{start + place:05d}" for place in range(count)]
        people = work.insert_all(
            person,
            [
                {
                    "document_type": "01",
                    "document_number": number,
                    "document_digest": work.digest("document:01", number),
                    "name": name,
                    "name_digest": work.digest("name", name),
                    "items": {
                        "card_number": number,
                        "holder_name": name,
                        "sex_code": resident_id.sex_code(number),
                        "birth_date": resident_id.birth_date(number).isoformat(),
                        "resident_id_number": number,
                        "holder_phone_1": "19900000000",
                        "abo_blood_type_code": "1",
                    },
                    "entries": {"allergies": [{"allergen_name": "青霉素"}], "immunizations": []},
                    "portrait": None,
                }
                for number, name in zip(numbers, names, strict=True)
            ],
        )
        return work.insert_all(
            application,
            [
                {
                    "number": f"A{start + place:09d}",
                    "person_id": person_id,
                    "open_person": person_id,
                    "business": "01",
                    "source": "01",
                    "mode": "batch",
                    "state": "READY",
                    "state_since": work.now + timedelta(microseconds=place),
                    "round": 1,
                    "collection_point": "P1",
                    "county": COUNTY,
                    "form": {},
                    "collected_by": "collector",
                    "made_at": work.now,
                    "applied_on": work.now.date(),
                }
                for place, person_id in enumerate(people)
            ],
        )


@dataclass
class World:
    """An issuer with all its partners, whose files pass from hand to hand."""

    registry: Registry
    store: ChipStore
    bank: Bank
    maker: Maker
    centre: Centre
    outlet: Outlet

    def plan(self, count: int = 0, **order: object) -> PlannedBatch:
        """A batch of new applications with all partners, or with other ones."""
        ids = ready_applications(self.registry, count, self._people()) if count else []
        given = BatchOrder(ISSUER, COUNTY, "outlet-1", "bank-1", "maker-1", "centre-1", application_ids=ids)
        with self.registry.transaction(EVERYBODY) as work:
            return planning.plan(work, replace(given, **order))

    def send(self, number: str, kind: str, spares: int = 0) -> bytes:
        """The next file of a kind."""
        with self.registry.transaction(EVERYBODY) as work:
            return sending.send(work, number, kind, spares=spares, settings=SETTINGS).raw

    def receive(self, raw: bytes) -> Receipt:
        """Take in a file."""
        with self.registry.transaction(EVERYBODY) as work:
            return receiving.receive(work, raw)

    def exchange(self, number: str, kind: str, partner: Partner, spares: int = 0) -> list[Receipt]:
        """Send a file, and take in what comes back."""
        return [self.receive(raw) for raw in partner.answer(self.send(number, kind, spares))]

    def to_bank(self, number: str) -> None:
        self.exchange(number, "ACC-REQ", self.bank)

    def to_maker(self, number: str, spares: int = 0) -> None:
        self.exchange(number, "PRD-REQ", self.maker, spares)

    def to_centre(self, number: str, spares: int = 0) -> None:
        self.exchange(number, "PER-REQ", self.centre, spares)

    def to_outlet(self, number: str) -> None:
        self.exchange(number, "DLV", self.outlet)

    def state(self, number: str) -> str:
        with self.registry.transaction(EVERYBODY) as work:
            return str(listing.shown(work, number).batch["state"])

    def states(self, number: str) -> Mapping[str, int]:
        """How many lines are in which state."""
        with self.registry.transaction(EVERYBODY) as work:
            return listing.shown(work, number).states

    def _people(self) -> int:
        with self.registry.engine.begin() as connection:
            return int(connection.execute(select(func.count()).select_from(person)).scalar_one())


def world(registry: Registry, folder: Path, *, every_write: bool = False) -> World:
    """An issuer with a bank, a maker, a centre and an outlet."""
    us = Correspondent(ISSUER, "issuer", registry.custodian.public_key(EXCHANGE_KEY))
    store = ChipStore(folder / "chips", every_write)
    made = World(
        registry,
        store,
        Bank("bank-1", us),
        Maker("maker-1", us, store=store),
        Centre("centre-1", us, store=store, custodian=PublishedTestCustodian(), settings=SETTINGS),
        Outlet("outlet-1", us),
    )
    with registry.transaction(ADMIN, SECOND_ADMIN) as work:
        for partner in (made.bank, made.maker, made.centre, made.outlet):
            partners.add(work, partner.introduction)
    return made


def everything(registry: Registry) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, to be compared."""
    with registry.engine.begin() as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in metadata.tables.items()
        }


def audited(registry: Registry, action: str) -> int:
    """How many rows of the audit log are about an action."""
    with registry.engine.begin() as connection:
        counted = select(func.count()).where(audit.c.action == action)
        return int(connection.execute(counted).scalar_one())
