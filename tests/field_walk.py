"""Walks that drive every row of the table of APDUs at least once, each through a program of the field.

A later test builds its terminals from the real card and SAM and asserts on what is returned:

    make = lambda family: family(card=..., sam=..., card_reset=..., sam_reset=...)
    proved = walk_families(make, pin="123456")
    assert set(proved) >= ROWS_OF_AN_ISSUED_CARD

What a walk writes it reads back, and it puts TLV records and flags back as they were; cyclic records, photo
and visit files keep what was written. Nothing of the project is imported here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from field_plan import CYCLIC_FILES, INDEX_FILES, SAM_FILES, TLV_FILES, VISIT_FILES
from field_terminal import (
    LibraryLZ,
    MiddlewareD79,
    MiddlewareHDZ,
    MiddlewareMHC,
    MiddlewarePlain,
    TerminalRejects,
)

ALL_ROWS = frozenset(f"{number:02d}" for number in range(1, 38))
ROWS_WHILE_ISSUING = frozenset({"12", "22", "23"})
# Row 21 is sent by no build of today; rows 10 and 37 by LZ alone.
OPTIONAL_ROWS = frozenset({"10", "21", "37"})
ROWS_OF_AN_ISSUED_CARD = ALL_ROWS - ROWS_WHILE_ISSUING - OPTIONAL_ROWS

_COMMON = frozenset(
    [
        "02",
        "03",
        "04",
        "05",
        "06",
        "07",
        "08",
        "09",
        "11",
        "15",
        "20",
        "24",
        "25",
        "26",
        "30",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
    ]
)
ROWS_OF_FAMILY: dict[type, frozenset[str]] = {
    MiddlewareMHC: _COMMON | {"13", "17", "19", "27", "28"},
    MiddlewareHDZ: _COMMON | {"14", "16", "18", "29"},
    MiddlewareD79: _COMMON | {"01", "14", "16", "18", "27", "28"},
    LibraryLZ: frozenset(
        ["01", "02", "03", "04", "05", "06", "07", "08", "09", "20", "24", "26", "30", "32", "33", "36"]
    ),
}
PHOTO = bytes.fromhex("FFD8") + bytes(range(1, 200)) + bytes.fromhex("FFD9")
FROZEN_FILES = frozenset({("DDF1", "EF05"), ("DDF1", "EF06")})
VISITS = [
    f"{letters}{n:02d}"
    for letters, (index, _, _) in VISIT_FILES.items()
    for n in range(1, INDEX_FILES[index] + 1)
]


def require(condition: bool, row_id: str, why: str) -> None:
    """A read-back that differs from what was written is a refusal as well."""
    if not condition:
        raise TerminalRejects(row_id, "", "", why)


def pattern(length: int, seed: int = 0) -> bytes:
    """Bytes that differ from block to block."""
    return bytes((seed + at * 7 + at // 128) % 251 for at in range(length))


def walk_apdus(
    terminal: MiddlewareMHC | LibraryLZ,
    *,
    pin: str = "123456",
    other_pin: str = "654321",
    internal_authentication: bool = True,
    strict: bool = True,
) -> Counter[str]:
    """Drive one family over an issued card; return how many accepted exchanges proved each row.

    The rows of an MHC family are those of `ROWS_OF_FAMILY`. LZ proves 10 and 37 as well where
    `internal_authentication` is on, which a card may lack. With `strict` an answer that the program would
    only swallow is refused at the end of the walk.
    """
    if isinstance(terminal, LibraryLZ):
        _walk_lz(terminal, pin, internal_authentication)
    else:
        walk_sam(terminal, pin, other_pin)
        terminal.power_on()
        terminal.sam_start_empty_select(pin)
        _read_everything(terminal)
        _write_records(terminal)
        _write_cyclic(terminal)
        _write_index(terminal)
        _write_binary(terminal)
    if strict and terminal.tolerated:
        first = terminal.tolerated[0]
        raise TerminalRejects(first.row_id, first.apdu_hex, first.response_hex, f"swallowed: {first.why}")
    return terminal.proven


def walk_families(
    make: Callable[[type[MiddlewareMHC] | type[LibraryLZ]], MiddlewareMHC | LibraryLZ],
    *,
    pin: str = "123456",
    internal_authentication: bool = True,
    strict: bool = True,
) -> Counter[str]:
    """All families in turn over one card and one SAM; the sum of what they proved."""
    families: tuple[type[MiddlewareMHC] | type[LibraryLZ], ...] = (
        MiddlewareMHC,
        MiddlewareHDZ,
        MiddlewareD79,
        LibraryLZ,
    )
    total: Counter[str] = Counter()
    for family in families:
        total += walk_apdus(
            make(family), pin=pin, internal_authentication=internal_authentication, strict=strict
        )
    return total


def walk_sam(terminal: MiddlewareMHC, pin: str, other_pin: str) -> None:
    """Information files, then the PIN changed and changed back, then the start of the family."""
    for name, file in SAM_FILES.items():
        require(len(terminal.sam_info(name)) == file.length, "28", f"SAM file {name} has a wrong length")
    require(terminal.sam_info("public")[:10] == terminal.sam_info("public", 10), "28", "SAM number differs")
    terminal.change_pin(pin, other_pin)
    terminal.sam_start(other_pin)
    terminal.change_pin(other_pin, pin)
    terminal.sam_start(pin)


def walk_issuing(
    terminal: MiddlewareD79 | MiddlewarePlain, *, pin: str = "123456", ysdm: str = "210000"
) -> Counter[str]:
    """Write DDF1/EF05 and EF06 of a card that is being issued (rows 12 or 11), then lock it (rows 22 or 23).

    The chip maker id of the card decides: 008C gives rows 12 and 22, 0085 gives rows 11 and 23.
    `MiddlewarePlain` gives row 12 and never locks. After a lock the same write must be refused.
    """
    terminal.power_on(ysdm)
    terminal.sam_start(pin)
    records = [
        (ef, number, record) for ef in ("EF05", "EF06") for number, record in personal_records(ef, ysdm)
    ]
    for ef, number, record in records:
        terminal.write_personal(ef, number, record)
    public = terminal.read_public_file()
    require(
        all(public[r[0]] == r for ef, _, r in records if ef == "EF05"),
        "05",
        "EF05 differs from what was written",
    )
    personal = terminal.read_file("DDF1", "EF06")
    require(
        all(personal[r[0]] == r for ef, _, r in records if ef == "EF06"),
        "06",
        "EF06 differs from what was written",
    )
    if isinstance(terminal, MiddlewareD79) and terminal.chip_maker in ("008C", "0085"):
        require(_is_refused(terminal, *records[1]), "11", "the lock did not freeze the personal data")
    return terminal.proven


def walk_secure_binary(terminal: MiddlewareMHC, *, pin: str = "123456") -> Counter[str]:
    """Row 21, which a card may lack: one enciphered block of the photo file."""
    terminal.power_on()
    terminal.sam_start(pin)
    terminal.write_photo(PHOTO)
    block = len(PHOTO).to_bytes(2, "big") + bytes(reversed(PHOTO[:126]))
    terminal.write_photo_block_secure(0, block)
    require(terminal.read_photo()[:126] == block[2:], "21", "the photo differs from what was written")
    return terminal.proven


def personal_records(ef: str, city_code: str) -> list[tuple[int, bytes]]:
    """Record number and TLV for each record of DDF1/EF05 or EF06: digits `1`, tag 57 the city code."""
    records = []
    for number, (tag, length) in enumerate(TLV_FILES["DDF1", ef], start=1):
        value = bytes.fromhex(city_code) if tag == 0x39 else b"1" * (length - 2)
        records.append((number, bytes([tag, length - 2]) + value))
    return records


def _is_refused(terminal: MiddlewareD79, ef: str, number: int, record: bytes) -> bool:
    try:
        terminal.write_personal(ef, number, record)
    except TerminalRejects:
        return True
    return False


def _read_everything(terminal: MiddlewareMHC) -> None:
    public = terminal.read_public_file()
    require(public == terminal.read_file("DDF1", "EF05"), "06", "reads by tag and by number differ")
    for df, ef in TLV_FILES:
        require(len(terminal.read_file(df, ef)) == len(TLV_FILES[df, ef]), "06", f"{df}/{ef} lacks records")


def _write_records(terminal: MiddlewareMHC) -> None:
    for df, ef in TLV_FILES.keys() - FROZEN_FILES:
        before = list(terminal.read_file(df, ef).values())
        for number, old in enumerate(before, start=1):
            new = old[:2] + bytes(byte ^ 0x01 for byte in old[2:])
            terminal.write_record(df, ef, number, new)
            require(
                terminal.read_file(df, ef)[old[0]] == new, "11", f"{df}/{ef} record {number} was not stored"
            )
            terminal.write_record(df, ef, number, old)


def _write_cyclic(terminal: MiddlewareMHC) -> None:
    for ef, (records, length) in CYCLIC_FILES.items():
        written = [pattern(length, seed) for seed in range(records + 1)]
        for record in written:
            terminal.append_cyclic(ef, record)
        newest_first = [terminal.read_cyclic(ef, number) for number in range(1, records + 1)]
        require(newest_first == written[:0:-1], "06", f"DF02/{ef} does not hold the newest records in order")


def _write_index(terminal: MiddlewareMHC) -> None:
    for ef, count in INDEX_FILES.items():
        before = terminal.read_index(ef)
        for number in range(1, count + 1):
            terminal.set_valid(ef, number)
        require(terminal.read_index(ef) == bytes(count), "17", f"DF03/{ef} is not all 00")
        for number in range(1, count + 1):
            terminal.erase(ef, number)
        require(terminal.read_index(ef) == b"\xff" * count, "19", f"DF03/{ef} is not all FF")
        for number in range(1, count + 1):
            require(
                terminal.put_index(ef, number, before[number - 1]), "15", "the generic update was refused"
            )
        require(terminal.read_index(ef) == before, "15", f"DF03/{ef} was not put back")


def _write_binary(terminal: MiddlewareMHC) -> None:
    terminal.write_photo(PHOTO)
    require(terminal.read_photo() == PHOTO, "20", "the photo differs from what was written")
    for seed, ef in enumerate(VISITS):
        data = pattern(VISIT_FILES[ef[:2]][1], seed)
        terminal.write_visit(ef, data)
        require(terminal.read_visit(ef) == data, "20", f"{ef} differs from what was written")
        terminal.write_visit_item(ef, 80, b"\x19\x00\x01\x01")
        require(terminal.read_visit_item(ef, 80, 4) == b"\x19\x00\x01\x01", "20", f"{ef} item differs")
    terminal.write_visit_item("ED05", 0, bytes(128))


def _walk_lz(terminal: LibraryLZ, pin: str, internal_authentication: bool) -> None:
    terminal.power_on()
    terminal.sam_start(pin)
    if internal_authentication:
        terminal.internal_authentication(bytes.fromhex("0102030405060708"))
    for df, ef in TLV_FILES:
        terminal.read_file(df, ef)
    for ef in CYCLIC_FILES:
        for number in range(1, 4):
            terminal.read_cyclic(ef, number)
    for ef in INDEX_FILES:
        terminal.read_index(ef)
    terminal.read_photo()
    for seed, ef in enumerate(VISITS):
        data = pattern(1000, seed + 100)
        terminal.write_visit_item(ef, 3, data)
        whole = terminal.read_visit(ef)
        require(whole[3 : 3 + len(data)] == data, "20", f"{ef} differs from what was written")
