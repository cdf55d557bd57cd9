"""A counter of a hospital in one process: demo cards, a SAM, a terminal with a log of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from unittest import mock

from reader_cards import Recorded

from card_os.kernel.card import Card
from card_os.kernel.file_system import cell_of
from card_os.kernel.memory import Memory
from card_os.spec.codecs import Value, encode
from card_os.spec.loader import load
from lab import demo
from reader_client.channel import Channel, ReaderState
from reader_client.hospital.swipe_log import SwipeLog, SwipeRow
from reader_client.hospital.terminal import Post, Terminal, ready
from reader_client.in_process import InProcessChannel

ISSUED_ON = date(2026, 1, 5)
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=8)))
SAM_SERIAL = "0000000001"
NUMBER, CHIP = "11010119000315007X", "0000000001"
OUTPATIENT: dict[str, Value] = {
    "outpatient_org_name": "示范市第一人民医院",
    "outpatient_org_code": "00000001-9",
    "visit_datetime": datetime(2026, 3, 2, 9, 30),
    "outpatient_number": "MZ20260302001",
    "outpatient_fee_category_1": "诊察费",
}
INPATIENT: dict[str, Value] = {
    "inpatient_org_name": "示范市第一人民医院",
    "inpatient_org_code": "00000001-9",
    "admission_date": date(2026, 2, 20),
    "discharge_date": date(2026, 3, 2),
    "medical_record_number": "ZY20260220001",
    "diagnosis_name_1": "急性支气管炎",
}


@cache
def card_cells(resident: str = "01") -> dict[str, bytes]:
    """The memory of an issued demo card."""
    return dict(demo.issue_card(demo.resident(resident), 1, ISSUED_ON).card.memory.snapshot())


@cache
def sam_cells(province: str = "11") -> dict[str, bytes]:
    """The memory of a demo SAM that serves since the day on which the cards were issued."""
    with mock.patch.object(demo, "_today", return_value=ISSUED_ON):
        return dict(demo.issue_sam(1, province=province, last_day=date(2036, 1, 1)).memory.snapshot())


@dataclass
class Counter:
    """A card, a SAM and what is set at the terminal; every `terminal()` begins anew with both cards."""

    folder: Path
    card: Card = field(default_factory=lambda: Card(load("health_card"), Memory(card_cells())))
    sam: Card = field(default_factory=lambda: Card(load("sam"), Memory(sam_cells())))
    post: Post = field(init=False)
    channel: Recorded = field(init=False)

    def __post_init__(self) -> None:
        self.post = Post(SwipeLog(self.folder), operator="N017", now=lambda: NOW)

    def set(self, **settings: object) -> Counter:
        self.post = replace(self.post, **settings)  # type: ignore[arg-type]
        return self

    def terminal(self, channel: Channel | None = None) -> Terminal:
        self.channel = Recorded(channel or InProcessChannel(self.card))
        return ready(self.post, self.channel, InProcessChannel(self.sam), demo.SAM_PIN)

    def put(self, **values: Value) -> Counter:
        """Set items of the card behind its back; TLV files only."""
        for name, value in values.items():
            item = self.card.profile.items[name]
            file = self.card.profile.files_of(item.layout)[0]
            raw = self.card.memory.read(cell_of(file))
            at = 0
            for other in self.card.profile.items_of(file):
                at += 2
                if other.name == name:
                    break
                at += other.length
            with self.card.memory.transaction():
                self.card.memory.write(cell_of(file), encode(self.card.profile, item, value), at)
            assert raw != self.card.memory.read(cell_of(file)), name
        return self

    @property
    def rows(self) -> tuple[SwipeRow, ...]:
        contents = SwipeLog(self.folder).read()
        assert contents.damaged_lines == ()
        return contents.rows

    @property
    def files_selected(self) -> set[str]:
        """Paths below DDF1 of all files that were selected."""
        df, found = "", set()
        for command in self.channel.commands:
            if command[1] == 0xA4:
                fid = command[5:7].hex().upper()
                if fid == "DDF1":
                    df = ""
                elif fid.startswith("DF"):
                    df = fid + "/"
                elif fid.startswith("E"):
                    found.add(df + fid)
        return found


class Factory:
    """A ChannelFactory over a counter."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    def readers(self) -> tuple[ReaderState, ...]:
        return ()

    def user_card(self, reader: str | None, sam_reader: str | None) -> Channel:
        return InProcessChannel(self.counter.card)

    def sam(self, reader: str | None, sam_reader: str | None) -> Channel:
        return InProcessChannel(self.counter.sam)
