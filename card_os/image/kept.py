"""A card that lives in a file: what a command wrote is there before its answer leaves the card."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from card_os.image.reader import CardImage, parse
from card_os.image.storage import HeldFile
from card_os.image.writer import ImageWriter
from card_os.kernel.card import Card


class KeptCard:
    """`card` over the file that holds it; the file is this process's until `close`.

    A write that cannot be kept is answered with 6581 and did not happen.
    """

    def __init__(self, held: HeldFile, image: CardImage, random: Callable[[int], bytes]) -> None:
        self.card: Card = image.card(random)
        self._held = held
        self._writer = ImageWriter(image.profile)
        self.card.memory.keep = self._keep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go. What the card would write afterwards is refused."""
        self._held.close()

    def _keep(self, cells: Mapping[str, bytes]) -> None:
        self._held.replace(self._writer.text(cells))


def open_card(path: Path, random: Callable[[int], bytes] = secrets.token_bytes) -> KeptCard:
    """The card of a file, unpowered; raises ImageError, and ImageFileError where another process has it.

    An image without secrets gives a card without keys; those that are written to it later are kept.
    """
    held = HeldFile(path)
    try:
        return KeptCard(held, parse(held.text(), str(path)), random)
    except BaseException:
        held.close()
        raise
