"""What all builds of the MHC family do alike on the user card: navigation, authentication, secure messaging.

Source: terminal_interface 2 to 7. Nothing of the project is imported here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from field_plan import KEYS
from field_reset import ats_of, city_factor, factor_of_ats
from field_sam import SamDesk, packed_pin
from field_wire import Tolerated, Transmit, Wire

ONLY_9000 = ("9000",)
FIRST_OF_A_CHAIN = ("9000", "61xx")
GET_CHALLENGE = bytes.fromhex("0084000008")
READ_AUTHENTICATION_DATA = bytes.fromhex("1122334455667788")
KEY_GROUP = b"\x01"


def fold(output: bytes) -> bytes:
    """The only cryptography of a terminal: the left half XOR the right half."""
    return bytes(a ^ b for a, b in zip(output[:8], output[8:], strict=True))


def padded(data: bytes) -> bytes:
    """80 00.. to a multiple of 16; the 80 is always there (spec 7.1)."""
    return data + b"\x80" + bytes(-(len(data) + 1) % 16)


class CardTerminal:
    """A user slot and a SAM slot, and the factors that one session needs.

    `card` and `sam` take a command and return data | SW1 SW2; the two resets return the answer to reset. With
    `resolve_61xx` a shim on the user slot fetches what a contact card announces (spec 11).
    """

    FOLLOWS_61XX_ON_SAM = False

    def __init__(
        self,
        *,
        card: Transmit,
        sam: Transmit,
        card_reset: Callable[[], bytes],
        sam_reset: Callable[[], bytes],
        resolve_61xx: bool = False,
    ) -> None:
        follows_all = self.FOLLOWS_61XX_ON_SAM
        self.user = Wire(card, follow_61xx=resolve_61xx or follows_all)
        self.sam = SamDesk(
            Wire(sam, follow_61xx=follows_all, response_row="36" if follows_all else None), sam_reset
        )
        self.card_reset = card_reset
        self.card_factor = b""
        self.city_factor = b""

    @property
    def proven(self) -> Counter[str]:
        """Accepted exchanges per row of the table of APDUs, both slots together."""
        return self.user.proven + self.sam.wire.proven

    @property
    def tolerated(self) -> list[Tolerated]:
        """Answers that the program swallowed though they are not the expected ones."""
        return self.user.tolerated + self.sam.wire.tolerated

    def challenge(self) -> bytes:
        return self.user.expect("08", GET_CHALLENGE, length=8)

    def derive(self, key_name: str, challenge: bytes) -> None:
        """80DE: card factor, the city factor for a key of two levels, the random of the user card."""
        key = KEYS[key_name]
        factors = self.card_factor + (self.city_factor if key.two_levels else b"")
        self.sam.derive(key.p1, key.p2, factors, challenge)

    def external_authenticate(self, key_name: str, challenge: bytes, terminal_data: bytes) -> None:
        """80DE, 80FA, XOR, 0082."""
        self.derive(key_name, challenge)
        value = fold(self.sam.encipher_for_authentication(terminal_data))
        header = bytes([0x00, 0x82, 0x00, KEYS[key_name].card_reference, 0x11])
        self.user.expect("09", header + value + terminal_data + KEY_GROUP, no_data=True)

    def select_df(self, row_id: str, fid: str, accepted: Sequence[str] = ONLY_9000) -> None:
        self.user.expect(row_id, bytes.fromhex("00A4000002" + fid), accepted)

    def select_ef(self, fid: str) -> None:
        self.user.expect("04", bytes.fromhex("00A4000002" + fid), no_data=True)

    def read_binary(self, offset: int, length: int) -> bytes:
        """One READ BINARY with a 15-bit offset; exactly `length` bytes must come."""
        return self.user.expect("07", bytes.fromhex(f"00B0{offset:04X}{length:02X}"), length=length)

    def update_binary(self, offset: int, data: bytes) -> None:
        self.user.expect("20", bytes.fromhex(f"00D6{offset:04X}{len(data):02X}") + data, no_data=True)

    def read_blocks(self, offset: int, length: int, block: int) -> bytes:
        """Blocks and a remainder; no command for a remainder of nothing."""
        end = offset + length
        return b"".join(self.read_binary(at, min(block, end - at)) for at in range(offset, end, block))

    def update_blocks(self, offset: int, data: bytes, block: int) -> None:
        for at in range(0, len(data), block):
            self.update_binary(offset + at, data[at : at + block])


class MiddlewareFamily(CardTerminal):
    """The parts that MHC, HN, SD, HDZ and D79 share."""

    SELECTS_MF_FIRST = False

    def power_on(self, ysdm: str = "") -> None:
        """Reset, selects, tag 57; `ysdm` is a city code of the caller, then the card is not read (2.2)."""
        self.card_factor = self._reset_card()
        if self.SELECTS_MF_FIRST:  # the status word is not looked at
            self.user.attempt("01", bytes.fromhex("00A40000023F00"), "SELECT 3F00 failed")
        if ysdm:
            self.city_factor = city_factor(bytes.fromhex(ysdm))
            return
        self.open("DDF1", "EF05")
        record = self.user.expect("05", bytes.fromhex("00B2390005"), length=5)
        self.city_factor = city_factor(record[2:])

    def _reset_card(self) -> bytes:
        return factor_of_ats(ats_of(self.card_reset()))

    def sam_start(self, pin: str) -> None:
        """Source form: reset, DF01; then 3F00, VERIFY, DF01 (spec 8.1)."""
        self.sam.reset()
        self.sam.select_df01()
        self.sam.select_mf()
        self.sam.verify(packed_pin(pin, drop_odd=True))
        self.sam.select_df01()

    def sam_start_empty_select(self, pin: str) -> None:
        """The form of the HD_* builds: a SELECT with no FID, VERIFY, DF01 (spec 8.1)."""
        self.sam.reset()
        self.sam.select_empty()
        self.sam.verify(packed_pin(pin, drop_odd=True))
        self.sam.select_df01()

    def change_pin(self, old: str, new: str) -> None:
        self.sam.change_pin(packed_pin(old, drop_odd=True), packed_pin(new, drop_odd=True))

    def open(self, df: str, ef: str) -> None:
        """The chain of nearly every call: DDF1, then the DF, then the EF (spec 3)."""
        self.select_df("02", "DDF1", FIRST_OF_A_CHAIN)
        if df != "DDF1":
            self.select_df("03", df)
        self.select_ef(ef)

    def read_authentication(self, df: str) -> None:
        """One challenge and the constant terminal data (spec 6.2)."""
        self.external_authenticate(f"RK1_{df}", self.challenge(), READ_AUTHENTICATION_DATA)

    def update_authentication(self, df: str, key: str = "UK1") -> None:
        """Two challenges: the first is the terminal data, the second makes the session key (spec 6.3)."""
        first = self.challenge()
        self.external_authenticate(f"{key}_{df}", self.challenge(), first)

    def secure_update(self, p1: int, p2: int, df: str, plain: bytes, instruction: int = 0xDC) -> bytes:
        """Build 04DC or 04D6: cipher, the same random again, MAC over header and cipher (spec 7.1)."""
        stk, challenge = f"STK_{df}", self.challenge()
        self.derive(stk, challenge)
        cipher = self.sam.encipher(padded(bytes([len(plain)]) + plain))
        header = bytes([0x04, instruction, p1, p2, len(cipher) + 4])
        self.derive(stk, challenge)
        return header + cipher + self.sam.mac(bytes(16) + padded(header + cipher))

    def index_mac(self, instruction: int, record: int) -> bytes:
        """Build 84D2 or 840C with the MAC over its five header bytes (spec 7.4)."""
        self.derive("STK_DF03", self.challenge())
        header = bytes([0x84, instruction, record, 0x04, 0x04])
        return header + self.sam.mac(bytes(16) + padded(header))
