"""WRITE RECORD and ERASE RECORD: the flags that say which visit record is valid.

The commands carry no value: the card writes 00 (valid) or FF (invalid) itself.
# spec: commands_and_crypto 1.1 rows 13, 14; terminal_interface 4.6, 7.4
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from card_os.crypto.secure_messaging import MAC_LENGTH
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.access import current_ef
from card_os.kernel.commands import expect
from card_os.kernel.refusal import Refused
from card_os.kernel.secure_messaging import verify_mac
from card_os.spec.access import NEVER, AccessRule
from card_os.spec.model import FileKind, FileSpec

if TYPE_CHECKING:
    from card_os.kernel.card import Card

BY_NUMBER = 0x04


@dataclass(frozen=True, slots=True)
class _IndexRecord(ABC):
    number: int
    header: bytes
    body: bytes

    flag: ClassVar[bytes]

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """A MAC of 4 bytes; or five bytes ending in 00, the form without MAC."""
        if apdu.p2 != BY_NUMBER:
            raise Refused(SW.WRONG_P1P2)
        if apdu.data:
            expect.data_length(apdu, MAC_LENGTH)
        else:
            expect.short_form(apdu)
        return cls(apdu.p1, apdu.header, apdu.data)

    @staticmethod
    @abstractmethod
    def rule(file: FileSpec) -> AccessRule: ...

    def execute(self, card: Card) -> bytes:
        """Returns nothing."""
        file = current_ef(card, FileKind.LINEAR_FIXED)
        if self.rule(file) == NEVER:
            raise Refused(SW.WRONG_FILE_TYPE)
        card.demand(self.rule(file))
        card.files.record(file, self.number)
        if self.body:
            verify_mac(card, card.profile.keys[file.sm_key], self.header, self.body)
        elif not card.profile.options.get(file.plain_if, False):
            raise Refused(SW.SM_DATA_MISSING)
        card.files.update_record(file, self.number, self.flag)
        return b""


class WriteRecord(_IndexRecord):
    """Mark a visit record valid."""

    flag = b"\x00"

    @staticmethod
    def rule(file: FileSpec) -> AccessRule:
        """UK1 of the DF."""
        return file.set_valid


class EraseRecord(_IndexRecord):
    """Mark a visit record invalid."""

    flag = b"\xff"

    @staticmethod
    def rule(file: FileSpec) -> AccessRule:
        """UK2 of the DF."""
        return file.erase
