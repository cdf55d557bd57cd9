"""A channel to a card that lives in this process."""

from __future__ import annotations

from typing import Protocol

from reader_client.errors import CardRemovedError


class PoweredCard(Protocol):
    """The electrical side of a card."""

    def power_on(self) -> bytes:
        """Apply power; the ATR comes back."""
        ...

    def reset(self) -> bytes:
        """Warm reset; the ATR comes back."""
        ...

    def power_off(self) -> None:
        """Take the power away."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """One exchange."""
        ...


class InProcessChannel:
    """Satisfies `Channel`; `name` stands for the reader in error texts."""

    def __init__(self, card: PoweredCard, name: str = "in-process") -> None:
        self._card = card
        self._name = name
        self._powered = False

    def reset(self) -> bytes:
        """Power on the first time, warm reset later."""
        if self._powered:
            return self._card.reset()
        self._powered = True
        return self._card.power_on()

    def transmit(self, command: bytes) -> bytes:
        """One exchange; an answer without status word counts as a removed card."""
        response = self._card.transmit(command)
        if len(response) < 2:
            raise CardRemovedError(reader=self._name)
        return response

    def close(self) -> None:
        """Take the power away."""
        if self._powered:
            self._powered = False
            self._card.power_off()
