"""A scripted terminal that plays the programs of the field against a user card and a SAM.

It is a second opinion: written from the facts about terminals alone, it imports nothing of the project.
Every answer is checked against the status words that the real program accepts; `TerminalRejects` is raised
where that program would fail, and what it would swallow in silence is kept in `tolerated`.

    terminal = MiddlewareMHC(card=card.transmit, sam=sam.transmit, card_reset=..., sam_reset=...)
    terminal.power_on()
    terminal.sam_start("123456")
    terminal.read_file("DDF1", "EF06")

Families: `MiddlewareMHC` (source form), `MiddlewarePlain` (plain writes of DDF1), `MiddlewareHDZ`,
`MiddlewareD79` (the deployed library) and `LibraryLZ` (the independent one).  Source: terminal_interface.
"""

from __future__ import annotations

from field_family import MiddlewareFamily, padded
from field_lz import LibraryLZ
from field_plan import CYCLIC_FILES, INDEX_FILES, TLV_FILES, UPDATE_KEYS, VISIT_FILES
from field_sam import packed_pin
from field_wire import TerminalRejects, Tolerated

__all__ = [
    "LibraryLZ",
    "MiddlewareD79",
    "MiddlewareHDZ",
    "MiddlewareMHC",
    "MiddlewarePlain",
    "TerminalRejects",
    "Tolerated",
]

BLOCK = 0x80
BIGGEST_PHOTO = 3072
SET_VALID = 0xD2
ERASE = 0x0C


class MiddlewareMHC(MiddlewareFamily):
    """MHC, source form: DDF1 is the first select, cyclic and index commands carry no MAC."""

    CYCLIC_IS_SECURE = False
    INDEX_HAS_MAC = False

    def read_public_file(self) -> dict[int, bytes]:
        """DDF1/EF05 by tag with the exact Le; TLV by tag. A failing record is left out (spec 4.4)."""
        self.open("DDF1", "EF05")
        records: dict[int, bytes] = {}
        for tag, length in TLV_FILES["DDF1", "EF05"]:
            apdu = bytes([0x00, 0xB2, tag, 0x00, length])
            self._keep(
                records, "05", apdu, tag, self.user.attempt("05", apdu, "record skipped", length=length)
            )
        return records

    def read_file(self, df: str, ef: str) -> dict[int, bytes]:
        """A TLV file by record number with Le 00, after its read authentication where it has one."""
        self.open(df, ef)
        if (df, ef) != ("DDF1", "EF05"):
            self.read_authentication(df)
        records: dict[int, bytes] = {}
        for number, (tag, length) in enumerate(TLV_FILES[df, ef], start=1):
            apdu = bytes([0x00, 0xB2, number, 0x04, 0x00])
            if (df, ef) == ("DDF1", "EF08"):  # a failure here is error 103, spec 4.4
                record: bytes | None = self.user.expect("06", apdu, length=length)
            else:
                record = self.user.attempt("06", apdu, "record skipped", length=length)
            self._keep(records, "06", apdu, tag, record)
        return records

    def read_cyclic(self, ef: str, number: int) -> bytes | None:
        """One record of DF02/EF07 or EF08, 1 is the newest; None when the card has none (spec 4.5)."""
        self.open("DF02", ef)
        self.read_authentication("DF02")
        apdu = bytes([0x00, 0xB2, number, 0x04, 0x00])
        return self.user.attempt("06", apdu, "cyclic record skipped", length=CYCLIC_FILES[ef][1])

    def read_index(self, ef: str) -> bytes:
        """All flags of DF03/EF05 or EF06, one byte each; a failure is error 103."""
        self.open("DF03", ef)
        self.read_authentication("DF03")
        numbers = range(1, INDEX_FILES[ef] + 1)
        return b"".join(
            self.user.expect("06", bytes([0x00, 0xB2, number, 0x04, 0x00]), length=1) for number in numbers
        )

    def read_photo(self) -> bytes:
        """Two length bytes, then the whole again from offset 0 in blocks (5.1); the JPEG without length."""
        self.open("DDF1", "EF07")
        self.read_authentication("DDF1")
        whole = 2 + int.from_bytes(self.read_binary(0, 2), "big")
        if whole > BIGGEST_PHOTO:
            raise TerminalRejects(
                "07", "00B0000002", f"{whole - 2:04X}", "photo longer than 3072 bytes, error 113"
            )
        return self.read_blocks(0, whole, BLOCK)[2:]

    def write_photo(self, jpeg: bytes) -> None:
        """UK1_DDF1, then plain blocks of length | JPEG."""
        self.open("DDF1", "EF07")
        self.update_authentication("DDF1")
        self.update_blocks(0, len(jpeg).to_bytes(2, "big") + jpeg, BLOCK)

    def write_photo_block_secure(self, offset: int, block: bytes) -> None:
        """04D6, which no build of today sends (row 21, optional): the form survives as a comment."""
        self.open("DDF1", "EF07")
        self.update_authentication("DDF1")
        command = self.secure_update(offset >> 8, offset & 0xFF, "DDF1", block, instruction=0xD6)
        self.user.expect("21", command, no_data=True)

    def read_visit(self, ef: str) -> bytes:
        """The data part of EE0n (1639 bytes) or ED0n (3013 bytes)."""
        return self.read_visit_item(ef, 0, VISIT_FILES[ef[:2]][1])

    def read_visit_item(self, ef: str, offset: int, length: int) -> bytes:
        """One item with one exact command; more than a block goes in blocks."""
        self._open_visit(ef)
        self.read_authentication("DF03")
        self.select_ef(ef)
        return self.read_blocks(offset, length, BLOCK)

    def write_visit_item(self, ef: str, offset: int, data: bytes) -> None:
        """Plain blocks under UK1_DF03. A length of n x 128 ends with an empty 00D6 (spec 5.2)."""
        self._open_visit(ef)
        self.update_authentication("DF03")
        self.select_ef(ef)
        self.update_blocks(offset, data, BLOCK)
        if len(data) % BLOCK == 0:
            self.update_binary(offset + len(data), b"")

    def write_visit(self, ef: str, data: bytes) -> None:
        """The whole data part."""
        if len(data) != VISIT_FILES[ef[:2]][1]:
            raise ValueError("the data part of a visit file has a fixed length")
        self.write_visit_item(ef, 0, data)

    def write_record(self, df: str, ef: str, number: int, record: bytes) -> None:
        """One TLV record, enciphered and with a MAC."""
        self._open_for_update(df, ef)
        self.user.expect("11", self.secure_update(number, 0x04, df, record), no_data=True)

    def write_card_class_with_wrong_lc(self, record: bytes) -> bytes:
        """The bug of MHC, HN and SD: card class is written with Lc 03 over 20 bytes (spec 7.2).

        Returns the status word; a correct card refuses with 6700.
        """
        self._open_for_update("DDF1", "EF05")
        challenge = self.challenge()
        self.derive("STK_DDF1", challenge)
        cipher = self.sam.encipher(padded(bytes([len(record)]) + record))
        header = bytes([0x04, 0xDC, 0x01, 0x04, 0x03])
        self.derive("STK_DDF1", challenge)
        mac = self.sam.mac(bytes(16) + padded(header + cipher))
        return self.user.exchange("11", header + cipher + mac)

    def write_record_plain(self, ef: str, number: int, record: bytes) -> None:
        """One TLV record of DDF1/EF05 or EF06 in clear, while the card is being issued."""
        self._open_for_update("DDF1", ef)
        self.user.expect("12", bytes([0x00, 0xDC, number, 0x04, len(record)]) + record, no_data=True)

    def append_cyclic(self, ef: str, record: bytes) -> None:
        """A new record 1 of DF02/EF07 or EF08, in the form of the family."""
        self._open_for_update("DF02", ef)
        if self.CYCLIC_IS_SECURE:
            self.user.expect("14", self.secure_update(0x00, 0x03, "DF02", record), no_data=True)
        else:
            self.user.expect("13", bytes([0x00, 0xDC, 0x00, 0x03, len(record)]) + record, no_data=True)

    def set_valid(self, ef: str, number: int) -> None:
        """The flag becomes 00, under UK1_DF03."""
        self._index_command(ef, number, "UK1", SET_VALID)

    def erase(self, ef: str, number: int) -> None:
        """The flag becomes FF, under UK2_DF03."""
        self._index_command(ef, number, "UK2", ERASE)

    def put_index(self, ef: str, number: int, flag: int) -> bool:
        """wsc_PutCardInfo of items 62 and 63: one enciphered byte; the status is ignored (spec 4.6)."""
        self._open_for_update("DF03", ef)
        command = self.secure_update(number, 0x04, "DF03", bytes([flag]))
        return self.user.attempt("15", command, "the status of row 15 is ignored") is not None

    def sam_info(self, name: str, length: int | None = None) -> bytes:
        """One information file of the SAM by FID; the SAM is reset first, so start it again afterwards."""
        return self.sam.info_by_fid(name, length)

    def _index_command(self, ef: str, number: int, key: str, instruction: int) -> None:
        self.open("DF03", ef)
        self.update_authentication("DF03", key)
        row_with_mac, row_bare = ("16", "17") if instruction == SET_VALID else ("18", "19")
        if self.INDEX_HAS_MAC:
            self.user.expect(row_with_mac, self.index_mac(instruction, number), no_data=True)
        else:
            self.user.expect(row_bare, bytes([0x84, instruction, number, 0x04, 0x00]), no_data=True)

    def _open_for_update(self, df: str, ef: str) -> None:
        self.open(df, ef)
        self.update_authentication(df, UPDATE_KEYS[df, ef].partition("_")[0])

    def _open_visit(self, ef: str) -> None:
        self.open("DF03", VISIT_FILES[ef[:2]][0])

    def _keep(self, records: dict[int, bytes], row: str, apdu: bytes, tag: int, record: bytes | None) -> None:
        if record is None:
            return
        if record[0] != tag or record[1] != len(record) - 2:  # two bytes are cut off, whatever they are
            self.user.tolerate(
                row, apdu, record + b"\x90\x00", "tag or length is wrong, which MHC never sees"
            )
        records[tag] = record


class MiddlewarePlain(MiddlewareMHC):
    """MHC-plain: cyclic writes are secure, DDF1/EF05 and EF06 are written in clear while issuing."""

    CYCLIC_IS_SECURE = True

    def write_personal(self, ef: str, number: int, record: bytes) -> None:
        self.write_record_plain(ef, number, record)


class MiddlewareHDZ(MiddlewareMHC):
    """HDZ: cyclic and index commands are secure, the SAM's information files are read by SFI."""

    CYCLIC_IS_SECURE = True
    INDEX_HAS_MAC = True

    def sam_info(self, name: str, length: int | None = None) -> bytes:
        data = self.sam.info_by_sfi(name)
        return data if length is None else data[:length]


class MiddlewareD79(MiddlewareMHC):
    """D79, the deployed library: 3F00 first, VERIFY right after the SAM's reset, secure cyclic and index."""

    SELECTS_MF_FIRST = True
    CYCLIC_IS_SECURE = True
    INDEX_HAS_MAC = True

    def sam_start(self, pin: str) -> None:
        self.sam.reset()
        self.sam.verify(packed_pin(pin, drop_odd=True))
        self.sam.select_df01()

    @property
    def chip_maker(self) -> str:
        """The chip maker id, which decides how personal data is written and locked (spec 10)."""
        return self.card_factor[:2].hex().upper()

    def write_personal(self, ef: str, number: int, record: bytes) -> None:
        """DDF1/EF05 or EF06 while issuing. After item 15 (EF06 record 5) the personal data is locked."""
        if self.chip_maker == "008C":
            self.write_record_plain(ef, number, record)
        else:
            self.write_record("DDF1", ef, number, record)
        if ef == "EF06" and number == 5:
            self.lock_personal_data()

    def lock_personal_data(self) -> None:
        """Select DDF1, then the lock command of the chip maker; every other maker has none."""
        self.select_df("02", "DDF1", ("9000", "61xx"))
        if self.chip_maker == "008C":
            self.user.expect("22", bytes.fromhex("8005000000"), no_data=True)
        elif self.chip_maker == "0085":
            self.user.expect("23", bytes.fromhex("0044050000"), no_data=True)

    def _reset_card(self) -> bytes:
        """Up to three attempts before the library gives up (spec 2.3)."""
        for _ in range(2):
            try:
                return super()._reset_card()
            except TerminalRejects:
                continue
        return super()._reset_card()
