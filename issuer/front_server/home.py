"""The home of a front server: its settings, the list, what it knows of the list, and its password.

`front-server.toml`:

    format = "rhc-front-server/1"
    name = "fs-hospital-1"
    issuer = "http://127.0.0.1:8443"
    operator = "fs-hospital-1"
    key = "…"
    warn_after_hours = "48"
    sync_seconds = "300"

`key` is the public key that signs lists, 128 hex digits; whoever sets a front server up gets it from the
issuer by another way than the list. The password of the operator comes from RHC_FRONT_SERVER_PASSWORD, where
a service manager sets it, or lies in the file `password`. All files are 0600.
"""

from __future__ import annotations

import fcntl
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from card_os.crypto import sm2
from card_os.spec.errors import Phrase, PlainError
from language import cause

FORMAT = "rhc-front-server/1"
SETTINGS_FILE, PASSWORD_FILE, LOCK_FILE = "front-server.toml", "password", "lock"
HOME_VARIABLE, PASSWORD_VARIABLE = "RHC_FRONT_SERVER_HOME", "RHC_FRONT_SERVER_PASSWORD"
DIRECTORY_MODE, FILE_MODE = 0o700, 0o600
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class FrontServerHomeError(PlainError):
    """A home of a front server that cannot be opened, made or written."""

    template = "{file}: {reason}"


@dataclass(frozen=True, slots=True)
class FrontServerSettings:
    """What `front-server.toml` says, as text."""

    name: str
    issuer: str
    operator: str
    key: str
    warn_after_hours: str = "48"
    sync_seconds: str = "300"

    @property
    def trusted_key(self) -> bytes:
        """The 64 bytes that sign lists."""
        return bytes.fromhex(self.key)

    @property
    def warn_after(self) -> float:
        """Seconds after which the list is called old."""
        return float(self.warn_after_hours) * 3600

    def problem(self) -> tuple[str, Phrase] | None:
        """The setting that is wrong, and why; None where all are right."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not value.isprintable() or any(sign in value for sign in '"\\') or not value:
                return field.name, Phrase("quotation marks and control characters do not fit, nor nothing")
        if not _is_address(self.issuer):
            return "issuer", Phrase("an https:// address is expected; http:// serves this machine only")
        if not _is_key(self.key):
            return "key", Phrase("an SM2 public key of 128 hex digits is expected")
        for name in ("warn_after_hours", "sync_seconds"):
            if not _is_positive(getattr(self, name)):
                return name, Phrase("a number greater than 0 is expected")
        return None


def make(home: Path, settings: FrontServerSettings, password: str | None) -> None:
    """Make a home, without a file for the password where it comes from the environment (None).

    Raises FrontServerHomeError where there is a home, or a setting is wrong.
    """
    wrong = settings.problem()
    if wrong:
        raise FrontServerHomeError(file=wrong[0], reason=wrong[1])
    lines = [f'format = "{FORMAT}"']
    lines += [f'{field.name} = "{getattr(settings, field.name)}"' for field in fields(settings)]
    try:
        home.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        contents = {SETTINGS_FILE: "\n".join(lines) + "\n"}
        if password is not None:
            contents[PASSWORD_FILE] = password
        for name, text in contents.items():
            handle = os.open(home / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
    except FileExistsError as error:
        raise FrontServerHomeError(file=error.filename, reason=Phrase("it exists already")) from None
    except OSError as error:
        raise FrontServerHomeError(file=home, reason=cause(error)) from None


def read(home: Path) -> FrontServerSettings:
    """The settings of a home; raises FrontServerHomeError."""
    file = home / SETTINGS_FILE
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise FrontServerHomeError(file=file, reason=cause(error)) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise FrontServerHomeError(file=file, reason=Phrase("this is no TOML")) from None
    if found.pop("format", None) != FORMAT:
        raise FrontServerHomeError(file=file, reason=Phrase('"format" is not {format}', format=FORMAT))
    known = {field.name for field in fields(FrontServerSettings)}
    for name, value in found.items():
        if name not in known or not isinstance(value, str):
            reason = Phrase("{name} is no setting, or no text", name=name)
            raise FrontServerHomeError(file=file, reason=reason)
    for name in ("name", "issuer", "operator", "key"):
        if not found.get(name):
            raise FrontServerHomeError(file=file, reason=Phrase("{name} is missing", name=name))
    settings = FrontServerSettings(**found)
    wrong = settings.problem()
    if wrong:
        raise FrontServerHomeError(file=f"{file}: {wrong[0]}", reason=wrong[1])
    return settings


def password_of(home: Path) -> str:
    """The password of the operator, from the environment or the home; raises FrontServerHomeError."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given:
        return given
    file = home / PASSWORD_FILE
    try:
        return file.read_text("utf-8").strip()
    except OSError as error:
        raise FrontServerHomeError(file=file, reason=cause(error)) from None


def write(file: Path, text: str) -> None:
    """Put a text in the place of a file, whole or not at all; raises FrontServerHomeError."""
    made = file.with_name(f".{file.name}.new")
    try:
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        made.replace(file)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise FrontServerHomeError(file=file, reason=cause(error)) from None


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Let one program at a time change the list; the others wait."""
    try:
        handle = os.open(home / LOCK_FILE, os.O_RDWR | os.O_CREAT, FILE_MODE)
    except OSError as error:
        raise FrontServerHomeError(file=home / LOCK_FILE, reason=cause(error)) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _is_address(text: str) -> bool:
    """Whether an address is protected on its way, or does not leave this machine."""
    try:
        found = urlsplit(text)
        host = found.hostname or ""
    except ValueError:
        return False
    return bool(host) and (found.scheme == "https" or (found.scheme == "http" and host in _LOOPBACK))


def _is_key(text: str) -> bool:
    try:
        return sm2.is_public_key(bytes.fromhex(text))
    except ValueError:
        return False


def _is_positive(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False
