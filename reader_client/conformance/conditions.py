"""For which cards of the field a case is meant, by what their profile declares.

A condition is one word, `!` in front of it turns it round:
`option:macless_index`, `command:internal_authenticate`, `transport:contact_t0`, `fci:none`,
`lock:8005000000`, `update:DF03.EE=UK1_DF03`, `pin`, `mac_limit`, `open`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from card_os.spec.access import Key
from card_os.spec.model import LifeCycle, Profile

_PROTECTED_FILE = "MF/DDF1/EF06"


class ConditionError(ValueError):
    """A word that is no condition."""


def met(conditions: Iterable[str], profile: Profile) -> bool:
    """Whether a profile meets all conditions; raises ConditionError."""
    return all(_met(word, profile) for word in conditions)


def is_open(profile: Profile) -> bool:
    """Whether an issued card asks for no key at all.  # spec: terminal_interface 10 NOAUTH"""
    return profile.files[_PROTECTED_FILE].read.allows((), LifeCycle.ISSUED)


def _met(word: str, profile: Profile) -> bool:
    name, _colon, value = word.removeprefix("!").partition(":")
    if name not in _CONDITIONS:
        raise ConditionError(f"{word!r} is no condition; there are {' '.join(_CONDITIONS)}")
    return _CONDITIONS[name](profile, value) != word.startswith("!")


def _option(profile: Profile, value: str) -> bool:
    if value not in profile.options:
        raise ConditionError(f"{value!r} is no option of the profile")
    return profile.options[value]


def _update(profile: Profile, value: str) -> bool:
    layout, _equals, key = value.partition("=")
    return profile.files_of(layout)[0].update == Key(key)


_CONDITIONS: Mapping[str, Callable[[Profile, str], bool]] = {
    "option": _option,
    "command": lambda profile, value: value in profile.commands,
    "transport": lambda profile, value: profile.transport == value,
    "fci": lambda profile, value: profile.fci == value,
    "lock": lambda profile, value: bytes.fromhex(value) in profile.lock_commands,
    "update": _update,
    "pin": lambda profile, _value: profile.pin is not None and bool(profile.pin.delivered),
    "mac_limit": lambda profile, _value: profile.bad_mac_limit > 0,
    "open": lambda profile, _value: is_open(profile),
}
