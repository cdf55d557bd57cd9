"""Keys for the card under test: through a SAM as terminals use them, or from a file of test keys.

A file of test keys is JSON: {"format": "rhc-test-keys/1", "province": "11", "keys": {"RK1_DDF1": {"root":
["32 hex digits for version 1", …]}}}. In place of `root` stands `held` for the key that a SAM of the province
holds, or `card` for the key of one card itself. It is meant for keys that protect nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from card_os.crypto import keys as g128
from card_os.crypto import secure_messaging as sm
from card_os.crypto.block_cipher import BlockCipher128, cipher_named
from card_os.crypto.keys import KEY_LENGTH, province_factor
from card_os.spec.errors import Phrase
from card_os.spec.model import KeySpec, Profile
from language import cause
from reader_client.conformance.bench import KeyNotAtHandError
from reader_client.errors import KeyNotHeldError, PinError, ReaderClientError
from reader_client.sam import CardFactors, SamSession

FORMAT = "rhc-test-keys/1"
LEVELS = ("root", "held", "card")
_LONGEST = 1 << 20


class KeyFileError(ReaderClientError):
    """A file that holds no test keys."""

    template = "{file}: {reason}"


class SamKeys:
    """The keys of a SAM that lies in another reader. `pin` are the digits of its PIN.

    It stands for its own province only: for a key of another one it has no root to go by.
    """

    def __init__(self, session: SamSession, pin: str) -> None:
        self._session, self._pin = session, pin
        self._province = b""
        self._ready = False
        self._refused: PinError | None = None

    def renew(self) -> None:
        """Somebody else has used the SAM: open it anew before the next key."""
        self._ready = False

    def authentication_value(
        self, key: KeySpec, version: int, factors: CardFactors, challenge: bytes, random: bytes
    ) -> bytes:
        """See CardKeys."""
        self._demand(key, factors)
        try:
            return self._session.authentication_value(key, factors, challenge, random, version)
        except KeyNotHeldError:
            raise KeyNotAtHandError(key.name) from None

    def mac(self, key: KeySpec, factors: CardFactors, challenge: bytes, header: bytes, body: bytes) -> bytes:
        """See CardKeys."""
        self._demand(key, factors)
        try:
            return self._session.mac(key, factors, challenge, header, body)
        except KeyNotHeldError:
            raise KeyNotAtHandError(key.name) from None

    def protect(
        self, key: KeySpec, factors: CardFactors, challenge: bytes, header: bytes, data: bytes
    ) -> bytes:
        """See CardKeys."""
        self._demand(key, factors)
        try:
            return self._session.protect(key, factors, challenge, header, data)
        except KeyNotHeldError:
            raise KeyNotAtHandError(key.name) from None

    def _demand(self, key: KeySpec, factors: CardFactors) -> None:
        if self._refused is not None:  # a PIN that was wrong is not tried again
            raise self._refused
        if not self._ready:
            self._session.open()
            digits = str(self._session.province() or "")
            self._province = province_factor(bytes.fromhex(digits.ljust(2, "F")[:2]))
            try:
                self._session.verify_pin(self._pin)
            except PinError as error:
                self._refused = error
                raise
            self._ready = True
        if key.held == "province" and factors.province != self._province:
            raise KeyNotAtHandError(key.name)


@dataclass(frozen=True, slots=True)
class FileKeys:
    """Keys out of a file: by name the level at which they stand, and their versions from 1 on."""

    profile: Profile
    values: Mapping[str, tuple[str, tuple[bytes, ...]]] = field(repr=False)
    province: bytes

    def renew(self) -> None:
        """Nothing is kept between two cases."""

    def authentication_value(
        self, key: KeySpec, version: int, factors: CardFactors, challenge: bytes, random: bytes
    ) -> bytes:
        """See CardKeys."""
        return sm.authentication_value(self._session(key, version, factors, challenge), random, self._cipher)

    def mac(self, key: KeySpec, factors: CardFactors, challenge: bytes, header: bytes, body: bytes) -> bytes:
        """See CardKeys."""
        return sm.command_mac(self._session(key, 1, factors, challenge), header, body, self._cipher)

    def protect(
        self, key: KeySpec, factors: CardFactors, challenge: bytes, header: bytes, data: bytes
    ) -> bytes:
        """See CardKeys."""
        session = self._session(key, 1, factors, challenge)
        cryptogram = sm.encipher(session, data, self._cipher)
        return cryptogram + sm.command_mac(session, header, cryptogram, self._cipher)

    @property
    def _cipher(self) -> BlockCipher128:
        return cipher_named(self.profile.cipher)

    def _session(self, key: KeySpec, version: int, factors: CardFactors, challenge: bytes) -> bytes:
        level, versions = self.values.get(key.name, ("", ()))
        if not 1 <= version <= len(versions):
            raise KeyNotAtHandError(key.name)
        value = versions[version - 1]
        national = key.held == "national"
        if level == "root" and key.held == "province":
            value, level = g128.diversify(value, factors.province, self._cipher), "held"
        elif key.held == "province" and factors.province != self.province:
            raise KeyNotAtHandError(key.name)
        if level != "card":
            value = g128.card_key(value, factors.card, factors.province if national else None, self._cipher)
        return g128.session_key(value, challenge, self._cipher)


def read_keys(profile: Profile, path: Path) -> FileKeys:
    """Read a file of test keys; raises KeyFileError, whose text shows no key."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LONGEST)
    except OSError as error:
        raise KeyFileError(file=path, reason=cause(error)) from None
    try:
        table = json.loads(raw)
    except ValueError:
        raise KeyFileError(file=path, reason=Phrase("this is no JSON file")) from None
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise KeyFileError(file=path, reason=Phrase("its format is not {format}", format=FORMAT))
    province = table.get("province", "")
    if not (isinstance(province, str) and len(province) == 2 and province.isdecimal()):
        raise KeyFileError(file=path, reason=Phrase("province has two digits"))
    given = table.get("keys")
    if not isinstance(given, dict):
        raise KeyFileError(file=path, reason=Phrase("it has no keys"))
    values = {name: _key(profile, path, name, levels) for name, levels in given.items()}
    return FileKeys(profile, values, province_factor(bytes.fromhex(province)))


def _key(profile: Profile, path: Path, name: str, given: object) -> tuple[str, tuple[bytes, ...]]:
    def wrong() -> KeyFileError:
        levels = ", ".join(LEVELS)
        reason = Phrase(
            "{key}: one of {levels} with a list of keys of 32 hex digits", key=name, levels=levels
        )
        return KeyFileError(file=path, reason=reason)

    if name not in profile.keys:
        raise KeyFileError(file=path, reason=Phrase("{key} is no key of the card", key=name))
    if not isinstance(given, dict) or len(given) != 1:
        raise wrong()
    ((level, versions),) = given.items()
    if level not in LEVELS or not isinstance(versions, Sequence) or isinstance(versions, str):
        raise wrong()
    try:
        keys = tuple(bytes.fromhex(version) for version in versions)
    except (TypeError, ValueError):
        raise wrong() from None
    if any(len(key) != KEY_LENGTH for key in keys):
        raise wrong()
    return level, keys
