"""APPLICATION BLOCK and UNBLOCK, CARD BLOCK: the lock key authenticated and a MAC of the same DF.

# spec: commands_and_crypto 1.1 rows 23 to 25, 1.5 [HC-I] [DC]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from card_os.crypto.secure_messaging import MAC_LENGTH
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.keys import LOCK
from card_os.kernel.refusal import Refused
from card_os.kernel.secure_messaging import verify_df_mac
from card_os.spec.model import LifeCycle

if TYPE_CHECKING:
    from card_os.kernel.card import Card

REVERSIBLE, PERMANENT = (0x00, 0x00), (0x00, 0x01)


@dataclass(frozen=True, slots=True)
class _Protected:
    header: bytes
    mac: bytes
    permanent: bool

    forms: ClassVar[tuple[tuple[int, int], ...]] = (REVERSIBLE,)

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 of the command, a MAC of 4 bytes."""
        expect.parameters(apdu, *cls.forms)
        expect.data_length(apdu, MAC_LENGTH)
        return cls(apdu.header, apdu.data, (apdu.p1, apdu.p2) == PERMANENT)

    def _verify(self, card: Card) -> None:
        """Raise 6982 without the lock key of the current DF, 6984 and 6988 for the MAC."""
        df = card.volatile.df
        if card.keys.by_role(df, LOCK).name not in card.volatile.keys:
            raise Refused(SW.SECURITY_STATUS)
        verify_df_mac(card, df, self.header, self.mac)


class ApplicationBlock(_Protected):
    """Block the current DF, with P2 01 for good."""

    forms = (REVERSIBLE, PERMANENT)

    def execute(self, card: Card) -> bytes:
        """Needs a DF below the MF."""
        if card.volatile.df == card.files.mf:
            raise Refused(SW.CONDITIONS_OF_USE)
        self._verify(card)
        card.set_df_state(card.volatile.df, LifeCycle.APP_DEAD if self.permanent else LifeCycle.APP_BLOCKED)
        return b""


class ApplicationUnblock(_Protected):
    """Take the block of the current DF away."""

    def execute(self, card: Card) -> bytes:
        """Raises 6985 where not this DF itself is blocked."""
        if card.df_state(card.volatile.df) is not LifeCycle.APP_BLOCKED:
            raise Refused(SW.CONDITIONS_OF_USE)
        self._verify(card)
        card.set_df_state(card.volatile.df, None)
        return b""


class CardBlock(_Protected):
    """Block the card for good."""

    def execute(self, card: Card) -> bytes:
        """Needs the MF, BK_MF authenticated there and a MAC under STM_MF."""
        if card.volatile.df != card.files.mf:
            raise Refused(SW.CONDITIONS_OF_USE)
        self._verify(card)
        card.enter(LifeCycle.CARD_BLOCKED)
        return b""
