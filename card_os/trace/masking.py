"""Exchanges without the bytes of a command that are secret; which ones stands in `iso7816.secret_bytes`."""

from __future__ import annotations

from dataclasses import replace

from card_os.iso7816.secret_bytes import SECRET_INS, shown_length
from card_os.trace.layer import Exchange

__all__ = ["SECRET_INS", "shown_length", "without_secrets"]


def without_secrets(exchange: Exchange) -> Exchange:
    """The exchange with secret bytes cut off and counted in `masked`."""
    if exchange.masked:
        return exchange
    shown = shown_length(exchange.command)
    if shown == len(exchange.command):
        return exchange
    return replace(exchange, command=exchange.command[:shown], masked=len(exchange.command) - shown)
