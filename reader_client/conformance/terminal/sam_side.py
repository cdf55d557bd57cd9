"""What the SAM computed, read from its trace: each derivation with the outputs that followed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from card_os.crypto.secure_messaging import MAC_LENGTH, fold
from card_os.iso7816.apdu import ApduFormatError, CommandApdu
from card_os.iso7816.status import SW, tries_left
from reader_client.conformance.exchange import Exchange

MAC = 0x01
TOO_OFTEN = 3
Report = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Computed:
    """A derivation and what came of it: the factors of the card, its challenge, the outputs by their kind."""

    number: int
    card: bytes
    province: bytes
    challenge: bytes
    values: list[bytes] = field(default_factory=list)
    macs: list[bytes] = field(default_factory=list)


class SamSide:
    """The SAM's exchanges, judged on their own and kept for the card's side."""

    def __init__(self, exchanges: Sequence[Exchange], checked: Report, broken: Report) -> None:
        self.computed: list[Computed] = []
        self._checked, self._broken = checked, broken
        self._verified = False
        self._wrong_pins = 0
        self._awaited: tuple[int, bool] | None = None
        for number, exchange in enumerate(exchanges, start=1):
            self._take(number, exchange)
        self._fetched(len(exchanges))

    def by_value(self, value: bytes) -> Computed | None:
        """The derivation behind an authentication value."""
        return next((one for one in reversed(self.computed) if value in one.values), None)

    def by_mac(self, mac: bytes) -> Computed | None:
        """The derivation behind a MAC."""
        return next((one for one in reversed(self.computed) if mac in one.macs), None)

    def _take(self, number: int, exchange: Exchange) -> None:
        if not exchange.command:
            self._fetched(number)
            self._verified = False
            return
        try:
            apdu = CommandApdu.parse(exchange.command + bytes(exchange.masked))
        except ApduFormatError:
            return
        sw = int.from_bytes(exchange.response[-2:], "big")
        if apdu.ins == 0xC0:
            self._result(exchange.response[:-2] if sw == SW.OK else b"")
            return
        self._fetched(number)
        if apdu.ins == 0x20:
            self._verify(number, sw)
        elif apdu.ins == 0xDE:
            self._derive(number, apdu, sw)
        elif apdu.ins == 0xFA:
            self._compute(number, apdu, exchange.response, sw)

    def _verify(self, number: int, sw: int) -> None:
        self._checked("T12", number)
        if sw == SW.OK:
            self._verified, self._wrong_pins = True, 0
        elif tries_left(sw) is not None or sw == SW.METHOD_BLOCKED:
            self._wrong_pins += 1
            if self._wrong_pins >= TOO_OFTEN:
                self._broken("T12", number)

    def _derive(self, number: int, apdu: CommandApdu, sw: int) -> None:
        self._checked("T13", number)
        if not self._verified and sw == SW.SECURITY_STATUS:
            self._broken("T13", number)
        if sw == SW.OK and len(apdu.data) in (16, 24):
            self.computed.append(Computed(number, apdu.data[:8], apdu.data[8:-8], apdu.data[-8:]))

    def _compute(self, number: int, apdu: CommandApdu, response: bytes, sw: int) -> None:
        self._checked("T14", number)
        if sw == SW.CONDITIONS_OF_USE:
            self._broken("T14", number)
            return
        is_mac = bool(apdu.p1 & MAC)
        if sw >> 8 == SW.BYTES_WAITING >> 8:
            self._awaited = (number, is_mac)
        elif sw == SW.OK:
            self._awaited = (number, is_mac)
            self._result(response[:-2])

    def _result(self, data: bytes) -> None:
        if self._awaited is None:
            return
        number, is_mac = self._awaited
        self._awaited = None
        self._checked("T18", number)
        if not self.computed or not data:
            return
        last = self.computed[-1]
        if is_mac and len(data) == MAC_LENGTH:
            last.macs.append(data)
        elif len(data) == 16:
            last.values.append(fold(data))

    def _fetched(self, number: int) -> None:
        if self._awaited is not None:
            self._checked("T18", number)
            self._broken("T18", self._awaited[0])
            self._awaited = None
