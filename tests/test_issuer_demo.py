"""The whole story of an issuer, on both databases: it adds up, and leaves no secret in clear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from registry_bench import KINDS, _administer
from sqlalchemy import select

from issuer.keys.key_file import key_file
from issuer.registry.schema.applications import person
from issuer.registry.schema.columns import SEALED, metadata
from lab.issuer_demo import story
from lab.issuer_demo.house import House
from lab.issuer_demo.stage import Stage, Wishes
from lab.testing.pcsc_readers import PcscReaders
from lab.testing.readers import InProcessReaders
from language import speaking

# one worker plays the story, which takes a while
pytestmark = [pytest.mark.pcsc, pytest.mark.xdist_group("issuer demo"), pytest.mark.timeout(400)]
COUNT, FAULTS = 24, 12
# the chips are the cards themselves; applicants' lists, swipe logs and card lists hold persons by design
CHIPS = "chips"
HOSPITALS = ("hospital-a", "hospital-b")
WITH_PERSONS = ("applications", *HOSPITALS, *(f"front-server-{name}" for name in HOSPITALS))


@pytest.fixture(params=KINDS, scope="module")
def told(request, tmp_path_factory) -> Iterator[tuple[Stage, list[str]]]:
    """The story, played once for each database, and everything that it said."""
    home = tmp_path_factory.mktemp("story") / "home"
    database = "sqlite:///registry.db"
    if request.param == "postgresql":
        address = request.getfixturevalue("postgresql")
        _administer(address, "DROP DATABASE IF EXISTS story WITH (FORCE)")
        _administer(address, "CREATE DATABASE story")
        database = address.format("story")
    lines: list[str] = []
    # a process has one PC/SC stack for good
    over_pcsc = request.param == "sqlite"
    readers = PcscReaders(request.getfixturevalue("pcsc_stack").readers) if over_pcsc else InProcessReaders()
    wishes = Wishes(COUNT, FAULTS, 7, 1)
    with speaking("en"), story.staged(home, wishes, database, lines.append, readers=readers) as stage:
        assert story.tell(stage, lines.append), stage.facts
        yield stage, lines


# --- it adds up -------------------------------------------------------------------------------------------


def test_every_chapter_came_out_as_it_must(told):
    stage, _lines = told
    assert [name for name, facts in stage.facts.items() if not facts["ok"]] == []
    assert list(stage.facts) == [chapter.name for chapter in story.CHAPTERS]


def test_the_numbers_of_the_story(told):
    facts = told[0].facts
    intake = facts["intake"]
    assert (intake["found"], intake["missed"], intake["invented"]) == (FAULTS, [], [])
    assert facts["reviews"]["released"] == COUNT
    # the bank refused one account
    assert facts["batch"]["finished"] == facts["activation"]["activated"] == COUNT - 1
    assert (facts["loss"]["a"], facts["loss"]["b"]) == ("24", "24")
    assert facts["reconciliation"]["cards"] == {"ACTIVE": COUNT - 1, "CANCELLED": 1}
    assert facts["audit"]["findings"] == 0


def test_the_card_was_in_a_reader_of_pcsc(told):
    stage, _lines = told
    name = "RHC Contactless" if isinstance(stage.readers, PcscReaders) else "In-process"
    assert stage.facts["activation"]["reader"].startswith(name)


# --- it leaves nothing in clear ---------------------------------------------------------------------------


def secrets_of(house: House) -> Iterator[bytes]:
    """Passwords, the passphrase, and every key of a house."""
    yield house.passphrase.encode()
    for password in house.people.passwords.values():
        yield password.encode()
    opened = key_file.open_file(house.home / house.settings.keys, house.unlock)
    yield from opened.keys.all().values()


def spellings(secret: bytes) -> Iterator[bytes]:
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()


def files_below(home: Path, *without: str) -> Iterator[tuple[str, bytes]]:
    for file in sorted(home.rglob("*")):
        inside = file.relative_to(home)
        if file.is_file() and inside.parts[0] not in without:
            yield str(inside), file.read_bytes()


def cells(stage: Stage) -> Iterator[tuple[str, object]]:
    """Every cell of the registry of the province, as it is stored."""
    with stage.registry.engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                yield from ((f"{table.name}.{name}", value) for name, value in row.items())


def content_of(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def persons(stage: Stage) -> set[str]:
    """Names, numbers and phones of the people of the story."""
    found: set[str] = set()
    with stage.work("auditor-1") as work:
        for row in work.rows(select(person)):
            items = row["items"]
            found |= {row["name"], row["document_number"]}
            found |= {text for name, text in items.items() if name.startswith(("holder_phone", "address"))}
    return {text for text in found if len(text.encode()) > 5}


def test_no_key_pin_or_password_stands_in_clear(told):
    stage, lines = told
    wanted = [secret for house in (stage.nation, stage.province) for secret in secrets_of(house)]
    assert len(wanted) > 150
    places = [*files_below(stage.home, CHIPS), ("output", "\n".join(lines).encode())]
    places += [(name, content_of(value)) for name, value in cells(stage)]
    everything = b"\n".join(content for _place, content in places)
    for secret in wanted:
        for spelled in spellings(secret):
            if spelled in everything:
                hit = [place for place, content in places if spelled in content]
                pytest.fail(f"a secret of {len(secret)} bytes stands in {hit}")


def test_sam_pins_are_told_to_nobody(told):
    stage, lines = told
    for _chip, pin in stage.sams.values():
        assert pin not in "\n".join(lines)
        assert pin not in json.dumps(stage.facts)


def test_sealed_columns_hold_no_person_in_clear(told):
    stage, lines = told
    people = persons(stage)
    assert len(people) > COUNT
    sealed = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if SEALED in column.info
    }
    looked_at = 0
    for name, value in cells(stage):
        content = content_of(value)
        looked_at += name in sealed and value is not None
        assert not any(text.encode() in content for text in people), name
    assert looked_at > 10 * COUNT
    assert not any(text in line for text in people for line in lines)


def test_files_hold_no_person_in_clear_but_those_that_are_for_it(told):
    stage, _lines = told
    spelled = [text.encode(coding) for text in persons(stage) for coding in ("utf-8", "gbk")]
    for place, content in files_below(stage.home, CHIPS, *WITH_PERSONS):
        assert not any(text in content for text in spelled), place


def test_files_are_for_their_owner_only(told):
    for file in told[0].home.rglob("*"):
        if file.is_file():
            assert file.stat().st_mode & 0o077 == 0, file
