"""What the chip maker does: a blank card with its file tree and a transport key.

The profile creates the tree at once; keys and data come by commands.  # spec: commands_and_crypto 1.2, 5.3
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from card_os.kernel.card import Card
from card_os.kernel.file_system import absent_cell, blank_contents, cell_of
from card_os.kernel.memory import Memory
from card_os.spec import key_record
from card_os.spec.model import LifeCycle, Profile


def chip(
    profile: Profile,
    serial: bytes,
    random: Callable[[int], bytes] = secrets.token_bytes,
    tree: bool = True,
) -> Card:
    """A chip in state CHIP with no key. `serial` are 4 bytes, unique over cards.

    With the tree and its empty values, or bare, so that CREATE FILE builds it.
    """
    if len(serial) != 4:
        raise ValueError("a chip serial has 4 bytes")
    cells = {
        "life_cycle": LifeCycle.CHIP.encode("ascii"),
        "historical": profile.chip_maker + profile.card_maker + serial,
    }
    for file in profile.files.values():
        if not tree and file.parent:
            cells[absent_cell(file)] = b"\x00"
        elif file.kind.is_ef:
            cells[cell_of(file)] = blank_contents(profile, file)
    return Card(profile, Memory(cells), random)


def blank_card(
    profile: Profile,
    serial: bytes,
    transport_key: bytes,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Card:
    """A chip that left the maker: with its transport key, in state TRANSPORT, unpowered.

    Where the profile says so, the maker wrote a holder PIN too.
    """
    card = chip(profile, serial, random)
    card.power_on()
    key = profile.keys[key_record.TRANSPORT_KEY]
    records = [(key.reference, key_record.for_card(key, 1, transport_key).to_bytes())]
    if profile.pin is not None and profile.pin.delivered:
        records.append((0x00, key_record.for_pin(profile.pin, profile.pin.delivered).to_bytes()))
    commands = [bytes((0x80, 0xD4, 0x01, kid, len(record))) + record for kid, record in records]
    for command in (*commands, bytes.fromhex("0044000000")):
        answer = card.transmit(command)
        if answer != b"\x90\x00":
            raise RuntimeError(f"the chip refused to become a blank card: {answer.hex().upper()}")
    card.power_off()
    return card
