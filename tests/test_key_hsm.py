"""The key-encryption key in a PKCS#11 token, against a real SoftHSM2 with a token directory for each test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import key_bench
import pytest

from issuer.keys.ceremony.master import derived, made_at
from issuer.keys.custodian import KeyRef, UnknownKeyError
from issuer.keys.file_custodian import FileCustodian
from issuer.keys.hierarchy import NATION, Level
from issuer.keys.key_file import key_file, token_lock
from issuer.keys.key_file.errors import (
    KeyFileAlteredError,
    KeyFileError,
    TokenError,
    TokenLibraryMissingError,
)
from issuer.keys.key_file.token_lock import MODULE_VARIABLE, TokenLock

pkcs11 = pytest.importorskip("pkcs11")
MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
MODULE = next((module for module in MODULES if Path(module).exists()), None)
pytestmark = pytest.mark.skipif(MODULE is None, reason="SoftHSM2 is not installed")
LABEL, PIN = "rhc-test", "24681357"
LEVEL = Level("41")
KEYS = derived(key_bench.MASTER, LEVEL, made_at(LEVEL))


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")


@pytest.fixture
def hsm(tmp_path, monkeypatch):
    """A token of its own, with a file that it locks."""
    directory = tmp_path / "tokens"
    directory.mkdir()
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {directory}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
    monkeypatch.setenv(MODULE_VARIABLE, MODULE)
    new_token(LABEL)
    # the module reads its configuration when it is initialised, once a process otherwise
    pkcs11.lib(MODULE).reinitialize()
    path = tmp_path / "keys.rhc"
    lock = TokenLock.make(LABEL, PIN)
    key_file.create(path, "TEST", LEVEL, KEYS, lock)
    lock.close()
    return SimpleNamespace(path=path, directory=directory)


def new_token(label: str) -> None:
    command = [
        "softhsm2-util",
        "--init-token",
        "--free",
        "--label",
        label,
        "--pin",
        PIN,
        "--so-pin",
        "97531864",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=30)


def unlock(_path, described, pin=PIN):
    return TokenLock.unlock(described, pin)


def keys_in_token():
    with pkcs11.lib(MODULE).get_token(token_label=LABEL).open(user_pin=PIN) as session:
        kind = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY}
        return [bytes(key[pkcs11.Attribute.ID]) for key in session.get_objects(kind)]


def test_a_file_opens_with_the_token_and_its_pin(hsm):
    opened = key_file.open_file(hsm.path, unlock)
    assert dict(opened.keys.all()) == KEYS
    assert hsm.path.stat().st_mode & 0o777 == 0o600
    custodian = FileCustodian(opened)
    assert custodian.unseal(b"cell", custodian.seal(b"cell", b"plain")) == b"plain"


def test_the_key_of_the_file_cannot_be_taken_out_of_the_token(hsm):
    with pkcs11.lib(MODULE).get_token(token_label=LABEL).open(user_pin=PIN) as session:
        (key,) = session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY})
        with pytest.raises(pkcs11.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]
        assert not key[pkcs11.Attribute.EXTRACTABLE]
    text = hsm.path.read_bytes()
    assert PIN.encode() not in text
    assert b"wrapped" not in text


@pytest.mark.parametrize("pin", ["00000000", "1", ""])
def test_a_wrong_pin_opens_nothing_and_is_not_shown(hsm, pin):
    with pytest.raises(TokenError, match="the PIN is wrong") as caught:
        key_file.open_file(hsm.path, lambda path, described: unlock(path, described, pin))
    assert "00000000" not in str(caught.value)
    key_file.open_file(hsm.path, unlock)  # and the right one still does


def test_a_changed_record_is_refused_by_the_token_too(hsm):
    lines = hsm.path.read_bytes().splitlines(keepends=True)
    lines[1], lines[2] = lines[2], lines[1]
    hsm.path.write_bytes(b"".join(lines))
    with pytest.raises(KeyFileAlteredError, match="line"):
        key_file.open_file(hsm.path, unlock)


def test_another_token_does_not_open_it(hsm):
    new_token("another")
    pkcs11.lib(MODULE).reinitialize()
    text = hsm.path.read_text().replace(f'"token":"{LABEL}"', '"token":"another"')
    hsm.path.write_text(text)
    with pytest.raises(TokenError, match="the key of this file is not in the token"):
        key_file.open_file(hsm.path, unlock)
    hsm.path.write_text(text.replace('"token":"another"', '"token":"nowhere"'))
    with pytest.raises(TokenError, match="no token with this label"):
        key_file.open_file(hsm.path, unlock)


def test_a_described_key_that_is_no_hex_is_refused(hsm):
    text = hsm.path.read_text()
    at = text.index('"key":"') + len('"key":"')
    hsm.path.write_text(text[:at] + "zz" + text[at + 2 :])
    with pytest.raises(KeyFileError):
        key_file.open_file(hsm.path, unlock)


def test_added_keys_go_under_the_same_key(hsm):
    before = keys_in_token()
    key_file.add(hsm.path, unlock, {KeyRef("BK_MF"): bytes(16)})
    assert keys_in_token() == before
    assert key_file.open_file(hsm.path, unlock).keys.use(KeyRef("BK_MF")) == bytes(16)


def test_destruction_reaches_copies_of_the_file(hsm):
    """The former key-encryption key is destroyed in the token: a copy that was kept does not open."""
    copy = hsm.path.with_name("copy.rhc")
    copy.write_bytes(hsm.path.read_bytes())
    copy.chmod(0o600)
    key_file.open_file(copy, unlock)
    before = keys_in_token()
    key_file.erase(hsm.path, unlock, frozenset({KeyRef("CVN")}))
    assert len(keys_in_token()) == 1
    assert keys_in_token() != before
    with pytest.raises(TokenError, match="not in the token"):
        key_file.open_file(copy, unlock)
    with pytest.raises(UnknownKeyError):
        key_file.open_file(hsm.path, unlock).keys.use(KeyRef("CVN"))


def test_what_a_killed_destruction_left_in_the_token_goes_with_the_next_one(hsm, monkeypatch):
    monkeypatch.setattr(TokenLock, "forget_former", lambda self: None)
    key_file.erase(hsm.path, unlock, frozenset({KeyRef("CVN")}))
    assert len(keys_in_token()) == 2
    monkeypatch.undo()
    monkeypatch.setenv(MODULE_VARIABLE, MODULE)
    key_file.erase(hsm.path, unlock, frozenset({KeyRef("CVN")}))
    assert len(keys_in_token()) == 1


def test_a_destroyed_file_leaves_no_key_in_the_token(hsm):
    key_file.destroy(hsm.path, unlock)
    assert keys_in_token() == []
    assert not hsm.path.exists()


def test_two_files_share_a_token(hsm, tmp_path):
    lock = TokenLock.make(LABEL, PIN)
    other = tmp_path / "other.rhc"
    key_file.create(other, "TEST", NATION, {KeyRef("BK_MF"): bytes(16)}, lock)
    lock.close()
    key_file.destroy(hsm.path, unlock)
    assert key_file.open_file(other, unlock).keys.use(KeyRef("BK_MF")) == bytes(16)


def test_a_module_that_cannot_be_loaded_is_one_plain_line(hsm, monkeypatch):
    monkeypatch.setenv(MODULE_VARIABLE, "/nowhere/module.so")
    with pytest.raises(TokenError, match=r"/nowhere/module\.so is no PKCS#11 module") as caught:
        TokenLock.make(LABEL, PIN)
    assert "\n" not in str(caught.value)


def test_without_the_package_the_error_names_the_extra(hsm, monkeypatch):
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(TokenLibraryMissingError, match=r"residents-health-card\[hsm\]"):
        key_file.open_file(hsm.path, unlock)


def test_the_default_module_is_where_debian_puts_it():
    assert token_lock.DEFAULT_MODULE in MODULES
