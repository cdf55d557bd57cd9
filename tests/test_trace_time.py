"""Estimates against numbers computed by hand."""

from __future__ import annotations

import pytest

from card_os.trace import Exchange, estimates
from card_os.trace.hardware_time import contact_characters, contactless_frames

ATR = Exchange(b"", bytes.fromhex("3B68000000A1A1A100000001"), 0.0)


def exchange(command: str, response: str, masked: int = 0) -> Exchange:
    return Exchange(bytes.fromhex(command), bytes.fromhex(response), 0.0, masked=masked)


@pytest.mark.parametrize(
    ("one", "exchanges", "characters"),
    [
        # case 1 and a refused case 2: header and status word
        (exchange("00440000", "9000"), 1, 7),
        (exchange("00B2010400", "6982"), 1, 7),
        # case 2: header, ACK, 8 bytes, status word
        (exchange("0084000008", "AABBCCDDEEFF00119000"), 1, 16),
        # case 3: header, ACK, 2 bytes, status word
        (exchange("00A4000002EF05", "9000"), 1, 10),
        (exchange("0020000003", "9000", 3), 1, 11),
        # case 4: as case 3 with 61xx, then GET RESPONSE as case 2
        (exchange("00A4000002DDF1", "6F10840C57532E5359532E4444463031A5009000"), 2, 10 + 26),
        # no APDU: as it stands
        (exchange("00A400", "6700"), 1, 5),
        (ATR, 0, 12),
    ],
)
def test_characters_of_t0(one: Exchange, exchanges: int, characters: int) -> None:
    assert contact_characters(one) == (exchanges, characters)


@pytest.mark.parametrize(
    ("length", "frames", "size"),
    [(2, 1, 5), (253, 1, 256), (254, 3, 254 + 9), (258, 3, 258 + 9), (507, 5, 522)],
)
def test_frames_of_t_cl(length: int, frames: int, size: int) -> None:
    assert contactless_frames(length) == (frames, size)


def test_seconds() -> None:
    found = {
        (one.protocol, one.speed): one for one in estimates([ATR, exchange("0084000008", "00" * 8 + "9000")])
    }
    assert len(found) == 6
    # 12 + 16 characters of 1.25 ms
    assert found["T=0", 9600].seconds == pytest.approx(28 * 0.00125)
    # the ATR stays at 9,600
    assert found["T=0", 115200].seconds == pytest.approx(12 * 0.00125 + 16 * 12 / 115200)
    # two frames of 5 + 3 and 10 + 3 bytes: 21 * 9 + 2 * 2 bits of 9.4395 microseconds
    assert found["T=CL", 106000].seconds == pytest.approx(193 * 9.4395e-6, rel=1e-4)
    assert [one.exchanges for one in found.values()] == [1] * 6
