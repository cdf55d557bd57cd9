"""The key file at rest and at work: what opens it, what does not, and that no key ever shows."""

from __future__ import annotations

import copy
import json
import logging
import os
import pickle
import signal
import time
import traceback
from datetime import date
from types import SimpleNamespace

import field_oracle as oracle
import key_bench
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from key_bench import MASTER, PASSPHRASE, made, unlock

from card_os.crypto import sm2
from issuer.keys.ceremony.master import derived, made_at
from issuer.keys.certificates import AUDIT_KEY, EXCHANGE_KEY
from issuer.keys.custodian import CardFactors, EnvelopeError, KeyRef, SealBrokenError, UnknownKeyError
from issuer.keys.file_custodian import FileCustodian
from issuer.keys.hierarchy import NATION, Level, RootElsewhereError
from issuer.keys.key_file import key_file, storing
from issuer.keys.key_file.errors import (
    KeyFileAlteredError,
    KeyFileError,
    KeyFileLockedError,
    KeyFileModeError,
    PassphraseRefusedError,
    WeakLockError,
)
from issuer.keys.key_file.locks import FULL_COST, Cost, PassphraseLock
from issuer.keys.key_set import MASTER_KEY, TRANSPORT_KEY, VERSIONS, card_keys
from issuer.keys.test_custodian import PublishedKeysError, PublishedTestCustodian, published

CARD = CardFactors(bytes.fromhex("00A1A1A100000001"), b"41000000")
CHALLENGE, RANDOM = bytes.fromhex("A0A1A2A3A4A5A6A7"), bytes.fromhex("1122334455667788")
SECRETS = derived(MASTER, NATION, made_at(NATION))
needs_library = pytest.mark.skipif(not sm2.available(), reason="gmssl-pyx is not installed")


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys.rhc"


@pytest.fixture(scope="module")
def national(tmp_path_factory):
    path = tmp_path_factory.mktemp("nation") / "keys.rhc"
    made(path, keep_master=True)
    key_file.add(path, unlock, {TRANSPORT_KEY: published(TRANSPORT_KEY)})
    return SimpleNamespace(path=path, custodian=FileCustodian.open(path, unlock), text=path.read_bytes())


# --- at work ----------------------------------------------------------------------------------------------


def test_it_computes_like_any_custodian(national):
    """The published custodian, given the same keys, says the same."""

    class Same(PublishedTestCustodian):
        def _secret(self, key):
            return {**SECRETS, TRANSPORT_KEY: published(TRANSPORT_KEY)}[key]

    other, custodian = Same(), national.custodian
    header, record = bytes.fromhex("04DC0204"), bytes.fromhex("2A0101")
    for call in (
        lambda one: one.authentication_value(KeyRef("RK1_DDF1", 3), CARD, CHALLENGE, RANDOM),
        lambda one: one.protect(KeyRef("STK_DF03"), CARD, CHALLENGE, header, record),
        lambda one: one.mac(KeyRef("STK_DF03"), CARD, CHALLENGE, bytes.fromhex("84D20104")),
        lambda one: one.wrap_for_card(KeyRef("UK1_DF01", 4), CARD, CHALLENGE),
        lambda one: one.wrap_for_sam(KeyRef("RK1_DF03", 2), CARD, CHALLENGE),
        lambda one: one.security_code("11010119000315007X", date(2036, 1, 2), "1"),
        lambda one: one.keyed_digest(b"id_number", b"1"),
        lambda one: one.public_key(AUDIT_KEY),
    ):
        assert call(custodian) == call(other)
    root = SECRETS[KeyRef("RK1_DDF1", 3)]
    assert custodian.check_value("RK1_DDF1", 3) == oracle.encrypt(root, bytes(16))[:3]


@needs_library
def test_it_seals_signs_and_opens_envelopes(national):
    custodian = national.custodian
    sealed = custodian.seal(b"a cell", b"plain")
    assert custodian.unseal(b"a cell", sealed) == b"plain"
    with pytest.raises(SealBrokenError):
        custodian.unseal(b"another cell", sealed)
    digest = sm2.message_digest(custodian.public_key(AUDIT_KEY), b"head of the chain")
    assert sm2.verify_digest(custodian.public_key(AUDIT_KEY), digest, custodian.sign(AUDIT_KEY, digest))
    envelope = sm2.encrypt(custodian.public_key(EXCHANGE_KEY), RANDOM)
    assert custodian.open_envelope(EXCHANGE_KEY, envelope) == RANDOM
    with pytest.raises(EnvelopeError):
        custodian.open_envelope(EXCHANGE_KEY, envelope[:-1] + bytes((envelope[-1] ^ 1,)))


def test_a_province_makes_its_cards_but_no_national_sam(path):
    level = Level("41")
    keys = {key: oracle.diversify(SECRETS[key], b"41000000") for key in card_keys()} | {
        TRANSPORT_KEY: published(TRANSPORT_KEY)
    }
    key_file.create(path, "TEST", level, keys, key_bench.lock())
    province = FileCustodian.open(path, unlock)
    assert province.level == level
    root = oracle.diversify(oracle.diversify(SECRETS[KeyRef("RK1_DDF1")], b"41000000"), CARD.card)
    session = oracle.session_key(root, CHALLENGE)
    value = province.authentication_value(KeyRef("RK1_DDF1"), CARD, CHALLENGE, RANDOM)
    assert value == oracle.authentication_value(session, RANDOM)
    with pytest.raises(RootElsewhereError):
        province.wrap_for_sam(KeyRef("RK1_DDF1"), CARD, CHALLENGE)
    assert len(province.wrap_for_sam(KeyRef("UK1_DDF1"), CARD, CHALLENGE)) == 36


def test_there_is_no_way_to_ask_for_a_key(national):
    public = {name for name in dir(national.custodian) if not name.startswith("_")}
    published_names = {name for name in dir(PublishedTestCustodian()) if not name.startswith("_")}
    assert public == published_names | {"open", "file_id", "check_values"}
    results = [national.custodian.environment, national.custodian.file_id, national.custodian.level]
    shown = repr(results) + repr(national.custodian.check_values())
    assert all(secret.hex() not in shown.lower() for secret in SECRETS.values())


def test_the_master_serves_for_nothing(national):
    assert national.custodian.check_values()[MASTER_KEY] == national.custodian.check_value("MASTER", 1)
    for use in (
        lambda: national.custodian.sign(MASTER_KEY, bytes(32)),
        lambda: national.custodian.public_key(MASTER_KEY),
        lambda: national.custodian.wrap_for_card(MASTER_KEY, CARD, CHALLENGE),
        lambda: national.custodian.authentication_value(MASTER_KEY, CARD, CHALLENGE, RANDOM),
    ):
        with pytest.raises(UnknownKeyError):
            use()


def test_no_key_shows_in_text_of_any_kind(national, path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    opened = key_file.open_file(national.path, unlock)
    texts = [repr(national.custodian), repr(opened), repr(opened.keys), str(vars(national.custodian))]
    texts.append(repr(key_bench.lock()))
    for call in (
        lambda: national.custodian.check_value("RK1_DDF1", 9),
        lambda: national.custodian.sign(KeyRef("CVN"), bytes(32)),
        lambda: national.custodian.unseal(b"", bytes(64)),
        lambda: key_file.open_file(national.path, lambda _p, d: PassphraseLock.unlock(d, "another phrase")),
        lambda: key_file.create(path, "PROD", NATION, {**SECRETS}, key_bench.lock()),
    ):
        with pytest.raises(Exception) as caught:  # noqa: PT011  whatever it is, it must not show a key
            call()
        texts.append("".join(traceback.format_exception(caught.value)) + repr(vars(caught.value)))
    texts += [caplog.text, *capfd.readouterr(), national.text.decode()]
    everything = "\n".join(texts)
    for secret in (*SECRETS.values(), MASTER):
        for form in (secret.hex(), secret.hex().upper(), repr(secret)[2:-1]):
            assert form not in everything
    assert PASSPHRASE not in everything


@pytest.mark.parametrize("use", [pickle.dumps, copy.copy, copy.deepcopy], ids=lambda use: use.__name__)
def test_keys_do_not_travel(national, use):
    for thing in (national.custodian, key_file.open_file(national.path, unlock).keys):
        with pytest.raises(TypeError, match="another process"):
            use(thing)


# --- at rest ----------------------------------------------------------------------------------------------


def test_a_file_comes_back_as_it_was_written(path):
    first = made(path, Level("4101"))
    again = key_file.open_file(path, unlock)
    assert dict(again.keys.all()) == derived(MASTER, Level("4101"), made_at(Level("4101")))
    assert (again.file_id, again.level, again.environment, again.generation) == (
        first.file_id, Level("4101"), "TEST", 1,
    )  # fmt: skip
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.rhc"]


def test_what_stands_open_in_a_file(national):
    head, *records, seal = (json.loads(line) for line in national.text.splitlines())
    assert set(head) == {"environment", "file_id", "format", "generation", "level", "lock"}
    assert all(set(record) == {"check_value", "key", "kind", "sealed", "version"} for record in records)
    assert set(seal) == {"seal"}
    assert len(records) == len(SECRETS) + 2  # the transport key and the master
    assert len({record["sealed"] for record in records}) == len(records)
    assert all(len(record["check_value"]) == 6 for record in records)


def test_another_passphrase_opens_nothing(national):
    with pytest.raises(KeyFileLockedError, match="passphrase or PIN is wrong"):
        key_file.open_file(national.path, lambda _p, d: PassphraseLock.unlock(d, PASSPHRASE + "!"))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700])
def test_a_file_that_others_may_open_is_refused(path, mode):
    made(path, Level("41"))
    path.chmod(mode)
    with pytest.raises(KeyFileModeError, match=f"{mode:o}"):
        key_file.open_file(path, unlock)


def altered(text: bytes, how: str, other: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    if how == "swapped":
        lines[1], lines[2] = lines[2], lines[1]
    elif how == "removed":
        del lines[3]
    elif how == "cut off":
        del lines[-1]
    elif how == "from another file":
        lines[1] = other.splitlines(keepends=True)[1]
    elif how == "values exchanged":
        first, second = json.loads(lines[1]), json.loads(lines[2])
        first["sealed"], second["sealed"] = second["sealed"], first["sealed"]
        lines[1:3] = [json.dumps(entry).encode() + b"\n" for entry in (first, second)]
    else:
        name, value = how.split("=")
        head = json.loads(lines[0])
        head[name] = json.loads(value)
        lines[0] = json.dumps(head).encode() + b"\n"
    return b"".join(lines)


@pytest.mark.parametrize(
    "how",
    [
        "swapped", "removed", "cut off", "from another file", "values exchanged", 'environment="PROD"',
        'level="42"', 'level="x"', "generation=7", 'file_id="00"', "extra=1",
    ],
)  # fmt: skip
def test_a_file_that_was_touched_is_refused(path, tmp_path, how):
    made(path, Level("41"))
    made(tmp_path / "other", Level("41"))
    path.write_bytes(altered(path.read_bytes(), how, (tmp_path / "other").read_bytes()))
    # a file that calls itself PROD is refused for its cheap lock, before its seal is looked at
    with pytest.raises((KeyFileAlteredError, WeakLockError)):
        key_file.open_file(path, unlock)


def test_the_line_that_was_changed_is_named(path):
    made(path, Level("41"))
    lines = path.read_bytes().splitlines(keepends=True)
    record = json.loads(lines[4])
    record["sealed"] = record["sealed"][:-2] + ("00" if record["sealed"][-2:] != "00" else "01")
    lines[4] = json.dumps(record, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    path.write_bytes(b"".join(lines))
    with pytest.raises(KeyFileAlteredError, match="line 5: changed"):
        key_file.open_file(path, unlock)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_single_bit_of_a_file_can_be_turned(national, tmp_path, data):
    at = data.draw(st.integers(0, len(national.text) - 2))  # a line end after the seal says nothing
    touched = bytearray(national.text)
    touched[at] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / "touched"
    path.write_bytes(touched)
    path.chmod(0o600)
    try:
        opened = key_file.open_file(path, unlock)
    except (KeyFileError, WeakLockError):
        return
    # hex digits may change between upper and lower case in the head's lock, and nothing else
    assert bytes(touched).lower() == national.text.lower()
    assert dict(opened.keys.all()) == dict(key_file.open_file(national.path, unlock).keys.all())


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"[]\n", b"{}\n", b"\xff\xfe", b'{"format":"rhc-keys/2"}\n', b"null"]
)
def test_what_is_no_key_file_is_told_in_a_line(path, raw):
    path.write_bytes(raw)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="no key file") as caught:
        key_file.open_file(path, unlock)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_and_one_that_is(path):
    with pytest.raises(KeyFileError, match="No such file"):
        key_file.open_file(path, unlock)
    made(path, Level("41"))
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="exists already"):
        made(path, Level("41"))
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.rhc"]


# --- locks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weak", ["", "short", "x" * 30])
def test_weak_passphrases_are_refused_and_not_shown(weak):
    with pytest.raises(PassphraseRefusedError) as caught:
        PassphraseLock.make(weak)
    assert not weak or weak not in str(caught.value)


def test_a_cheap_lock_serves_tests_only(path):
    with pytest.raises(WeakLockError, match=r"2\^16"):
        made(path, Level("41"), environment="PROD")
    assert not path.exists()
    assert (FULL_COST.log_n, FULL_COST.r, FULL_COST.p) == (16, 8, 1)


def test_a_head_cannot_make_its_owner_wait_for_ever(path):
    made(path, Level("41"))
    for change in (
        {"log_n": 40},
        {"log_n": 0},
        {"r": 1 << 20},
        {"p": 1 << 20},
        {"salt": "zz"},
        {"log_n": None},
    ):
        lines = path.read_bytes().splitlines(keepends=True)
        head = json.loads(lines[0])
        head["lock"] |= change
        other = path.with_name("other")
        other.write_bytes(b"".join([json.dumps(head).encode() + b"\n", *lines[1:]]))
        other.chmod(0o600)
        with pytest.raises(KeyFileLockedError):
            key_file.open_file(other, unlock)


def test_published_keys_stay_out_of_production(path):
    full = PassphraseLock.make(PASSPHRASE, FULL_COST)
    for level, keys in (
        (NATION, {KeyRef("RK1_DDF1"): published(KeyRef("RK1_DDF1"))}),
        (NATION, {AUDIT_KEY: published(AUDIT_KEY)}),
        (Level("41"), {KeyRef("RK1_DDF1"): oracle.diversify(published(KeyRef("RK1_DDF1")), b"41000000")}),
        (Level("41"), {TRANSPORT_KEY: published(TRANSPORT_KEY)}),
    ):
        with pytest.raises(PublishedKeysError, match="PROD"):
            key_file.create(path, "PROD", level, keys, full)
    assert not path.exists()
    key_file.create(path, "PROD", NATION, {KeyRef("RK1_DDF1"): SECRETS[KeyRef("RK1_DDF1")]}, full)
    with pytest.raises(PublishedKeysError):
        key_file.add(path, unlock, {TRANSPORT_KEY: published(TRANSPORT_KEY)})
    assert FileCustodian.open(path, unlock).environment == "PROD"


# --- changes ----------------------------------------------------------------------------------------------


def test_added_keys_are_there_and_the_others_stay(path):
    made(path, Level("41"))
    changed = key_file.add(path, unlock, {KeyRef("RK1_DDF1", 2): bytes(range(16))})
    again = key_file.open_file(path, unlock)
    assert again.keys.use(KeyRef("RK1_DDF1", 2)) == bytes(range(16))
    assert len(list(again.keys)) == len(made_at(Level("41"))) + 1
    assert (changed.generation, again.generation) == (2, 2)
    assert path.stat().st_mode & 0o777 == 0o600


def test_erased_keys_are_nowhere_in_the_old_blocks_and_the_old_file_is_no_help(path):
    made(path)
    before = path.read_bytes()
    gone = frozenset(KeyRef(key.name, 1) for key in card_keys() if KeyRef(key.name, VERSIONS) in card_keys())
    with path.open("rb") as old:
        key_file.erase(path, unlock, gone)
        old.seek(0)
        assert old.read() == bytes(len(before))  # the blocks of the former file
    custodian = FileCustodian.open(path, unlock)
    with pytest.raises(UnknownKeyError, match="RK1_DDF1 version 1"):
        custodian.wrap_for_card(KeyRef("RK1_DDF1"), CARD, CHALLENGE)
    assert custodian.check_value("RK1_DDF1", 2)
    assert custodian.check_value("BK_MF", 1)  # a key of one version only is not of the erased version
    # records of the former file are under another key-encryption key
    lines = path.read_bytes().splitlines(keepends=True)
    former = next(line for line in before.splitlines(keepends=True) if b'"RK1_DDF1"' in line)
    path.write_bytes(b"".join([lines[0], former, *lines[1:]]))
    with pytest.raises(KeyFileAlteredError, match="line 2"):
        key_file.open_file(path, unlock)


def test_erasing_again_is_harmless(path):
    made(path)
    gone = frozenset({KeyRef("RK1_DDF1")})
    first, second = (key_file.erase(path, unlock, gone) for _ in range(2))
    assert set(first.keys) == set(second.keys)


def test_two_writers_do_not_lose_each_others_keys(path):
    made(path, Level("41"))
    read = path.read_bytes()
    key_file.add(path, unlock, {KeyRef("BK_MF"): bytes(16)})
    with pytest.raises(KeyFileError, match="somebody else"):
        storing.replace(path, read, b"what the slower one made of it\n")
    assert KeyRef("BK_MF") in key_file.open_file(path, unlock).keys


@pytest.mark.parametrize("where", ["_write", "_sync_directory"])
def test_a_failing_disk_leaves_the_file_as_it_was(path, monkeypatch, where):
    made(path, Level("41"))

    def fail(*_given):
        raise OSError(28, os.strerror(28))

    before = path.read_bytes()
    if where == "_write":
        monkeypatch.setattr(storing, where, fail)
        with pytest.raises(KeyFileError, match="No space left"):
            key_file.add(path, unlock, {KeyRef("BK_MF"): bytes(16)})
        assert path.read_bytes() == before
    else:
        monkeypatch.setattr(storing, where, fail)
        with pytest.raises(KeyFileError, match="No space left"):
            key_file.add(path, unlock, {KeyRef("BK_MF"): bytes(16)})
        assert KeyRef("BK_MF") in key_file.open_file(path, unlock).keys  # whole, if late
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.rhc"]


def test_a_writer_that_is_killed_leaves_the_old_file_or_the_new_one(path):
    """At twenty moments of a process that writes without end."""
    made(path, Level("41"))
    head, one = path.read_bytes().count(b"\n"), KeyRef("BK_MF")
    for turn in range(20):
        pid = os.fork()
        if pid == 0:
            while True:
                key_file.add(path, unlock, {one: bytes(16)})
                key_file.erase(path, unlock, frozenset({one}))
        time.sleep(0.001 + 0.0017 * turn)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert len(list(key_file.open_file(path, unlock).keys)) in (head - 2, head - 1)
        assert path.stat().st_mode & 0o777 == 0o600
    key_file.add(path, unlock, {one: bytes(16)})
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.rhc"]


def test_a_destroyed_file_is_overwritten_and_gone(path):
    made(path, Level("41"))
    length = path.stat().st_size
    with path.open("rb") as old:
        key_file.destroy(path, unlock)
        assert old.read() == bytes(length)
    assert list(path.parent.iterdir()) == []


def test_costs_are_written_and_read(path):
    key_file.create(path, "TEST", Level("41"), {}, PassphraseLock.make(PASSPHRASE, Cost(log_n=6)))
    assert json.loads(path.read_bytes().splitlines()[0])["lock"]["log_n"] == 6
    key_file.open_file(path, unlock)
