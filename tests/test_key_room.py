"""The ceremony with its people and its audit chain: make, share, recover, deliver, rotate, destroy."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from types import SimpleNamespace

import field_oracle as oracle
import key_bench
import pytest
from key_bench import COMPONENTS, PASSPHRASE, unlock
from registry_bench import actor
from sqlalchemy import select

from issuer.access.actor import Role
from issuer.access.permission import NotPermittedError, SecondPersonError
from issuer.keys import opening, versions
from issuer.keys.ceremony import shares as shares_module
from issuer.keys.ceremony.components import Component, combined, protection_key
from issuer.keys.ceremony.errors import ComponentError, ShareError
from issuer.keys.ceremony.master import derived, made_at
from issuer.keys.ceremony.procedures import STEPS, KeyRoom, MasterStillHereError, NoMasterError
from issuer.keys.custodian import CardFactors, KeyRef
from issuer.keys.file_custodian import FileCustodian
from issuer.keys.hierarchy import NATION, Level
from issuer.keys.key_export import DeliveryError, for_level
from issuer.keys.key_file import key_file
from issuer.keys.key_file.errors import KeyFileError, KeyFileLockedError
from issuer.keys.key_file.safe import Safe
from issuer.keys.key_set import ALL_VERSIONS, MASTER_KEY, TRANSPORT_KEY, KeyVersions, card_keys, rows
from issuer.keys.opening import NoKeysYetError, SecretFileError, SecretMissingError, Unlocking, open_keys
from issuer.keys.test_custodian import published
from issuer.office import OfficeSettings
from issuer.personalisation import card_script, steps
from issuer.personalisation.chip import Chip
from issuer.personalisation.sam_script import SamOrder, personalise_sam
from issuer.registry import audit as chain
from issuer.registry.errors import NotFoundError, RegistryUnavailableError, TransitionRefusedError
from issuer.registry.schema.audit import audit
from lab import demo
from reader_client.errors import KeyNotHeldError
from reader_client.hospital.genuine import internal_authenticate
from reader_client.in_process import InProcessChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

FIRST, SECOND, THIRD = (actor(Role.KEY_CUSTODIAN, name=f"custodian-{n}") for n in (1, 2, 3))
MASTER = combined(COMPONENTS)
PROTECTION = protection_key([Component(bytes(range(32))), Component(bytes(range(1, 33)))])
PROVINCE = Level("41")
# the others do their work in the key file: one database is enough for the few rows that they write
on_sqlite = pytest.mark.parametrize("new_registry", ["sqlite"], indirect=True)
WORDS = [share.words for share in shares_module.split(MASTER, 2, 3)[:2]]


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")


@pytest.fixture
def room(registry, tmp_path):
    return KeyRoom(registry, tmp_path / "keys.rhc", unlock, FIRST, SECOND)


@pytest.fixture
def province(new_registry, tmp_path, clock):
    made = KeyRoom(new_registry(clock), tmp_path / "province.rhc", unlock, FIRST, SECOND)
    made.hold_ceremony(
        THIRD, [Component(bytes(range(n, n + 32))) for n in (1, 2, 3)], "TEST", PROVINCE, key_bench.lock()
    )
    return made


def held(room, level=NATION):
    return room.hold_ceremony(THIRD, COMPONENTS, "TEST", level, key_bench.lock())


def told(registry, action):
    """Phase, people and detail of the rows of an action."""
    with registry.transaction(FIRST) as work:
        found = work.rows(select(audit).where(audit.c.action == action).order_by(audit.c.seq))
    return [SimpleNamespace(**row, told=json.loads(row["detail"])) for row in found]


def check_values(path):
    return {
        key: value
        for key, value in FileCustodian.open(path, unlock).check_values().items()
        if key != MASTER_KEY
    }


# --- the ceremony -----------------------------------------------------------------------------------------


def test_three_people_make_the_keys_and_the_chain_tells_of_it(room):
    made = held(room)
    assert dict(made.keys.all()) == derived(MASTER, NATION, made_at(NATION)) | {MASTER_KEY: MASTER}
    begun, done = told(room.registry, "keys.ceremony")
    assert (begun.told["phase"], done.told["phase"]) == ("begun", "done")
    assert (done.operator, done.second, done.told["third"]) == ("custodian-1", "custodian-2", "custodian-3")
    assert done.told["components"] == [component.check_value.hex().upper() for component in COMPONENTS]
    assert done.told["check_values"]["RK1_DDF1/2"] == made_check("RK1_DDF1", 2)
    assert len(done.told["check_values"]) == 67
    with room.registry.transaction(FIRST) as work:
        assert versions.in_force(work) == ALL_VERSIONS
        assert [row["state"] for row in versions.listed(work)] == ["CURRENT", *["PREPARED"] * 3]


def made_check(name, version):
    return (
        oracle.encrypt(derived(MASTER, NATION, made_at(NATION))[KeyRef(name, version)], bytes(16))[:3]
        .hex()
        .upper()
    )


@on_sqlite
def test_the_chain_holds_check_values_only(room):
    held(room)
    shares = room.make_shares(2, 3)
    room.shares_are_out()
    room.export(PROVINCE, PROTECTION)
    secrets = [*derived(MASTER, NATION, made_at(NATION)).values(), MASTER, PROTECTION]
    secrets += [component.secret for component in COMPONENTS]
    with room.registry.transaction(FIRST) as work:
        everything = "\n".join(row["detail"] for row in work.rows(select(audit.c.detail))).lower()
        findings = chain.verify(work.connection, bytes(64))
    assert findings == ()
    assert not [secret for secret in secrets if secret.hex() in everything]
    assert not [share for share in shares if " ".join(share.words.split()[3:6]) in everything]


def people_who_are_not_three():
    clerk = actor(Role.OUTLET_CLERK, name="clerk")
    return {
        "nobody else": (FIRST, None, THIRD),
        "the same twice": (FIRST, FIRST, THIRD),
        "the first again": (FIRST, SECOND, FIRST),
        "the second again": (FIRST, SECOND, SECOND),
        "a first without the role": (clerk, SECOND, THIRD),
        "a second without the role": (FIRST, clerk, THIRD),
        "a third without the role": (FIRST, SECOND, clerk),
    }


@on_sqlite
def test_it_takes_three_different_custodians(room):
    for who, (first, second, third) in people_who_are_not_three().items():
        other = KeyRoom(room.registry, room.path, unlock, first, second)
        with pytest.raises((NotPermittedError, ComponentError)):
            other.hold_ceremony(third, COMPONENTS, "TEST", NATION, key_bench.lock())
        assert not room.path.exists(), who


@on_sqlite
def test_equal_components_and_a_file_that_is_there_are_refused(room):
    with pytest.raises(ComponentError, match="two of them are the same"):
        room.hold_ceremony(THIRD, [COMPONENTS[0], *COMPONENTS[:2]], "TEST", NATION, key_bench.lock())
    held(room)
    before = room.path.read_bytes()
    with pytest.raises(KeyFileError, match="exists already"):
        held(room)
    assert room.path.read_bytes() == before
    assert [row.told["phase"] for row in told(room.registry, "keys.ceremony")] == ["begun", "done"]


def test_every_step_takes_two(room):
    held(room)
    taken = {
        "keys.shares": lambda one: one.make_shares(2, 3),
        "keys.recover": lambda one: one.recover(WORDS, "TEST", NATION, key_bench.lock()),
        "keys.export": lambda one: one.export(PROVINCE, PROTECTION),
        "keys.import": lambda one: one.take_in("", PROTECTION),
        "keys.destroy_version": lambda one: one.destroy_version(1),
        "keys.destroy": lambda one: one.destroy_all(),
        "keys.ceremony": lambda one: one.hold_ceremony(THIRD, COMPONENTS, "TEST", NATION, key_bench.lock()),
    }
    assert set(taken) == set(STEPS)
    before = room.path.read_bytes()
    for name, take in taken.items():
        for second in (None, FIRST, actor(Role.AUDITOR)):
            with pytest.raises(SecondPersonError, match=name):
                take(KeyRoom(room.registry, room.path, unlock, FIRST, second))
        with pytest.raises(NotPermittedError, match="clerk may not do"):
            take(KeyRoom(room.registry, room.path, unlock, actor(Role.OUTLET_CLERK, name="clerk"), SECOND))
    assert room.path.read_bytes() == before


# --- recovery ---------------------------------------------------------------------------------------------


@on_sqlite
def test_shares_take_the_master_out_of_the_file_and_bring_everything_back(room, tmp_path):
    held(room)
    before = check_values(room.path)
    made = room.make_shares(2, 3)
    assert MASTER_KEY in key_file.open_file(room.path, unlock).keys
    room.shares_are_out()
    assert MASTER_KEY not in key_file.open_file(room.path, unlock).keys
    assert check_values(room.path) == before
    with pytest.raises(NoMasterError, match="new shares are made of the old ones"):
        room.make_shares(2, 3)
    room.path.unlink()
    again = room.recover([share.words for share in made[1:]], "TEST", NATION, key_bench.lock())
    assert check_values(room.path) == before
    assert MASTER_KEY not in again.keys


@on_sqlite
def test_new_shares_of_old_ones(room):
    held(room)
    old = room.make_shares(2, 3)
    room.shares_are_out()
    other = room.make_shares(3, 5, [share.words for share in old[:2]])
    assert shares_module.combine([share.words for share in other[2:]]) == MASTER


@on_sqlite
def test_shares_of_another_master_are_refused(room):
    held(room)
    room.path.unlink()
    strangers = [share.words for share in shares_module.split(bytes(range(32)), 2, 2)]
    with pytest.raises(ShareError, match=r"another master secret than [0-9A-F]{6}"):
        room.recover(strangers, "TEST", NATION, key_bench.lock())
    assert not room.path.exists()


@on_sqlite
def test_a_new_registry_takes_any_master(room):
    room.recover(WORDS, "TEST", NATION, key_bench.lock())
    assert check_values(room.path)[KeyRef("RK1_DDF1", 2)].hex().upper() == made_check("RK1_DDF1", 2)


# --- deliveries -------------------------------------------------------------------------------------------


def test_a_province_is_delivered_its_keys_with_check_values(room, province):
    held(room)
    text = room.export(PROVINCE, PROTECTION)
    delivery = province.take_in(text, PROTECTION)
    roots = derived(MASTER, NATION, made_at(NATION))
    got = key_file.open_file(province.path, unlock).keys
    assert all(got.use(key) == oracle.diversify(roots[key], b"41000000") for key in card_keys())
    sent, taken = told(room.registry, "keys.export")[-1], told(province.registry, "keys.import")[-1]
    assert sent.told["check_values"] == taken.told["check_values"]
    assert len(taken.told["check_values"]) == 58
    assert sent.told["export_id"] == taken.told["export_id"] == delivery.export_id


@on_sqlite
def test_taking_a_delivery_again_changes_nothing(room, province):
    held(room)
    text = room.export(PROVINCE, PROTECTION)
    province.take_in(text, PROTECTION)
    before = province.path.read_bytes()
    province.take_in(text, PROTECTION)
    assert province.path.read_bytes() == before


@on_sqlite
def test_a_delivery_for_somebody_else_changes_nothing(room, province):
    held(room)
    before = province.path.read_bytes()
    with pytest.raises(DeliveryError, match="it is for level 42, not 41"):
        province.take_in(room.export(Level("42"), PROTECTION), PROTECTION)
    with pytest.raises(DeliveryError, match="under the protection key"):
        province.take_in(room.export(PROVINCE, PROTECTION), bytes(16))
    assert province.path.read_bytes() == before
    assert told(province.registry, "keys.import") == []


# --- rotation and destruction -----------------------------------------------------------------------------


def rotated(room, version=None):
    with room.registry.transaction(FIRST, SECOND) as work:
        return versions.rotate(work, version)


def test_rotation_keeps_the_former_version_valid(room):
    held(room)
    assert rotated(room) == KeyVersions(2, (1, 2, 3, 4))
    assert rotated(room) == KeyVersions(3, (1, 2, 3, 4))
    assert rotated(room, 1) == KeyVersions(1, (1, 2, 3, 4))
    assert rotated(room) == KeyVersions(4, (1, 2, 3, 4))
    with room.registry.transaction(FIRST) as work:
        assert [row["state"] for row in versions.listed(work)] == [
            "RETIRING",
            "RETIRING",
            "RETIRING",
            "CURRENT",
        ]
    with pytest.raises(versions.RotationRefusedError, match="no version is prepared"):
        rotated(room)
    with pytest.raises(versions.RotationRefusedError, match="current already"):
        rotated(room, 4)
    with pytest.raises(NotFoundError):
        rotated(room, 5)


@on_sqlite
def test_rotation_takes_two(room):
    for second in (None, FIRST, actor(Role.AUDITOR)):
        with pytest.raises(SecondPersonError), room.registry.transaction(FIRST, second) as work:
            versions.rotate(work)


def test_what_is_destroyed_is_gone_for_good(room, province):
    held(room)
    with pytest.raises(MasterStillHereError, match="hand out its recovery shares first"):
        room.destroy_version(1)
    made = room.make_shares(2, 3)
    room.shares_are_out()
    for version in (1, 2):
        with pytest.raises(TransitionRefusedError):
            room.destroy_version(version)
    with pytest.raises(NotFoundError):
        room.destroy_version(9)
    rotated(room)
    room.destroy_version(1)
    left = key_file.open_file(room.path, unlock).keys
    several = {key for key in card_keys() if rows()[key.name].versions > 1}
    assert not [key for key in several if key.version == 1 and key in left]
    assert all(key in left for key in card_keys() if key.version > 1 or key not in several)
    for refused in (lambda: rotated(room, 1), lambda: room.destroy_version(1)):
        with pytest.raises(TransitionRefusedError):
            refused()
    with room.registry.transaction(FIRST) as work:
        assert versions.in_force(work) == KeyVersions(2, (2, 3, 4))
    # it goes to nobody any more, and shares do not bring it back
    province.take_in(room.export(PROVINCE, PROTECTION), PROTECTION)
    assert KeyRef("RK1_DDF1") not in key_file.open_file(province.path, unlock).keys
    room.path.unlink()
    again = room.recover([share.words for share in made[:2]], "TEST", NATION, key_bench.lock())
    assert set(again.keys) == set(left)


@on_sqlite
def test_a_destruction_that_broke_off_is_taken_again(room, monkeypatch):
    held(room)
    room.make_shares(2, 3)
    room.shares_are_out()
    rotated(room)

    def fail(*_given):
        raise KeyFileError(file=room.path, reason=os.strerror(28))

    monkeypatch.setattr(key_file, "erase", fail)
    with pytest.raises(KeyFileError, match="No space"):
        room.destroy_version(1)
    monkeypatch.undo()
    assert [row.told["phase"] for row in told(room.registry, "keys.destroy_version")] == ["begun"]
    with room.registry.transaction(FIRST) as work:
        assert versions.in_force(work).valid == (1, 2, 3, 4)
    room.destroy_version(1)
    with room.registry.transaction(FIRST) as work:
        assert versions.in_force(work).valid == (2, 3, 4)


@on_sqlite
def test_a_key_file_that_nobody_wrote_down_is_taken_up_again(room, monkeypatch):
    """The file is there, and the process ends before the chain says so: the same people end the step."""

    def fail(_work):
        raise RegistryUnavailableError(reason="gone")

    def recovered():
        return room.recover(WORDS, "TEST", NATION, key_bench.lock())

    for name, step in (("keys.ceremony", lambda: held(room)), ("keys.recover", recovered)):
        monkeypatch.setattr(versions, "begin", fail)
        with pytest.raises(RegistryUnavailableError):
            step()
        monkeypatch.undo()
        before = room.path.read_bytes()
        if name == "keys.ceremony":
            others = [Component(bytes(range(n, n + 32))) for n in (1, 2, 3)]
            with pytest.raises(KeyFileError, match="exists already"):
                room.hold_ceremony(THIRD, others, "TEST", NATION, key_bench.lock())
        assert step().file_id == FileCustodian.open(room.path, unlock).file_id
        assert room.path.read_bytes() == before
        assert [row.told["phase"] for row in told(room.registry, name)][-1] == "done"
        with pytest.raises(KeyFileError, match="exists already"):
            step()
        room.path.unlink()


@on_sqlite
def test_all_keys_are_destroyed(room):
    held(room)
    room.destroy_all()
    assert not room.path.exists()
    assert [row.told["phase"] for row in told(room.registry, "keys.destroy")] == ["begun", "done"]


SECOND_VERSION = KeyVersions(2, (2, 3, 4))


def after_the_first_version():
    """A custodian whose first version was destroyed, a card and a SAM that it made."""
    keys = derived(MASTER, NATION, made_at(NATION)) | {TRANSPORT_KEY: published(TRANSPORT_KEY)}
    left = {key: secret for key, secret in keys.items() if key.version > 1 or rows_of_one(key)}
    custodian = held_in_memory(NATION, left)
    card, sam, seen = demo.blank("health_card", 7), demo.blank("sam", 7), []

    def transmit(command):
        if command[:2] == b"\x00\x82":
            seen.append(command[-1])
        return card.transmit(command)

    issued = card_script.personalise_card(
        transmit, card.power_on(), demo.resident("01").record, settings=demo.settings(),
        custodian=custodian, issue_date=demo.CERTIFIED_FROM, versions=SECOND_VERSION,
    )  # fmt: skip
    order = SamOrder(demo.PROVINCE, {}, demo.SAM_PIN)
    filled = personalise_sam(sam.transmit, sam.power_on(), order, custodian, versions=SECOND_VERSION)
    card.power_off()
    sam.power_off()
    return SimpleNamespace(
        custodian=custodian, keys=keys, card=card, sam=sam, issued=issued, filled=filled, seen=seen
    )


def test_new_cards_get_the_valid_versions_and_the_current_one_authenticates():
    made = after_the_first_version()
    for loaded in (made.issued.keys, made.filled.keys):
        assert {key.key.version for key in loaded if not rows_of_one(key.key)} == {2, 3, 4}
        assert len(loaded) == 58 - 12
    assert set(made.seen) == {1, 2}  # the transport key has one version
    card, factors = made.card, made.issued.factors
    card.power_on()
    chip = Chip(card.transmit, card.profile, made.custodian, factors, SECOND_VERSION)
    for path in ("MF/DDF1", "MF/DDF1/EF06"):
        steps.Select(card.profile.files[path]).run(chip)
    steps.Authenticate(card.profile.files["MF/DDF1/EF06"], card.profile.keys["RK1_DDF1"]).run(chip)
    assert card.transmit(bytes.fromhex("00B2010400"))[-2:] == b"\x90\x00"
    challenge = card.transmit(bytes.fromhex("0084000008"))[:8]
    former = oracle.diversify(made.keys[KeyRef("RK1_DDF1")], factors.province)
    session = oracle.session_key(oracle.diversify(former, factors.card), challenge)
    assert card.transmit(oracle.external_authenticate(session, 0x04, bytes(8))) == bytes.fromhex("6A88")


def test_a_terminal_follows_the_rotation():
    """With the second version the reader proves, writes and reads a card, with the first it does not."""
    made = after_the_first_version()
    channels = [InProcessChannel(chip) for chip in (made.card, made.sam)]
    sam = SamSession(channels[1])
    sam.open()
    sam.verify_pin(demo.SAM_PIN)
    session = HealthCardSession(channels[0], sam, key_version=2)
    session.open()
    assert internal_authenticate(session, channels[0], sam, channels[1])
    session.update({"holder_phone_1": "19900001234"})
    assert session.read(["holder_phone_1", "holder_name"])["holder_phone_1"] == "19900001234"
    former = HealthCardSession(channels[0], sam)
    former.open()
    with pytest.raises(KeyNotHeldError):
        former.read(["holder_name"])


def rows_of_one(key):
    return key.name not in rows() or rows()[key.name].versions == 1


def held_in_memory(level, keys):
    return FileCustodian(key_file.KeyFile(None, "TEST", level, "", 1, Safe(keys)))


def test_a_city_makes_cards_that_the_sam_of_the_city_opens_in_one_step():
    """On the kernel: a card of a city's own key set, opened with what a SAM of that city holds."""
    roots = derived(MASTER, NATION, made_at(NATION)) | {TRANSPORT_KEY: published(TRANSPORT_KEY)}
    level = Level("1101")
    keys = derived(MASTER, level, made_at(level)) | {TRANSPORT_KEY: published(TRANSPORT_KEY)}
    city = held_in_memory(level, keys | dict(for_level(Safe(roots), "TEST", NATION, level).keys))
    card, person = demo.blank("health_card", 8), demo.resident("01")
    issued = card_script.personalise_card(
        card.transmit, card.power_on(), person.record, settings=replace(demo.ISSUER, city_code="110100"),
        custodian=city, issue_date=demo.CERTIFIED_FROM,
    )  # fmt: skip
    in_sam = oracle.diversify(oracle.diversify(roots[KeyRef("UK1_DDF1")], b"11000000"), b"11010000")
    card.reset()
    for command in ("00A4000002DDF1", "00A4000002EF05"):
        card.transmit(bytes.fromhex(command))
    challenge = card.transmit(bytes.fromhex("0084000008"))[:8]
    session = oracle.session_key(oracle.diversify(in_sam, issued.factors.card), challenge)
    assert card.transmit(oracle.external_authenticate(session, 0x05, bytes(8))) == b"\x90\x00"
    # the nation fills the SAM of that city with the same key
    nation = held_in_memory(NATION, roots)
    sam = CardFactors(bytes.fromhex("00A1A15A00000001"), b"11000000", b"11010000")
    key = KeyRef("UK1_DDF1")
    assert nation.wrap_for_sam(key, sam, bytes(8)) == city.wrap_for_sam(key, sam, bytes(8))


# --- opening ----------------------------------------------------------------------------------------------

SETTINGS = OfficeSettings("示范中心", "41000000001", "410100", keys="keys.rhc")


@pytest.fixture
def path(tmp_path):
    key_bench.made(tmp_path / "keys.rhc", PROVINCE)
    return tmp_path / "keys.rhc"


@pytest.fixture(autouse=True)
def no_secrets_around(monkeypatch):
    for name in ("RHC_KEY_PASSPHRASE", "RHC_TOKEN_PIN"):
        for end in ("", "_FILE", "_FD"):
            monkeypatch.delenv(name + end, raising=False)


def test_the_passphrase_comes_from_the_environment(path, monkeypatch):
    monkeypatch.setenv("RHC_KEY_PASSPHRASE", PASSPHRASE)
    assert open_keys(path, SETTINGS).level == PROVINCE
    monkeypatch.setenv("RHC_KEY_PASSPHRASE", "another one altogether")
    with pytest.raises(KeyFileLockedError) as caught:
        open_keys(path, SETTINGS)
    assert "altogether" not in str(caught.value)


def test_the_passphrase_comes_from_a_file_for_its_owner_only(path, tmp_path, monkeypatch):
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o600)
    monkeypatch.setenv("RHC_KEY_PASSPHRASE_FILE", str(file))
    assert open_keys(path, SETTINGS).environment == "TEST"
    file.chmod(0o640)
    with pytest.raises(SecretFileError, match="RHC_KEY_PASSPHRASE_FILE: others than its owner"):
        open_keys(path, SETTINGS)
    file.chmod(0o600)
    for wrong in (b"", b"two\nlines", b"\xff\xfe", b"x" * 2000):
        file.write_bytes(wrong)
        with pytest.raises(SecretFileError, match="one line of text"):
            open_keys(path, SETTINGS)
    file.unlink()
    with pytest.raises(SecretFileError, match="No such file"):
        open_keys(path, SETTINGS)


def test_the_passphrase_comes_from_a_descriptor_once(path, monkeypatch):
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE.encode())
    os.close(writing)
    monkeypatch.setenv("RHC_KEY_PASSPHRASE_FD", str(reading))
    how = Unlocking()
    for _turn in range(2):
        assert open_keys(path, SETTINGS, how).level == PROVINCE
    assert PASSPHRASE not in repr(how) + repr(vars(opening))
    for wrong in ("x", "999", "-1"):
        monkeypatch.setenv("RHC_KEY_PASSPHRASE_FD", wrong)
        with pytest.raises(SecretFileError, match="RHC_KEY_PASSPHRASE_FD"):
            open_keys(path, SETTINGS)


def test_nobody_to_ask_is_one_plain_line(path, monkeypatch):
    with open(os.devnull) as nobody:  # noqa: PTH123
        monkeypatch.setattr("sys.stdin", nobody)
        with pytest.raises(SecretMissingError, match=r"set RHC_KEY_PASSPHRASE, RHC_KEY_PASSPHRASE_FILE or"):
            open_keys(path, SETTINGS)


def test_a_file_of_another_environment_or_area_is_refused(path, monkeypatch):
    monkeypatch.setenv("RHC_KEY_PASSPHRASE", PASSPHRASE)
    with pytest.raises(KeyFileError, match="its environment is TEST, that of the office PROD"):
        open_keys(path, OfficeSettings("n", "1", "410100", environment="PROD"))
    with pytest.raises(KeyFileError, match="its keys are of 41, the office is in 110000"):
        open_keys(path, OfficeSettings("n", "1", "110000"))


def test_an_office_without_keys_can_be_opened_but_not_use_them(tmp_path):
    custodian = open_keys(tmp_path / "none.rhc", SETTINGS)
    assert custodian.environment == "TEST"
    for use in (lambda: custodian.seal(b"", b"x"), lambda: custodian.check_value("RK1_DDF1", 1)):
        with pytest.raises(NoKeysYetError, match="rhc keys ceremony"):
            use()
