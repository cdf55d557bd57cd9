"""Blank chips and cards of a batch as card images in a directory: they outlive the process that has them.

A chip is the file SERIAL.card. Kept at every write, a chip is after a kill exactly as the last command left
it; kept at rest, it is written when it is let go, which is several times as fast, and a kill leaves it as it
was before. Everything here is test material: the transport keys are the published ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from card_os import image
from card_os.image import ImageError, ImageFileError
from card_os.image.storage import HeldFile
from card_os.kernel.card import Card
from card_os.spec.errors import Phrase
from issuer.batches.chip_source import OpenedChip
from issuer.batches.errors import ChipUnavailableError
from lab import demo
from language import cause

_ENDING = ".card"
_DEAD = bytes.fromhex("6581")


@dataclass(frozen=True, slots=True)
class ChipStore:
    """A `ChipSource` over a directory. `every_write` keeps each command, else a chip is kept when let go.

    `dying` has chips that answer 6581 and nothing else from so many commands on, for tests of failures.
    """

    directory: Path
    every_write: bool = True
    dying: Mapping[str, int] = field(default_factory=dict)

    def make(self, number: int) -> tuple[str, bytes]:
        """Make a blank chip; its ten digits and its answer to reset. Raises ImageFileError."""
        card = demo.blank("health_card", number)
        serial = f"{number:010d}"
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        image.create(self.file(serial), image.dump(card))
        atr = card.power_on()
        card.power_off()
        return serial, atr

    def file(self, serial: str) -> Path:
        """Where a chip is kept."""
        return self.directory / f"{serial}{_ENDING}"

    def last_number(self) -> int:
        """The greatest number of a chip that is here, 0 for none."""
        return max((int(entry.stem) for entry in self.directory.glob(f"*{_ENDING}")), default=0)

    @contextmanager
    def open(self, serial: str) -> Iterator[OpenedChip]:
        """See ChipSource."""
        try:
            with self._card(serial) as card:
                atr = card.power_on()
                yield OpenedChip(self._line(card, serial), atr)
                card.power_off()
        except ImageFileError as error:
            raise ChipUnavailableError(serial=serial, reason=error.fields["reason"]) from None
        except ImageError:
            raise ChipUnavailableError(serial=serial, reason=Phrase("its file is no card")) from None
        except OSError as error:
            raise ChipUnavailableError(serial=serial, reason=cause(error)) from None

    @contextmanager
    def _card(self, serial: str) -> Iterator[Card]:
        if self.every_write:
            with image.open_card(self.file(serial)) as kept:
                yield kept.card
            return
        with HeldFile(self.file(serial)) as held:
            card = image.parse(held.text(), serial).card()
            yield card
            held.replace(image.dump(card))

    def _line(self, card: Card, serial: str) -> Callable[[bytes], bytes]:
        left = self.dying.get(serial)
        if left is None:
            return card.transmit

        def dying(command: bytes) -> bytes:
            nonlocal left
            left = (left or 0) - 1
            return card.transmit(command) if left >= 0 else _DEAD

        return dying
