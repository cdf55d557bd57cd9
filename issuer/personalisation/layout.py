"""Untagged layouts: items side by side at fixed offsets.  # spec: terminal_interface 4.5, 5.2"""

from __future__ import annotations

from collections.abc import Mapping

from card_os.spec.model import DataItem, Profile


def is_integrity_item(item: DataItem) -> bool:
    """Whether an item is the signature or the certificate behind the data of a visit record.

    A hospital's SAM makes them, so an issuer leaves them as they are.  # spec: terminal_interface 5.2
    """
    return item.coding == "B" and not item.format


def data_items(profile: Profile, layout: str) -> tuple[DataItem, ...]:
    """The items of the data part of a layout, in order."""
    return tuple(item for item in profile.by_layout[layout] if not is_integrity_item(item))


def lay_out(profile: Profile, layout: str, values: Mapping[str, bytes]) -> bytes:
    """The data part of a layout: encoded values by item name, the empty value where there is none."""
    return b"".join(values.get(item.name, item.blank) for item in data_items(profile, layout))
