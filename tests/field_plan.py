"""What a program of the field has built in: files, record lengths and key parameters, typed from the facts.

Record lengths are those of the whole TLV, in bytes. Nothing of the project is imported here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One key as the terminal names it: card reference (P2 of 0082), then P1 and P2 of 80DE."""

    card_reference: int
    p1: int
    p2: int

    @property
    def two_levels(self) -> bool:
        """True when the city factor is sent behind the card factor."""
        return self.p1 >> 5 == 2


# spec: terminal_interface 6.1, keys.csv
KEYS: dict[str, Key] = {
    "IRK_DDF1": Key(0x00, 0x47, 0x21),
    "STK_DDF1": Key(0x02, 0x28, 0x02),
    "STK_DF01": Key(0x82, 0x28, 0x03),
    "STK_DF02": Key(0x82, 0x48, 0x04),
    "STK_DF03": Key(0x82, 0x48, 0x05),
    "UK1_DDF1": Key(0x05, 0x27, 0x2A),
    "UK1_DF01": Key(0x85, 0x27, 0x2B),
    "UK1_DF02": Key(0x85, 0x47, 0x2C),
    "UK2_DF02": Key(0x86, 0x47, 0x2D),
    "UK3_DF02": Key(0x87, 0x47, 0x2E),
    "UK1_DF03": Key(0x85, 0x47, 0x2F),
    "UK2_DF03": Key(0x86, 0x27, 0x30),
    "RK1_DDF1": Key(0x04, 0x47, 0x31),
    "RK1_DF01": Key(0x84, 0x47, 0x32),
    "RK1_DF02": Key(0x84, 0x47, 0x33),
    "RK1_DF03": Key(0x84, 0x47, 0x34),
}

# (DF, EF) -> ((tag, TLV length), ...) in record order.  spec: files.csv, terminal_interface 4.1
TLV_FILES: dict[tuple[str, str], tuple[tuple[int, int], ...]] = {
    ("DDF1", "EF05"): (
        (0x01, 0x03),
        (0x02, 0x06),
        (0x03, 0x20),
        (0x04, 0x0D),
        (0x05, 0xB6),
        (0x06, 0x06),
        (0x08, 0x14),
        (0x09, 0x05),
        (0x0A, 0x0C),
        (0x39, 0x05),
    ),
    ("DDF1", "EF06"): ((0x0B, 32), (0x0C, 3), (0x0D, 3), (0x0E, 6), (0x0F, 20)),
    ("DDF1", "EF08"): ((0x07, 6), (0x10, 22), (0x11, 22), (0x12, 3), (0x13, 3), (0x14, 3)),
    ("DF01", "EF05"): ((0x15, 3), (0x16, 102), (0x17, 3), (0x18, 102)),
    ("DF01", "EF06"): (
        (0x19, 32),
        (0x1A, 3),
        (0x1B, 22),
        (0x1C, 32),
        (0x1D, 3),
        (0x1E, 22),
        (0x1F, 32),
        (0x20, 3),
        (0x21, 22),
    ),
    ("DF01", "EF07"): ((0x22, 3), (0x23, 3), (0x24, 5)),
    ("DF01", "EF08"): ((0x25, 3), (0x26, 20), (0x27, 19), (0x28, 20)),
    ("DF02", "EF05"): (*((tag, 3) for tag in range(0x29, 0x37)), (0x37, 42)),
    ("DF02", "EF06"): ((0x38, 3),),
}

# EF of DF02 -> (records, bytes of one record).  spec: terminal_interface 4.5
CYCLIC_FILES: dict[str, tuple[int, int]] = {"EF07": (3, 120), "EF08": (10, 24)}

# EF of DF03 -> records of one byte, one for each visit file.  spec: terminal_interface 4.6
INDEX_FILES: dict[str, int] = {"EF05": 3, "EF06": 5}

# Letters of a visit file -> (EF that is current at the authentication, data bytes, bytes of the whole file).
# spec: terminal_interface 5.2
VISIT_FILES: dict[str, tuple[str, int, int]] = {"EE": ("EF05", 1639, 1893), "ED": ("EF06", 3013, 3267)}

# Which key opens a file for update.  spec: commands_and_crypto 5.1
UPDATE_KEYS: dict[tuple[str, str], str] = {
    ("DDF1", "EF05"): "UK1_DDF1",
    ("DDF1", "EF06"): "UK1_DDF1",
    ("DDF1", "EF07"): "UK1_DDF1",
    ("DDF1", "EF08"): "UK1_DDF1",
    ("DF01", "EF05"): "UK1_DF01",
    ("DF01", "EF06"): "UK1_DF01",
    ("DF01", "EF07"): "UK1_DF01",
    ("DF01", "EF08"): "UK1_DF01",
    ("DF02", "EF05"): "UK1_DF02",
    ("DF02", "EF06"): "UK2_DF02",
    ("DF02", "EF07"): "UK3_DF02",
    ("DF02", "EF08"): "UK3_DF02",
    ("DF03", "EF05"): "UK1_DF03",
    ("DF03", "EF06"): "UK1_DF03",
}


@dataclass(frozen=True, slots=True)
class SamFile:
    """One information file of the SAM: the directory, FID, P1 of the read by SFI, and length in bytes."""

    directory: str
    fid: str
    p1_sfi: int
    length: int


# spec: terminal_interface 8.5
SAM_FILES: dict[str, SamFile] = {
    "public": SamFile("3F00", "0015", 0x95, 14),
    "terminal": SamFile("3F00", "0016", 0x96, 6),
    "application": SamFile("DF01", "001A", 0x9A, 25),
    "issuer_certificate": SamFile("DF01", "001B", 0x9B, 180),
    "sam_certificate": SamFile("DF01", "001C", 0x9C, 190),
}
