"""Typed traffic for the scripted terminal: one answer for each command, in their order."""

from __future__ import annotations

from field_terminal import LibraryLZ, MiddlewareMHC
from field_toy import ToyCard, ToySam

CONTACTLESS_ATR = "3B88800100A1A1A10000000128"
ATS = "0D7880700200A1A1A100000001"
SELECT_DDF1 = "00A4000002DDF1"
SELECT_DF01 = "00A4000002DF01"
SELECT_EF05 = "00A4000002EF05"
DDF1_FCI = "6F10840C57532E5359532E4444463031A5009000"
TAG_57 = ("00B2390005", "39032100009000")
CHALLENGE = ("0084000008", "A0A1A2A3A4A5A6A79000")
DERIVE_RK1_DDF1 = ("80DE47311800A1A1A1000000013231303030303030A0A1A2A3A4A5A6A7", "9000")
ENCIPHER = "80FA00001011223344556677880000000000000000"
ENCIPHERED = "3035F8DAC3F4EEACCDDEEC5C84162ED4"
READ_AUTHENTICATION = "0082000411FDEB148647E2C078112233445566778801"


class Script:
    """Typed exchanges in their order; every other command is an error of the test."""

    def __init__(self, *exchanges: tuple[str, str]) -> None:
        self.left = list(exchanges)

    def __call__(self, apdu: bytes) -> bytes:
        assert self.left, f"no command expected, {apdu.hex().upper()} came"
        command, response = self.left.pop(0)
        assert apdu.hex().upper() == command
        return bytes.fromhex(response)


Family = type[MiddlewareMHC] | type[LibraryLZ]


def scripted(
    family: Family = MiddlewareMHC,
    card: tuple[tuple[str, str], ...] = (),
    sam: tuple[tuple[str, str], ...] = (),
    reset: str = ATS,
    resolve_61xx: bool = False,
) -> MiddlewareMHC | LibraryLZ:
    terminal = family(
        card=Script(*card),
        sam=Script(*sam),
        card_reset=lambda: bytes.fromhex(reset),
        sam_reset=lambda: bytes.fromhex("3B00"),
        resolve_61xx=resolve_61xx,
    )
    terminal.card_factor = bytes.fromhex("00A1A1A100000001")
    terminal.city_factor = b"21000000"
    return terminal


def over_toys(family: Family, card: ToyCard, sam: ToySam) -> MiddlewareMHC | LibraryLZ:
    return family(card=card.transmit, sam=sam.transmit, card_reset=card.reset, sam_reset=sam.reset)
