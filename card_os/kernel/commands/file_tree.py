"""CREATE FILE and ERASE DF: the maker builds the tree, file by file, as the declaration has it.

# spec: commands_and_crypto 1.2 [REL FMCOS] [DC]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.file_system import absent_cell, blank_contents, cell_of
from card_os.kernel.pin import Pin
from card_os.kernel.refusal import Refused
from card_os.spec.file_header import file_header
from card_os.spec.model import FileSpec

if TYPE_CHECKING:
    from card_os.kernel.card import Card


@dataclass(frozen=True, slots=True)
class CreateFile:
    """P1 P2 the FID, data the header of the file."""

    fid: int
    header: bytes

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """Any FID; raises 6700 without a header."""
        if not apdu.data or apdu.le is not None:
            raise Refused(SW.WRONG_LENGTH)
        return cls(apdu.p1 << 8 | apdu.p2, apdu.data)

    def execute(self, card: Card) -> bytes:
        """Creates the declared file below the current DF, which becomes current where it is a DF itself.

        Raises 6A82 for a FID that is not declared here, 6A80 for a header that is not the declared one, 6A84
        where the file is there already.
        """
        file = self._declared(card)
        if self.header != file_header(card.profile, file):
            raise Refused(SW.WRONG_DATA)
        if card.files.exists(file):
            raise Refused(SW.NO_SPACE)
        card.memory.erase(absent_cell(file))
        if file.kind.is_ef:
            card.memory.put(cell_of(file), blank_contents(card.profile, file))
        else:
            card.volatile.select(file, None)
        return b""

    def _declared(self, card: Card) -> FileSpec:
        for file in card.files.children(card.volatile.df):
            if file.fid == self.fid:
                return file
        raise Refused(SW.FILE_NOT_FOUND)


@dataclass(frozen=True, slots=True)
class EraseDf:
    """Remove everything below the current DF."""

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0000, five bytes that end in 00."""
        expect.parameters(apdu, (0x00, 0x00))
        expect.short_form(apdu)
        return cls()

    def execute(self, card: Card) -> bytes:
        """Files, keys and the PIN below the current DF are gone; the DF itself stays."""
        df = card.volatile.df
        self._erase_below(card, df)
        for key in card.profile.keys.values():
            if key.df == df.path or key.df.startswith(f"{df.path}/"):
                card.keys.destroy(key)
        if df == card.files.mf:
            Pin.destroy(card.memory)
        card.volatile.select(df, None)
        return b""

    def _erase_below(self, card: Card, df: FileSpec) -> None:
        for file in card.files.children(df):
            self._erase_below(card, file)
            card.memory.put(absent_cell(file), b"\x00")
            if file.kind.is_ef:
                card.memory.erase(cell_of(file))
