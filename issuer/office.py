"""The home of an issuer: a directory with its settings, its keys and, by default, its database.

`issuer.toml`:

    format = "rhc-issuer/1"
    environment = "TEST"
    name = "居民健康卡测试发卡中心"
    code = "41000000001"
    city_code = "410000"
    database = "sqlite:///registry.db"
    keys = "published"

`database` is an address for SQLAlchemy; a SQLite file without a leading slash lies in the home. `keys` is the
name of the key file in the home, or `published` for the published test keys, in the environment TEST only.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from card_os.spec.errors import Phrase, PlainError
from issuer.keys.custodian import Custodian
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.personalisation.issuance import IssuerSettings
from issuer.registry.registry import Registry, utc_now
from language import cause

FORMAT = "rhc-issuer/1"
SETTINGS_FILE = "issuer.toml"
PUBLISHED = "published"
DATABASE = "sqlite:///registry.db"
HOME_VARIABLE = "RHC_ISSUER_HOME"
DIRECTORY_MODE, FILE_MODE = 0o700, 0o600
_SQLITE = "sqlite:///"


class HomeError(PlainError):
    """A home of an issuer that cannot be opened or made."""

    template = "{file}: {reason}"


@dataclass(frozen=True, slots=True)
class OfficeSettings:
    """What `issuer.toml` says."""

    name: str
    code: str
    city_code: str
    environment: str = "TEST"
    database: str = DATABASE
    keys: str = PUBLISHED

    @property
    def cards(self) -> IssuerSettings:
        """What is the same on all cards of this issuer, but for its certificate."""
        return IssuerSettings(name=self.name, code=self.code, city_code=self.city_code)


@dataclass(frozen=True, slots=True)
class Office:
    """An opened home: settings, custodian and registry."""

    home: Path
    settings: OfficeSettings
    custodian: Custodian
    registry: Registry


def home_of(given: Path | None) -> Path:
    """The home that was given, else that of RHC_ISSUER_HOME, else `issuer-home` here."""
    return given or Path(os.environ.get(HOME_VARIABLE) or "issuer-home")


def make_home(home: Path, settings: OfficeSettings) -> None:
    """Make the directory and its settings; raises HomeError where there are some already."""
    lines = [f'format = "{FORMAT}"']
    for field in fields(OfficeSettings):
        value = getattr(settings, field.name)
        if any(sign in value for sign in '"\\') or not value.isprintable():
            raise HomeError(
                file=field.name, reason=Phrase("quotation marks and control characters do not fit")
            )
        lines.append(f'{field.name} = "{value}"')
    try:
        home.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        handle = os.open(home / SETTINGS_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    except FileExistsError:
        raise HomeError(file=home / SETTINGS_FILE, reason=Phrase("it exists already")) from None
    except OSError as error:
        raise HomeError(file=home, reason=cause(error)) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def unmake_home(home: Path) -> None:
    """Take back what `make_home` wrote, where what should have followed could not be done."""
    (home / SETTINGS_FILE).unlink(missing_ok=True)


def read_settings(home: Path) -> OfficeSettings:
    """Read `issuer.toml`; raises HomeError with what is wrong in it."""
    file = home / SETTINGS_FILE
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise HomeError(file=file, reason=cause(error)) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise HomeError(file=file, reason=Phrase("this is no TOML")) from None
    if found.pop("format", None) != FORMAT:
        raise HomeError(file=file, reason=Phrase('"format" is not {format}', format=FORMAT))
    known = {field.name for field in fields(OfficeSettings)}
    for name, value in found.items():
        if name not in known or not isinstance(value, str):
            raise HomeError(file=file, reason=Phrase("{name} is no setting, or no text", name=name))
    for name in ("name", "code", "city_code"):
        if not found.get(name):
            raise HomeError(file=file, reason=Phrase("{name} is missing", name=name))
    return OfficeSettings(**found)


def open_office(home: Path, open_keys: Callable[[Path, OfficeSettings], Custodian]) -> Office:
    """Open a home; `open_keys` opens its key file where it has one.

    Raises HomeError, RegistryUnavailableError, and what `open_keys` raises.
    """
    settings = read_settings(home)
    if settings.keys == PUBLISHED:
        custodian: Custodian = PublishedTestCustodian(settings.environment)
    else:
        custodian = open_keys(home / settings.keys, settings)
    return Office(home, settings, custodian, Registry(database_of(home, settings), custodian, utc_now))


def database_of(home: Path, settings: OfficeSettings) -> str:
    """The address of the database, with a SQLite file placed in the home."""
    file = settings.database.removeprefix(_SQLITE)
    if file == settings.database or file.startswith("/"):
        return settings.database
    return f"{_SQLITE}{(home / file).resolve()}"
