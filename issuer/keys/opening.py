"""Opens the key file of an office: where the passphrase or the PIN comes from, and whether the file fits.

A passphrase comes from RHC_KEY_PASSPHRASE, from the file that RHC_KEY_PASSPHRASE_FILE names (for its owner
only), from the open descriptor RHC_KEY_PASSPHRASE_FD, or from a person; the PIN of a token the same way, from
RHC_TOKEN_PIN and so on. Neither is ever an argument of a command.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from card_os.spec.errors import Phrase, PlainError
from issuer.keys.custodian import KeyRef
from issuer.keys.file_custodian import FileCustodian
from issuer.keys.hierarchy import Level
from issuer.keys.key_file.errors import KeyFileError, LockBrokenError, TokenError
from issuer.keys.key_file.key_file import Unlock
from issuer.keys.key_file.locks import Lock, PassphraseLock
from issuer.keys.key_file.token_lock import KIND as TOKEN
from issuer.keys.key_file.token_lock import TokenLock
from issuer.keys.software_custodian import SoftwareCustodian
from language import _, cause

if TYPE_CHECKING:
    from issuer.office import OfficeSettings

PASSPHRASE_VARIABLE, PIN_VARIABLE = "RHC_KEY_PASSPHRASE", "RHC_TOKEN_PIN"
_LONGEST = 1024
_OTHERS = 0o077
Ask = Callable[[str], str]


class SecretMissingError(PlainError):
    """A passphrase or PIN that is nowhere to be had."""

    template = "{what} is needed: set {variable}, {variable}_FILE or {variable}_FD, or work at a terminal"


class SecretFileError(PlainError):
    """A file or descriptor with a passphrase or PIN that cannot be used; the text never shows that one."""

    template = "{name}: {reason}"


class NoKeysYetError(PlainError):
    """A key that is wanted before the ceremony was held."""

    template = "{file}: there are no keys yet; three key custodians make them with `rhc keys ceremony`"


class NoKeysYet(SoftwareCustodian):
    """The custodian of an office before its ceremony: operators can be entered, but no key can be used."""

    def __init__(self, path: Path, environment: str) -> None:
        super().__init__(environment)
        self._path = path

    def _secret(self, key: KeyRef) -> NoReturn:
        raise NoKeysYetError(file=self._path)


def secret(variable: str, what: str, ask: Ask = getpass.getpass) -> str:
    """A secret from a variable, its file or its descriptor, or from a person who is asked for `what`.

    Raises SecretMissingError, SecretFileError.
    """
    given = os.environ.get(variable)
    if given:
        return given
    for read, end in ((_from_file, "_FILE"), (_from_descriptor, "_FD")):
        place = os.environ.get(variable + end)
        if place:
            return read(variable + end, place)
    if not sys.stdin.isatty():
        raise SecretMissingError(what=what, variable=variable)
    return ask(f"{what}: ")


class Unlocking:
    """Opens the locks of key files; a person is asked once for each file, and a descriptor is read once."""

    def __init__(self) -> None:
        self._given: dict[Path, str] = {}

    def __repr__(self) -> str:
        return f"Unlocking({len(self._given)})"

    def __call__(self, path: Path, described: Mapping[str, object]) -> Lock:
        """Open the lock that a key file describes.

        Raises SecretMissingError, SecretFileError, LockBrokenError, TokenError.
        """
        in_token = described.get("kind") == TOKEN
        if path not in self._given:
            self._given[path] = token_pin() if in_token else passphrase()
        try:
            if in_token:
                return TokenLock.unlock(described, self._given[path])
            return PassphraseLock.unlock(described, self._given[path])
        except (LockBrokenError, TokenError):
            del self._given[path]
            raise


def passphrase() -> str:
    """The passphrase of a key file; raises SecretMissingError, SecretFileError."""
    return secret(PASSPHRASE_VARIABLE, _("passphrase of the key file"))


def token_pin() -> str:
    """The PIN of a token; raises SecretMissingError, SecretFileError."""
    return secret(PIN_VARIABLE, _("PIN of the token"))


def open_keys(path: Path, settings: OfficeSettings, unlock: Unlock | None = None) -> SoftwareCustodian:
    """The custodian of an office; one without keys where there is no key file yet.

    Raises KeyFileError for a file of another environment or area, what `key_file.open_file` raises, and
    SecretMissingError, SecretFileError.
    """
    if not path.exists():
        return NoKeysYet(path, settings.environment)
    custodian = FileCustodian.open(path, unlock or Unlocking())
    if custodian.environment != settings.environment:
        reason = Phrase(
            "its environment is {given}, that of the office {here}",
            given=custodian.environment,
            here=settings.environment,
        )
        raise KeyFileError(file=path, reason=reason)
    if not settings.city_code.startswith(custodian.level.code):
        raise KeyFileError(file=path, reason=_elsewhere(custodian.level, settings.city_code))
    return custodian


def _elsewhere(level: Level, city_code: str) -> Phrase:
    return Phrase("its keys are of {given}, the office is in {here}", given=level.code, here=city_code)


def _from_file(name: str, place: str) -> str:
    try:
        with Path(place).open("rb") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS:
                raise SecretFileError(name=name, reason=Phrase("others than its owner may read the file"))
            return _text(name, file.read(_LONGEST + 1))
    except OSError as error:
        raise SecretFileError(name=name, reason=cause(error)) from None


def _from_descriptor(name: str, place: str) -> str:
    try:
        with os.fdopen(int(place), "rb") as file:
            return _text(name, file.read(_LONGEST + 1))
    except ValueError:
        raise SecretFileError(name=name, reason=Phrase("the number of an open file is expected")) from None
    except OSError as error:
        raise SecretFileError(name=name, reason=cause(error)) from None


def _text(name: str, raw: bytes) -> str:
    try:
        text = raw.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        text = ""
    if not text or len(raw) > _LONGEST or "\n" in text:
        reason = Phrase("one line of text, up to {most} bytes, is expected", most=_LONGEST)
        raise SecretFileError(name=name, reason=reason)
    return text
