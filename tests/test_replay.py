"""A whole session played from its recording, with no reader and no card."""

from __future__ import annotations

from pathlib import Path

import pytest
from reader_cards import PIN, issued_card, sam_card

from card_os.trace import Exchange, TracedCard, TraceFile, read_trace
from reader_client.channel import Channel
from reader_client.contents import CardContents
from reader_client.errors import CardRemovedError, PinError
from reader_client.in_process import InProcessChannel
from reader_client.replay import ReplayChannel, ReplayDifferenceError, ReplayEndedError
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession
from reader_client.sharing import SharedReplay

TRACES = Path(__file__).parent / "traces"
DATA = bytes.fromhex("99887766")
RECORDING = [
    Exchange(b"", b"\x3b\x00", 0.0),
    Exchange(bytes.fromhex("00A4000002DDF1"), b"\x90\x00", 0.0),
    Exchange(bytes.fromhex("00D6000004") + DATA, b"\x90\x00", 0.0),
    Exchange(bytes.fromhex("0020000003"), b"\x90\x00", 0.0, masked=3),
    Exchange(bytes.fromhex("0084000008"), b"", 0.0),
]


def session_over(card: Channel, sam: Channel) -> CardContents:
    sam_session = SamSession(sam)
    sam_session.open()
    sam_session.verify_pin(PIN)
    session = HealthCardSession(card, sam_session)
    session.open()
    session.identity()
    session.update({"holder_phone_1": "19900000001", "photo": bytes(range(256)) * 3})
    session.add_allergy("示例物质", "皮疹")
    contents = session.read_all()
    session.close()
    sam_session.close()
    return contents


@pytest.mark.parametrize("secrets", [False, True])
def test_a_recorded_session_gives_the_same_contents_without_a_reader(secrets: bool, tmp_path: Path) -> None:
    card, sam = issued_card(), sam_card()
    files = tmp_path / "card.jsonl", tmp_path / "sam.jsonl"
    with (
        TraceFile(files[0], card.profile, "card", secrets) as card_file,
        TraceFile(files[1], sam.profile, "SAM", secrets) as sam_file,
    ):
        live = session_over(
            InProcessChannel(TracedCard(card, card_file.listener)),
            InProcessChannel(TracedCard(sam, sam_file.listener)),
        )
    channels = [ReplayChannel(read_trace(file).exchanges) for file in files]
    assert session_over(*channels) == live
    assert [channel.left for channel in channels] == [0, 0]
    assert live.items["holder_phone_1"] == "19900000001"


def test_a_recording_of_a_shared_reader_is_played_with_its_sequence(tmp_path: Path) -> None:
    card, sam = issued_card(), sam_card()
    files = tmp_path / "card.jsonl", tmp_path / "sam.jsonl"
    with (
        TraceFile(files[0], card.profile, "card", False) as card_file,
        TraceFile(files[1], sam.profile, "SAM", False) as sam_file,
    ):
        live = session_over(
            SharedReplay(InProcessChannel(TracedCard(card, card_file.listener))),
            SharedReplay(InProcessChannel(TracedCard(sam, sam_file.listener))),
        )
    recordings = [read_trace(file).exchanges for file in files]
    channels = [ReplayChannel(recording) for recording in recordings]
    assert session_over(*(SharedReplay(channel) for channel in channels)) == live
    assert [channel.left for channel in channels] == [0, 0]
    with pytest.raises(ReplayDifferenceError):
        session_over(*(ReplayChannel(recording) for recording in recordings))


def test_a_kept_trace_is_read_for_ever() -> None:
    channels = [
        ReplayChannel(read_trace(TRACES / f"read-2.{name}.jsonl").exchanges) for name in ("card", "sam")
    ]
    sam = SamSession(channels[1])
    sam.open()
    sam.verify_pin("000000")  # the PIN is masked: any of its length fits
    session = HealthCardSession(channels[0], sam)
    session.open()
    contents = session.read_all()
    session.update({"holder_phone_1": "19900009999"})
    assert contents.items["holder_name"] == "张伟"
    assert len(contents.items) == 57
    assert [visit.valid for visit in contents.outpatient_visits] == [True, True, False, False, False]
    assert [channel.left for channel in channels] == [0, 0]


def played(count: int) -> ReplayChannel:
    channel = ReplayChannel(RECORDING)
    for exchange in RECORDING[:count]:
        channel.transmit(exchange.whole_command) if exchange.command else channel.reset()
    return channel


@pytest.mark.parametrize(
    ("count", "command", "words"),
    [
        (0, "00A4000002DDF1", "exchange 1 of the recording is a reset; the program sends 00A40000 with"),
        (1, "00A4000002DDF2", "the program sends 00A40000 with 7 bytes in all, different from byte 7 on"),
        (1, "00B2010400", "is 00A40000 with 7 bytes in all; the program sends 00B20104 with 5 bytes in all"),
        (2, "00D600000499887767", "different from byte 9 on"),
        (2, "00D6000003998877", "different from byte 5 on"),
        (3, "002000000212", "00200000 with 8 bytes in all; the program sends 00200000 with 6 bytes in all"),
    ],
)  # fmt: skip
def test_a_different_command_is_refused(
    count: int, command: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHC_LANG", "en")
    channel = played(count)
    with pytest.raises(ReplayDifferenceError) as caught:
        channel.transmit(bytes.fromhex(command))
    assert words in str(caught.value)
    assert caught.value.number == count + 1
    assert DATA.hex() not in str(caught.value).lower()
    assert channel.left == len(RECORDING) - count


def test_a_reset_that_was_not_recorded_is_refused() -> None:
    with pytest.raises(ReplayDifferenceError):
        played(1).reset()


def test_an_answer_that_broke_off_is_a_removed_card() -> None:
    with pytest.raises(CardRemovedError):
        played(4).transmit(bytes.fromhex("0084000008"))


def test_a_program_that_goes_on_is_told_that_the_recording_ended() -> None:
    channel = ReplayChannel(RECORDING[:1])
    channel.reset()
    with pytest.raises(ReplayEndedError, match="before exchange 2"):
        channel.transmit(bytes.fromhex("0084000008"))
    with pytest.raises(ReplayEndedError):
        channel.reset()


def test_a_recorded_failure_is_played_as_one() -> None:
    recording = [
        Exchange(b"", b"\x3b\x00", 0.0),
        Exchange(bytes.fromhex("00A40000023F00"), b"\x90\x00", 0.0),
        Exchange(bytes.fromhex("00A4000002DF01"), b"\x90\x00", 0.0),
        Exchange(bytes.fromhex("0020000003"), b"\x63\xc9", 0.0, masked=3),
    ]
    sam = SamSession(ReplayChannel(recording))
    sam.open()
    with pytest.raises(PinError) as caught:
        sam.verify_pin(PIN)
    assert caught.value.tries_left == 9
