"""What may differ between cards of one profile and variant: options, transport, limit of bad MACs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from card_os.image.toml_table import TomlTable
from card_os.spec.model import Profile
from language import _

Setting = bool | int | str
TRANSPORTS = ("contactless", "contact_t0", "sam")
_MOST_BAD_MACS = 0xFF


def settings_of(profile: Profile) -> dict[str, Setting]:
    """Every setting by name, in the order of the declaration."""
    return {
        **profile.options,
        "transport": profile.transport,
        "bad_mac_limit": profile.bad_mac_limit,
    }


def read_settings(profile: Profile, given: TomlTable) -> Profile:
    """The profile with the settings of a table; raises ImageError."""
    settings = settings_of(profile)
    found = {name: _setting(given, name, settings[name]) for name in given if name in settings}
    given.done()
    return with_settings(profile, found) if found else profile


def with_settings(profile: Profile, found: Mapping[str, Setting]) -> Profile:
    """The profile with some settings changed."""
    options = {name: bool(found.get(name, value)) for name, value in profile.options.items()}
    return replace(
        profile,
        options=options,
        transport=str(found.get("transport", profile.transport)),
        bad_mac_limit=int(found.get("bad_mac_limit", profile.bad_mac_limit)),
    )


def _setting(given: TomlTable, name: str, usual: Setting) -> Setting:
    if isinstance(usual, bool):
        return given.flag(name)
    if isinstance(usual, int):
        return given.number(name, _MOST_BAD_MACS)
    if (text := given.text(name)) not in TRANSPORTS:
        given.refuse(name, _("there are {known}").format(known=" ".join(TRANSPORTS)))
    return text
