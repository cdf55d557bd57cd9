"""SELECT by file identifier and by DF name.

# spec: commands_and_crypto 1.1 rows 1, 2; terminal_interface 3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.iso7816 import tlv
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.refusal import Refused
from card_os.spec.model import FileSpec, LifeCycle

if TYPE_CHECKING:
    from card_os.kernel.card import Card

MF_FID = 0x3F00
BY_NAME = (0x04, 0x00)
BY_NAME_NEXT = (0x04, 0x02)


@dataclass(frozen=True, slots=True)
class Select:
    """Make a file current. Without data the MF is meant."""

    fid: int | None
    name: bytes
    next_occurrence: bool

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 0000 with a FID of 2 bytes or none, 0400 and 0402 with a name of 5 to 16 bytes."""
        expect.parameters(apdu, (0x00, 0x00), BY_NAME, BY_NAME_NEXT)
        if apdu.p1 == BY_NAME[0]:
            expect.data_length(apdu, *range(5, 17))
            return cls(None, apdu.data, (apdu.p1, apdu.p2) == BY_NAME_NEXT)
        expect.data_length(apdu, 0, 2)
        return cls(int.from_bytes(apdu.data, "big") if apdu.data else MF_FID, b"", False)

    def execute(self, card: Card) -> bytes:
        """Returns the FCI of a DF, nothing for an EF."""
        file = self._find(card)
        is_ef = file.kind.is_ef
        card.volatile.select(file, card.files.df_of(file) if is_ef else None)
        answer = b"" if is_ef else file_control_information(card.profile.fci, file)
        if card.state in (LifeCycle.APP_BLOCKED, LifeCycle.APP_DEAD):
            raise Refused(SW.FILE_INVALID, answer)
        return answer

    def _find(self, card: Card) -> FileSpec:
        if self.fid is not None:
            return card.files.by_fid(card.volatile.df, self.fid)
        if not card.profile.options.get("select_by_name", True):
            raise Refused(SW.WRONG_P1P2)
        if self.next_occurrence:  # names are unique, so there is no second one
            raise Refused(SW.FILE_NOT_FOUND)
        return card.files.by_name(self.name)


def file_control_information(form: str, file: FileSpec) -> bytes:
    """The FCI of a DF in the form of the profile: `with_proprietary`, `plain` or `none`.

    DF01 to DF03 were never seen with A5 00.  # spec: terminal_interface 3
    """
    if form == "none":
        return b""
    below_ddf1 = file.path.count("/") > 1
    return tlv.fci(file.df_name, proprietary=form == "with_proprietary" and not below_ddf1)
