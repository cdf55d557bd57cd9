"""How many APDUs a whole card takes, and why each of them is sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from reader_cards import Recorded

from card_os.spec.loader import load
from lab import demo
from reader_client.in_process import InProcessChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession
from reader_client.sharing import SharedReplay

CARD = load("health_card")
EFS = [file for file in CARD.files.values() if file.kind.is_ef]
RECORD_FILES = [file for file in EFS if file.kind.has_records]
VISITS = [file for file in EFS if file.layout in ("DF03.EE", "DF03.ED")]
BLOCK = 256


@dataclass
class Bench:
    session: HealthCardSession
    card: Recorded
    sam: Recorded
    shared: bool


def bench(resident: str, *, shared: bool = False) -> Bench:
    card = Recorded(InProcessChannel(demo.issue_card(demo.resident(resident), 1).card))
    sam_channel = Recorded(InProcessChannel(demo.issue_sam(1)))
    sam = SamSession(SharedReplay(sam_channel) if shared else sam_channel)
    sam.open()
    sam.verify_pin(demo.SAM_PIN)
    session = HealthCardSession(SharedReplay(card) if shared else card, sam)
    session.open()
    card.commands.clear()
    sam_channel.commands.clear()
    return Bench(session, card, sam_channel, shared)


def blocks(size: int) -> int:
    return -(-size // BLOCK)


@pytest.mark.parametrize(("resident", "inpatient", "outpatient"), [("05", 3, 5), ("06", 0, 0)])
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
def test_every_apdu_of_a_whole_card_has_its_reason(
    resident: str, inpatient: int, outpatient: int, shared: bool
) -> None:
    at = bench(resident, shared=shared)
    picture = at.session.read_all().photo or b""
    records = sum(len(file.record_lengths) for file in RECORD_FILES)
    valid = inpatient + outpatient
    reasons = {
        # the DF of the holder's data is current when a session has the card alone, unknown when it shares it
        "SELECT DDF1": int(shared),
        # DF01, DF02, DF03: each is found from its sibling, so that nothing goes up first
        "SELECT DF": 3,
        # terminals never put an SFI into P2 of the user card; EF05 of DDF1 is current since `open`
        "SELECT EF": len(EFS) - len(VISITS) - int(not shared),
        # visit records by their flags: the invalid ones are not even selected
        "SELECT visit record": valid,
        # one authentication for each DF, whose read key opens all files in it: 84 and 82
        "GET CHALLENGE": 4,
        "EXTERNAL AUTHENTICATE": 4,
        # the card has no command for several records
        "READ RECORD": records,
        # Le 00 takes 256 bytes, the most of a short APDU; the first block of a photo tells how many follow
        "READ BINARY photo": max(1, blocks(len(picture) + 2)),
        "READ BINARY visits": inpatient * blocks(1893) + outpatient * blocks(3267),
    }
    sent = Counter(command[1] for command in at.card.commands)
    named = {ins: sum(n for why, n in reasons.items() if why.startswith(name)) for ins, name in NAMES.items()}
    assert sent == Counter(named)
    assert len(at.card.commands) == sum(reasons.values())
    assert len(at.card.commands) == {"05": 211, "06": 103}[resident] + int(shared) * 2
    assert [command[1] for command in at.sam.commands] == [
        # where other programs may have been: MF and application; what waits behind 61xx is not fetched
        *[0xA4] * (2 * int(shared)),
        # for each DF the session key, the value computed with it, and GET RESPONSE: a SAM announces by 61xx
        *(0xDE, 0xFA, 0xC0) * 4,
    ]


NAMES = {
    0xA4: "SELECT",
    0x84: "GET CHALLENGE",
    0x82: "EXTERNAL AUTHENTICATE",
    0xB2: "READ RECORD",
    0xB0: "READ BINARY",
}


def test_the_counted_files_are_those_of_the_declaration() -> None:
    assert (len(EFS), len(RECORD_FILES)) == (22, 13)
    assert sum(len(file.record_lengths) for file in RECORD_FILES) == 78
    assert [file.size for file in VISITS] == [1893] * 3 + [3267] * 5


def test_several_operations_in_one_transaction_open_each_df_once() -> None:
    at = bench("05", shared=True)
    with at.session.transaction():
        at.session.identity()
        at.session.read(["card_expiry_date"])
        at.session.allergies()
        at.session.clinical_basics()
    sent = Counter(command[1] for command in at.card.commands)
    assert sent[0x82] == 2
    at.card.commands.clear()
    at.session.identity()
    at.session.identity()
    assert Counter(command[1] for command in at.card.commands)[0x82] == 2


def test_a_free_file_asks_nothing_of_the_sam() -> None:
    at = bench("05", shared=True)
    at.session.read(["card_number"])
    assert at.sam.commands == []
    assert [command[1] for command in at.card.commands] == [0xA4, 0xA4, 0xB2]
