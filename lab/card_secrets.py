"""Keys and counters of a card image: check values and tries, the values themselves only where asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from card_os.crypto.block_cipher import cipher_named
from card_os.crypto.keys import KEY_LENGTH, check_value
from card_os.image import CardImage
from card_os.spec.model import KeySpec

PIN = "pin"


@dataclass(frozen=True, slots=True)
class SecretRow:
    """One key version or the PIN. `tries_left` is None where no counter guards it.

    `check_value` and `value` are hex, None for what the image does not hold; `value` also where nobody asked.
    """

    name: str
    chinese: str
    version: int | None
    check_value: str | None
    tries_left: int | None
    tries: int
    value: str | None = None

    @property
    def label(self) -> str:
        """The name with its version."""
        return self.name if self.version is None else f"{self.name} v{self.version}"


def secret_rows(image: CardImage, reveal: bool = False) -> Iterator[SecretRow]:
    """What the image holds of secrets and counters, in the order of the declaration."""
    keys = {**image.profile.keys, **image.profile.sam_keys}
    for key in keys.values():
        for version in range(1, key.versions + 1):
            name = f"{key.name}:{version}"
            if f"key:{name}" in image.cells or f"tries:{name}" in image.cells:
                yield _key_row(image, key, version, reveal)
    pin = image.profile.pin
    if pin and (PIN in image.cells or f"tries:{PIN}" in image.cells):
        value = image.cells.get(PIN)
        shown = value.hex().upper() if reveal and value is not None else None
        yield SecretRow("PIN", "个人密码", None, None, _left(image, PIN, pin.tries), pin.tries, shown)


def _key_row(image: CardImage, key: KeySpec, version: int, reveal: bool) -> SecretRow:
    value = image.cells.get(f"key:{key.name}:{version}")
    check = None
    if value is not None and len(value) == KEY_LENGTH:
        check = check_value(value, cipher_named(image.profile.cipher)).hex().upper()
    # a SAM holds keys of the user card, whose counters stand there and not here
    limit = key.tries if key.name in image.profile.keys else 0
    left = _left(image, f"{key.name}:{version}", limit) if limit else None
    shown = value.hex().upper() if reveal and value is not None else None
    return SecretRow(key.name, key.chinese, version, check, left, limit, shown)


def _left(image: CardImage, name: str, limit: int) -> int:
    cell = image.cells.get(f"tries:{name}")
    return cell[0] if cell else limit
