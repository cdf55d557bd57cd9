"""Applications for tests: a county with a collection point, people to work there, and lists of applicants."""

from __future__ import annotations

import itertools
from datetime import date

from registry_bench import NOW, actor
from sqlalchemy import Table

from issuer.access.actor import Actor, Role
from issuer.applications import list_intake, making, places, release, reviews
from issuer.applications.form import Form
from issuer.applications.reviews import Party, Verdict
from issuer.registry.day import day_of
from issuer.registry.registry import Registry
from issuer.registry.schema.applications import application
from issuer.registry.schema.batches import chip
from issuer.registry.schema.cards import card
from lab import applicants
from lab.applicant_list import SyntheticList, make_list, photo_of

COUNTY, POINT = "419901", "419901-01"
INSTITUTION = "测试机构"
COLLECTOR, OTHER_COLLECTOR = (actor(Role.COLLECTOR, name=name) for name in ("collector-1", "collector-2"))
COUNTY_REVIEWER = actor(Role.COUNTY_REVIEWER, name="county-1")
CENTRE_REVIEWER = actor(Role.CENTRE_REVIEWER, name="centre-1")
BANK_REVIEWER = actor(Role.BANK_REVIEWER, name="bank-1")
REVIEWERS = {Party.COUNTY: COUNTY_REVIEWER, Party.CENTRE: CENTRE_REVIEWER, Party.BANK: BANK_REVIEWER}
ON = date(2026, 3, 2)
_serials = itertools.count(1)


def no_photos(name: str) -> bytes:
    raise FileNotFoundError(2, "No such file or directory", name)


def register_places(registry: Registry, county: str = COUNTY, institution: str = INSTITUTION) -> str:
    """Register a county with one collection point, whose code is returned."""
    point = f"{county}-01"
    with registry.transaction(actor(Role.ADMINISTRATOR)) as work:
        places.add_county(work, county, applicants.COUNTY_NAMES.get(county, "另一县"), institution)
        places.add_point(work, point, county, "样板乡采集点", institution)
    return point


def adult(seed: int = 1, on: date = ON) -> Form:
    """The form of a synthetic adult, with a photo."""
    return form_of(next(p for p in applicants.applicants(20, seed, on) if p.kind == applicants.ADULT))


def of_kind(kind: str, seed: int = 1, on: date = ON) -> Form:
    """The form of a synthetic applicant of a kind."""
    return form_of(next(p for p in applicants.applicants(400, seed, on) if p.kind == kind))


def form_of(who: applicants.Applicant) -> Form:
    return Form(dict(who.values), photo_of(who))


def a_list(registry: Registry, count: int, seed: int = 7, **options: object) -> SyntheticList:
    """A list for the collection point, on the day of the registry's clock."""
    on = day_of(registry.clock())
    return make_list(count, seed, on, point=POINT, **options)  # type: ignore[arg-type]


def submit_list(registry: Registry, raw: bytes, who: Actor = COLLECTOR) -> list[str]:
    """Take a list in; the numbers of its applications."""
    with registry.transaction(who) as work:
        return list(list_intake.submit_file(work, raw, no_photos).accepted.values())


def pass_all(registry: Registry, numbers: list[str], *parties: Party) -> None:
    """Let the parties pass the applications, all three where none is named."""
    for party in parties or tuple(Party):
        with registry.transaction(REVIEWERS[party]) as work:
            reviews.give(work, party, Verdict.PASS, numbers)


def released(registry: Registry, numbers: list[str]) -> release.Released:
    with registry.transaction(CENTRE_REVIEWER) as work:
        return release.release(work, numbers)


def ready_applications(registry: Registry, count: int, seed: int = 7) -> list[str]:
    """Places, and `count` applications that may be made; their ids in the order of the list."""
    register_places(registry)
    numbers = submit_list(registry, a_list(registry, count, seed).raw)
    pass_all(registry, numbers)
    assert released(registry, numbers).held == {}
    return [row["id"] for row in rows(registry)]


def put_card(registry: Registry, of: dict[str, object], state: str = "ACTIVE") -> str:
    """A card of an application's person, as the rooms of batches and cards would leave it; its id."""
    number = next(_serials)
    serial = f"{number:010d}"
    with registry.transaction(actor(Role.ADMINISTRATOR)) as work:
        chip_id = work.insert(chip, **_filled(chip, serial=serial, factor=number.to_bytes(8, "big")))
        given = {"person_id": of["person_id"], "application_id": of["id"], "chip_id": chip_id}
        return work.insert(card, **_filled(card, **given, chip_serial=serial, state=state))


def hand_out(registry: Registry, of: dict[str, object], state: str = "ACTIVE") -> str:
    """Let the card of an application that is ready be made and handed out; the card's id."""
    card_id = put_card(registry, of, state)
    with registry.transaction(actor(Role.PERSONALISER)) as work:
        making.take_into_batch(work, [str(of["id"])])
        making.made(work, [str(of["id"])])
        making.issued(work, str(of["id"]))
    return card_id


def _filled(table: Table, **given: object) -> dict[str, object]:
    """Values for all columns that must have one, whatever else the table holds by now."""
    values: dict[type, object] = {str: "x", int: 0, bool: False, bytes: bytes(32), date: ON, object: NOW}
    due = (column for column in table.columns if not column.nullable and column.name != "id")
    return {column.name: values[column.type.python_type] for column in due} | given


def rows(registry: Registry) -> list[dict[str, object]]:
    """All applications in the order of their numbers."""
    with registry.transaction(actor(Role.AUDITOR)) as work:
        return work.rows(application.select().order_by(application.c.number))
