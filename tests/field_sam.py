"""The SAM slot as programs of the field drive it: start, PIN, information files, 80DE and 80FA.

Source: terminal_interface 8. Nothing of the project is imported here.
"""

from __future__ import annotations

from collections.abc import Callable

from field_plan import SAM_FILES, SamFile
from field_wire import Wire

SELECTED = ("61xx", "9000")
SELECT_MF = bytes.fromhex("00A40000023F00")
SELECT_EMPTY = bytes.fromhex("00A4000000")
SELECT_DF01 = bytes.fromhex("00A4000002DF01")


def packed_pin(pin: str, *, drop_odd: bool) -> bytes:
    """Digits as packed BCD. MHC loses the last digit of an odd PIN, LZ pads it with F (spec 8.3)."""
    if len(pin) % 2:
        pin = pin[:-1] if drop_odd else pin + "F"
    return bytes.fromhex(pin)


class SamDesk:
    """One SAM behind one wire.

    Where the wire does not follow 61xx the program sends GET RESPONSE itself and demands the status to the
    letter: 6110 after the cipher of an authentication, 6104 after a MAC (spec 8.4).
    """

    def __init__(self, wire: Wire, reset: Callable[[], bytes]) -> None:
        self.wire = wire
        self.reset = reset

    def select_mf(self) -> None:
        self.wire.expect("24", SELECT_MF, SELECTED)

    def select_empty(self) -> None:
        self.wire.expect("25", SELECT_EMPTY, SELECTED)

    def select_df01(self) -> None:
        self.wire.expect("26", SELECT_DF01, SELECTED)

    def verify(self, pin: bytes) -> None:
        """VERIFY; every other status than 9000 is error 105 (spec 8.3)."""
        self.wire.expect("30", bytes([0x00, 0x20, 0x00, 0x00, len(pin)]) + pin, no_data=True)

    def change_pin(self, old: bytes, new: bytes) -> None:
        """Reset, DF01, then 805E with old | FF | new."""
        self.reset()
        self.select_df01()
        data = old + b"\xff" + new
        self.wire.expect("31", bytes([0x80, 0x5E, 0x01, 0x00, len(data)]) + data, no_data=True)

    def info_by_fid(self, name: str, length: int | None = None) -> bytes:
        """Reset (the PIN state is lost), directory, EF, then READ BINARY that answers directly (spec 8.5)."""
        file = SAM_FILES[name]
        self._enter(file)
        self.wire.expect("27", bytes.fromhex("00A4000002" + file.fid), SELECTED)
        le = file.length if length is None else length
        return self.wire.expect("28", bytes([0x00, 0xB0, 0x00, 0x00, le]), length=le)

    def info_by_sfi(self, name: str) -> bytes:
        """The form of the HDZ builds: the SFI stands in P1 (spec 8.5)."""
        file = SAM_FILES[name]
        self._enter(file)
        return self.wire.expect("29", bytes([0x00, 0xB0, file.p1_sfi, 0x00, file.length]), length=file.length)

    def _enter(self, file: SamFile) -> None:
        self.reset()
        if file.directory == "3F00":
            self.select_mf()
        else:
            self.select_df01()

    def challenge(self) -> bytes:
        return self.wire.expect("37", bytes.fromhex("0084000008"), length=8)

    def derive(self, p1: int, p2: int, factors: bytes, challenge: bytes) -> None:
        """80DE: the factors, then always the 8 bytes that make a session key of the card key."""
        data = factors + challenge
        self.wire.expect("32", bytes([0x80, 0xDE, p1, p2, len(data)]) + data, no_data=True)

    def encipher_for_authentication(self, data8: bytes) -> bytes:
        """80FA over data8 | 0^8; 16 bytes come back."""
        return self._output("33", bytes.fromhex("80FA000010") + data8 + bytes(8), 16)

    def encipher(self, blocks: bytes) -> bytes:
        """80FA P1=00 over whole blocks; as many bytes come back."""
        return self._output("34", bytes([0x80, 0xFA, 0x00, 0x00, len(blocks)]) + blocks, len(blocks))

    def mac(self, padded: bytes) -> bytes:
        """80FA P1=05 over the IV and the padded message; 4 bytes come back."""
        return self._output("35", bytes([0x80, 0xFA, 0x05, 0x00, len(padded)]) + padded, 4)

    def _output(self, row_id: str, apdu: bytes, length: int) -> bytes:
        if self.wire.follow_61xx:
            return self.wire.expect(row_id, apdu, length=length)
        self.wire.expect(row_id, apdu, (f"61{length:02X}",))
        return self.wire.expect("36", bytes([0x00, 0xC0, 0x00, 0x00, length]), length=length)
