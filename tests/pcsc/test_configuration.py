"""Entries of reader.conf: written, read, joined with the names of PC/SC."""

from pathlib import Path

import pytest

from lab.pcsc.configuration import ReaderEntry, Slot, configuration_text, match_slots, parse_configuration
from lab.pcsc.errors import ReaderEntryInvalid


def test_configuration_is_read_as_written() -> None:
    entries = (
        ReaderEntry("RHC SAM", Path("/x/libifdvpcd_1.so"), 35965),
        ReaderEntry("B", Path("/ifdvpcd"), 9),
    )
    assert parse_configuration(configuration_text(entries)) == entries


def test_readers_of_a_distribution_are_understood() -> None:
    """The layout in which distributions ship vpcd, beside a driver of another kind."""
    text = """
        # a comment
        FRIENDLYNAME "Serial reader"
        DEVICENAME /dev/ttyS0
        LIBPATH /usr/lib/other.so
        CHANNELID 1

        FRIENDLYNAME "Virtual PCD"
        DEVICENAME   /dev/null:0x8C7B
        LIBPATH      /usr/lib/pcsc/drivers/serial/libifdvpcd.so
        CHANNELID    0x8C7B
    """
    slots = match_slots(
        ["Serial reader 00 00", "Virtual PCD 01 00", "Virtual PCD 01 01"], parse_configuration(text)
    )
    assert slots == (Slot("Virtual PCD 01 00", 35963), Slot("Virtual PCD 01 01", 35964))


@pytest.mark.parametrize(
    ("name", "port"), [('a"b', 35963), ("", 35963), ("a\nb", 35963), ("a", 0), ("a", 65535)]
)
def test_entries_that_break_the_file_are_refused(name: str, port: int) -> None:
    with pytest.raises(ReaderEntryInvalid):
        ReaderEntry(name, Path("/x"), port)


def test_the_nearest_configuration_wins() -> None:
    nearest = ReaderEntry("RHC SAM", Path("/lib/a.so"), 40000)
    left_behind = ReaderEntry("RHC SAM", Path("/lib/a.so"), 35965)
    assert match_slots(["RHC SAM 00 01"], [nearest, left_behind]) == (Slot("RHC SAM 00 01", 40001),)
