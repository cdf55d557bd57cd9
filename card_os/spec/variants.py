"""Variants of a profile: cards of the field that differ in a few settings, by name.

A variant changes how the card behaves and who may do what, never the place of an item or a key, so that
issuer and reader find everything by the declaration that they have.  # spec: terminal_interface 10
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from card_os.spec.access import parse_rule, without_keys_in
from card_os.spec.errors import DeclarationError, PlainError
from card_os.spec.model import LifeCycle, Meaning, Profile

FILE = "variants.toml"
_TEXTS = ("chinese", "english", "source")


class UnknownVariantError(PlainError):
    """A name that is no variant of its profile."""

    template = "{variant}: no such variant of {profile}; there are {known}"


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant: what it stands for, where it was seen, and the settings that differ."""

    name: str
    meaning: Meaning
    source: str
    settings: Mapping[str, object]


def read_variants(text: str) -> dict[str, Variant]:
    """The variants of a `variants.toml`; raises DeclarationError for one that lacks a text."""
    found = {}
    for name, table in tomllib.loads(text).items():
        for needed in _TEXTS:
            if not isinstance(table.get(needed), str):
                raise DeclarationError(file=FILE, row=name, reason=f"it has no {needed}")
        settings = {key: value for key, value in table.items() if key not in _TEXTS}
        found[name] = Variant(name, Meaning(table["chinese"], table["english"]), table["source"], settings)
    return found


def varied(profile: Profile, variant: Variant) -> Profile:
    """The profile with the settings of a variant; raises DeclarationError for a setting that is none."""
    for name, value in variant.settings.items():
        try:
            profile = _CHANGES.get(name, _no_setting(name))(profile, value)
        except ValueError as error:
            raise DeclarationError(file=FILE, row=variant.name, reason=error) from None
    return replace(profile, variant=variant.name)


def _no_setting(name: str) -> Callable[[Profile, object], Profile]:
    def refuse(profile: Profile, value: object) -> Profile:
        raise ValueError(f"{name} is no setting of a variant; there are {' '.join(_CHANGES)}")

    return refuse


def _typed(value: object, kind: type, name: str) -> Any:  # noqa: ANN401 - TOML holds any type
    if type(value) is not kind:
        raise ValueError(f"{name} is no {kind.__name__}")
    return value


def _hex(value: object, name: str) -> bytes:
    try:
        return bytes.fromhex(_typed(value, str, name))
    except ValueError:
        raise ValueError(f"{name} is no text of hex digits") from None


def _transport(profile: Profile, value: object) -> Profile:
    return replace(profile, transport=_typed(value, str, "transport"))


def _fci(profile: Profile, value: object) -> Profile:
    return replace(profile, fci=_typed(value, str, "fci"))


def _bad_mac_limit(profile: Profile, value: object) -> Profile:
    return replace(profile, bad_mac_limit=_typed(value, int, "bad_mac_limit"))


def _chip_maker(profile: Profile, value: object) -> Profile:
    # the card maker is no setting: its code that nobody owns is what tells a test card from a real one
    return replace(profile, chip_maker=_hex(value, "chip_maker"))


def _lock_commands(profile: Profile, value: object) -> Profile:
    commands = _typed(value, list, "lock_commands")
    return replace(profile, lock_commands=tuple(_hex(command, "lock_commands") for command in commands))


def _options(profile: Profile, value: object) -> Profile:
    changed = _typed(value, dict, "options")
    for name, setting in changed.items():
        if name not in profile.options:
            raise ValueError(f"{name} is no option of the profile; there are {' '.join(profile.options)}")
        _typed(setting, bool, name)
    return replace(profile, options={**profile.options, **changed})


def _open(profile: Profile, value: object) -> Profile:
    """An issued card asks for no key; what is closed to everybody stays closed."""
    if not _typed(value, bool, "open"):
        return profile
    state = LifeCycle.ISSUED
    files = {
        path: replace(
            file,
            read=without_keys_in(state, file.read),
            update=without_keys_in(state, file.update),
            set_valid=without_keys_in(state, file.set_valid),
            erase=without_keys_in(state, file.erase),
        )
        for path, file in profile.files.items()
    }
    return replace(profile, files=files)


def _update(profile: Profile, value: object) -> Profile:
    """Other update rights, by the layout of files."""
    files = dict(profile.files)
    for layout, rule in _typed(value, dict, "update").items():
        found = profile.files_of(layout)
        if not found:
            raise ValueError(f"no file has layout {layout}")
        right = parse_rule(_typed(rule, str, layout))
        files |= {file.path: replace(file, update=right) for file in found}
    return replace(profile, files=files)


def _without(profile: Profile, value: object) -> Profile:
    """Commands that the card does not know."""
    names = _typed(value, list, "without")
    for name in names:
        if name not in profile.commands:
            raise ValueError(f"{name} is no command of the profile")
    return replace(
        profile, commands={name: spec for name, spec in profile.commands.items() if name not in names}
    )


def _pin(profile: Profile, value: object) -> Profile:
    table = _typed(value, dict, "pin")
    if profile.pin is None or set(table) != {"delivered"}:
        raise ValueError("pin has one setting, delivered, where the profile knows a PIN")
    return replace(profile, pin=replace(profile.pin, delivered=_hex(table["delivered"], "pin.delivered")))


_CHANGES: Mapping[str, Callable[[Profile, object], Profile]] = {
    "transport": _transport,
    "fci": _fci,
    "bad_mac_limit": _bad_mac_limit,
    "chip_maker": _chip_maker,
    "lock_commands": _lock_commands,
    "options": _options,
    "open": _open,
    "update": _update,
    "without": _without,
    "pin": _pin,
}
