"""The files of the model: what stands where, who may do what, and what is there at first.

Sections in brackets are those of commands_and_crypto.
"""

from __future__ import annotations

from typing import Any

import card_bench as cb

NAMES = {
    "MF": b"jmjkkyyhj" + bytes(7),
    "DDF1": b"WS.SYS.DDF01",
    "DF01": bytes.fromhex("915600013200"),
    "DF02": bytes.fromhex("915600013201"),
    "DF03": bytes.fromhex("915600013202"),
}  # [4.3]
BOTTOM = ("DF01", "DF02", "DF03")
# [5.1] file: kind, key to read, key to update, secure messaging: must, may, cannot, or plain by option
TABLE = {
    ("DDF1", 0xEF05): ("tlv", "", "UK1_DDF1", "option"),
    ("DDF1", 0xEF06): ("tlv", "RK1_DDF1", "UK1_DDF1", "option"),
    ("DDF1", 0xEF07): ("binary", "RK1_DDF1", "UK1_DDF1", "may"),
    ("DDF1", 0xEF08): ("tlv", "RK1_DDF1", "UK1_DDF1", "must"),
    **{("DF01", 0xEF00 + n): ("tlv", "RK1_DF01", "UK1_DF01", "must") for n in (5, 6, 7, 8)},
    ("DF02", 0xEF05): ("tlv", "RK1_DF02", "UK1_DF02", "must"),
    ("DF02", 0xEF06): ("tlv", "RK1_DF02", "UK2_DF02", "must"),
    ("DF02", 0xEF07): ("cyclic", "RK1_DF02", "UK3_DF02", "option"),
    ("DF02", 0xEF08): ("cyclic", "RK1_DF02", "UK3_DF02", "option"),
    ("DF03", 0xEF05): ("index", "RK1_DF03", "UK1_DF03", "must"),
    ("DF03", 0xEF06): ("index", "RK1_DF03", "UK1_DF03", "must"),
    **{("DF03", 0xEE00 + n): ("binary", "RK1_DF03", "UK1_DF03", "cannot") for n in (1, 2, 3)},
    **{("DF03", 0xED00 + n): ("binary", "RK1_DF03", "UK1_DF03", "cannot") for n in (1, 2, 3, 4, 5)},
}
SIZES = {
    0xEF07: 3074,
    **dict.fromkeys(range(0xEE01, 0xEE04), 1893),
    **dict.fromkeys(range(0xED01, 0xED06), 3267),
}
USED = ("PERSO", "ISSUED")
# [5.3] INS (with P1 where it matters): states
ALLOWED = {
    **dict.fromkeys((0xB0, 0xD6, 0xB2, 0xDC, 0xD2, 0x0C, 0x88), USED),
    0x84: ("PERSO", "ISSUED", "APP_BLOCKED"),
    0x82: ("PERSO", "ISSUED", "APP_BLOCKED"),
    **dict.fromkeys((0x20, 0x5E, 0x24, 0x1E, 0x16), ("ISSUED",)),
    0x18: ("APP_BLOCKED",),
    0xE2: ("PERSO",),
    0x05: ("PERSO",),
}


def sfi_of(fid: int) -> int:
    """EF05 05 … ; EE01 11 …; ED01 19 …  [files.csv]"""
    return fid & 0xFF if fid >> 8 == 0xEF else (fid & 0x0F) + (0x10 if fid >> 8 == 0xEE else 0x18)


def blank(place: tuple[str, int]) -> Any:
    """Contents of a file that was never written: bytes, or records with the newest first."""
    df, fid = place
    layout = f"{df}.{'EE' if fid >> 8 == 0xEE else 'ED' if fid >> 8 == 0xED else f'EF{fid & 0xFF:02X}'}"
    items = sorted(cb.profile().by_layout.get(layout, ()), key=lambda item: item.record or item.offset or 0)
    whole = b"".join(item.blank for item in items)
    match TABLE[place][0]:
        case "tlv":
            return [bytes((item.tag or 0, item.length)) + item.blank for item in items]
        case "cyclic":
            length, count = (120, 3) if fid == 0xEF07 else (24, 10)
            return [whole.ljust(length, b"\0")] * count
        case "index":
            return [whole] * (3 if fid == 0xEF05 else 5)
    return whole.ljust(SIZES[fid], b"\0")
