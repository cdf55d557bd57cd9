"""Whatever a card or a SAM answers, the reader client ends in a value or in a typed error."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from reader_cards import FACTOR_ATR, Desk

from card_os.spec.errors import PlainError
from reader_client.contents import CardContents
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession
from reader_client.visits import VisitKind

STATUS = st.sampled_from(
    ["9000"] * 12 + ["6100", "6104", "6110", "6C05", "6982", "6A88", "6A83", "63C1", "FFFF"]
)
RESPONSES = st.tuples(st.binary(max_size=40), STATUS).map(lambda pair: pair[0] + bytes.fromhex(pair[1]))


class Noise:
    """Answers with drawn bytes, then for ever with the last ones; the first commands succeed."""

    def __init__(self, responses: list[bytes]) -> None:
        self._responses = responses
        self._next = 0

    def reset(self) -> bytes:
        return FACTOR_ATR

    def transmit(self, command: bytes) -> bytes:
        if command[1] == 0xB2 and command[2] == 0x39:
            return bytes.fromhex("39032100009000")
        if command[1] in (0xA4, 0x20, 0xDE, 0x82):
            return b"\x90\x00"
        self._next += 1
        return self._responses[self._next % len(self._responses)]

    def close(self) -> None:
        """Nothing to let go."""


@settings(max_examples=50, deadline=None)
@given(st.lists(RESPONSES, min_size=1, max_size=30), st.booleans())
def test_noise_never_escapes_as_another_error(responses: list[bytes], noisy_sam: bool) -> None:
    sam_channel = Noise(responses) if noisy_sam else Desk().sam(None, None)
    with suppress(PlainError):
        sam = SamSession(sam_channel)
        sam.open()
        sam.verify_pin("123456")
        session = HealthCardSession(Noise(responses), sam)
        session.open()
        with suppress(PlainError):
            contents = session.read_all()
            assert isinstance(contents, CardContents)
            json.dumps(contents.to_json())
        session.add_visit(VisitKind.INPATIENT, {"admission_date": date(2020, 1, 1)})
