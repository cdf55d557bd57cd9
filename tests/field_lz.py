"""The independent library of the field (LZ): tags everywhere, one challenge, siblings selected directly.

Source: terminal_interface 2.3, 3, 4.1, 5.2, 6.3, 6.5, 8.1. Nothing of the project is imported here.
"""

from __future__ import annotations

from field_family import KEY_GROUP, CardTerminal, fold
from field_plan import CYCLIC_FILES, INDEX_FILES, TLV_FILES, UPDATE_KEYS, VISIT_FILES
from field_reset import city_factor, factor_of_atr
from field_sam import packed_pin

BLOCK = 0xFA
ZERO_TERMINAL_DATA = bytes(8)
CYCLIC_RECORDS_KNOWN = 3


class LibraryLZ(CardTerminal):
    """Follows 61xx and 6Cxx on both slots; stops at the first failing record."""

    FOLLOWS_61XX_ON_SAM = True
    _current_df = ""

    def power_on(self) -> None:
        """Reset, 3F00, DDF1, EF05, tag 57 with Le 00."""
        self.card_factor = factor_of_atr(self.card_reset())
        self._current_df = ""
        self.select_df("01", "3F00")
        self.open("DDF1", "EF05")
        self.city_factor = city_factor(self._record_by_tag(0x39)[2:])

    def sam_start(self, pin: str) -> None:
        """3F00, DF01, VERIFY."""
        self.sam.reset()
        self.sam.select_mf()
        self.sam.select_df01()
        self.sam.verify(packed_pin(pin, drop_odd=False))

    def open(self, df: str, ef: str) -> None:
        """The DF directly, from wherever the card stands inside DDF1; then the EF."""
        if df != self._current_df:
            self.select_df("02" if df == "DDF1" else "03", df)
            self._current_df = df
        self.select_ef(ef)

    def read_authentication(self, df: str) -> None:
        self.external_authenticate(f"RK1_{df}", self.challenge(), ZERO_TERMINAL_DATA)

    def update_authentication(self, df: str, key: str = "UK1") -> None:
        self.external_authenticate(f"{key}_{df}", self.challenge(), ZERO_TERMINAL_DATA)

    def internal_authentication(self, data8: bytes) -> None:
        """The card proves IRK_DDF1: the session comes from the SAM's own random, the value from `data8`."""
        if self._current_df != "DDF1":
            self.select_df("02", "DDF1")
            self._current_df = "DDF1"
        sam_random = self.sam.challenge()
        self.derive("IRK_DDF1", sam_random)
        wanted = fold(self.sam.encipher_for_authentication(data8))
        apdu = bytes.fromhex("0088000011") + sam_random + data8 + KEY_GROUP
        answer = self.user.expect("10", apdu, length=8)
        if answer != wanted:
            raise self.user.rejects("10", apdu, answer + b"\x90\x00", "the cryptogram of the card is wrong")

    def read_public_file(self) -> dict[int, bytes]:
        return self.read_file("DDF1", "EF05")

    def read_file(self, df: str, ef: str) -> dict[int, bytes]:
        """A TLV file by tag with Le 00; TLV by tag."""
        self.open(df, ef)
        if (df, ef) != ("DDF1", "EF05"):
            self.read_authentication(df)
        return {tag: self._record_by_tag(tag) for tag, _ in TLV_FILES[df, ef]}

    def read_cyclic(self, ef: str, number: int) -> bytes:
        """One record; the library's own table knows three of either file."""
        if number > CYCLIC_RECORDS_KNOWN:
            raise ValueError("the library reads records 1 to 3 only")
        self.open("DF02", ef)
        self.read_authentication("DF02")
        return self._record_by_number(number, CYCLIC_FILES[ef][1])

    def read_index(self, ef: str) -> bytes:
        self.open("DF03", ef)
        self.read_authentication("DF03")
        return b"".join(self._record_by_number(number, 1) for number in range(1, INDEX_FILES[ef] + 1))

    def read_photo(self) -> bytes:
        """Two length bytes, then that many bytes behind them."""
        self.open("DDF1", "EF07")
        self.read_authentication("DDF1")
        return self.read_blocks(2, int.from_bytes(self.read_binary(0, 2), "big"), BLOCK)

    def read_visit(self, ef: str) -> bytes:
        """The whole of EE0n (1893 bytes) or ED0n (3267 bytes): data, signature, SAM certificate."""
        index_file, _, whole = VISIT_FILES[ef[:2]]
        self.open("DF03", index_file)
        self.read_authentication("DF03")
        self.select_ef(ef)
        return self.read_blocks(0, whole, BLOCK)

    def write_visit_item(self, ef: str, offset: int, data: bytes) -> None:
        """Plain blocks under UK1_DF03."""
        index_file = VISIT_FILES[ef[:2]][0]
        self.open("DF03", index_file)
        self.update_authentication("DF03", UPDATE_KEYS["DF03", index_file].partition("_")[0])
        self.select_ef(ef)
        self.update_blocks(offset, data, BLOCK)

    def _record_by_tag(self, tag: int) -> bytes:
        apdu = bytes([0x00, 0xB2, tag, 0x00, 0x00])
        record = self.user.expect("05", apdu)
        if record[:1] != bytes([tag]):
            raise self.user.rejects(
                "05", apdu, record + b"\x90\x00", f"the first byte must be the tag {tag:02X}"
            )
        if len(record) != record[1] + 2:
            raise self.user.rejects("05", apdu, record + b"\x90\x00", "length byte and record length differ")
        return record

    def _record_by_number(self, number: int, length: int) -> bytes:
        return self.user.expect("06", bytes([0x00, 0xB2, number, 0x04, 0x00]), length=length)
