"""Exchanges as a report shows them: never a PIN or a key, contents of a card only where they are wanted."""

from __future__ import annotations

from card_os.iso7816.secret_bytes import shown_length
from reader_client.conformance.exchange import CARD, Exchange

HIDDEN = "…"
_HEADER = 5
_READING = frozenset({0xB0, 0xB2, 0xC0})
_WRITING = frozenset({0xD6, 0xDC, 0xE2})


def shown(exchange: Exchange, *, with_data: bool) -> tuple[str, str]:
    """Command and response in hex, with … where bytes are left out."""
    command, response = exchange.command, exchange.response
    visible = shown_length(command)
    if visible < len(command):
        return command[:visible].hex().upper() + HIDDEN, response.hex().upper()
    if with_data or exchange.who != CARD or len(command) < 2:
        return command.hex().upper(), response.hex().upper()
    ins = command[1]
    if ins in _WRITING and len(command) > _HEADER:
        return command[:_HEADER].hex().upper() + HIDDEN, response.hex().upper()
    if ins in _READING and len(response) > 2:
        return command.hex().upper(), HIDDEN + response[-2:].hex().upper()
    return command.hex().upper(), response.hex().upper()
