"""The place where one case is played: its card, its SAM, its saved values, its exchanges."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from card_os.crypto.keys import province_factor
from card_os.iso7816.atr import Atr, AtrError
from card_os.iso7816.status import SW
from card_os.spec.errors import Phrase, PlainError
from card_os.spec.loader import load
from card_os.spec.model import Meaning, Profile
from reader_client.channel import Channel
from reader_client.conformance.bench import Bench, CardKeys, KeyNotAtHandError
from reader_client.conformance.exchange import CARD, SAM, Exchange
from reader_client.conformance.expectation import OK, Expectation
from reader_client.conformance.model import Case
from reader_client.conformance.words import (
    actual_words,
    both_of,
    command_name,
    expected_words,
    hex_cut,
)
from reader_client.errors import CardRemovedError
from reader_client.sam import CardFactors

if TYPE_CHECKING:
    from reader_client.conformance.steps import Compute
    from reader_client.conformance.template import Template

TERMINAL_DATA = bytes.fromhex("1122334455667788")
GET_CHALLENGE = bytes.fromhex("0084000008")
BLOCK = 250


class CaseFailedError(Exception):
    """A step whose answer is not the expected one."""

    def __init__(self, expected: Meaning, actual: Meaning) -> None:
        super().__init__(f"{expected.english}; {actual.english}")
        self.expected, self.actual = expected, actual


class CaseSkippedError(PlainError):
    """A case that this bench cannot play, found on the way."""


class Desk:
    """Plays the steps of one case. `saved` holds what steps saved by name; `step` counts from 1."""

    def __init__(self, bench: Bench, case: Case, card: Channel, sam: Channel | None) -> None:
        self.bench, self.case = bench, case
        self.profile: Profile = bench.profile
        self.saved: dict[str, bytes] = {"pin": bench.sam_pin}
        self.exchanges: list[Exchange] = []
        self.measured: dict[str, float] = {}
        self._channels: dict[str, Channel | None] = {CARD: card, SAM: sam}
        self._resolves = {CARD: self.profile.transport != "contactless", SAM: True}
        self._sam_touched = False
        self.province = bench.province
        if bench.province:
            self.saved["province"] = bench.province

    # --- the line ---------------------------------------------------------------------------------------

    def channel(self, who: str) -> Channel:
        """The channel to `card` or `sam`; raises CaseSkippedError without a SAM."""
        found = self._channels[who]
        if found is None:
            raise CaseSkippedError(reason=Phrase("there is no SAM"))
        self._sam_touched |= who == SAM
        return found

    def reset(self, who: str) -> bytes:
        """Reset, and save the ATR and of the card its factor as well."""
        begin = perf_counter()
        atr = self.channel(who).reset()
        self.exchanges.append(Exchange(who, b"", atr, perf_counter() - begin))
        if who == CARD:
            self.saved["atr"] = atr
            self.saved["factor"] = _factor(atr)
        else:
            self.saved["sam_factor"] = _factor(atr)
        return atr

    def transmit(self, who: str, command: bytes) -> bytes:
        """One exchange, written down; raises CardRemovedError."""
        begin = perf_counter()
        try:
            response = self.channel(who).transmit(command)
        except CardRemovedError:
            self.exchanges.append(Exchange(who, command, b"", perf_counter() - begin))
            raise
        self.exchanges.append(Exchange(who, command, response, perf_counter() - begin))
        if len(response) < 2:
            raise CardRemovedError(reader=who)
        return response

    def answer(self, who: str, command: bytes, *, complete: bool) -> bytes:
        """The response; with `complete` what waits behind 61xx is fetched, where the card may say that."""
        response = self.transmit(who, command)
        if not complete or response[-2] != SW.BYTES_WAITING >> 8 or not self._resolves[who]:
            return response
        data = response[:-2]
        while response[-2] == SW.BYTES_WAITING >> 8 and len(data) < 512:
            response = self.transmit(who, bytes((0x00, 0xC0, 0x00, 0x00, response[-1])))
            data += response[:-2]
        return data + response[-2:]

    def exchange(self, who: str, command: bytes, expected: Expectation, *, complete: bool = True) -> bytes:
        """Send, compare, save; returns the data. Raises CaseFailedError."""
        try:
            response: bytes | None = self.answer(who, command, complete=complete)
        except CardRemovedError:
            if not expected.takes_silence:
                raise
            return b""
        self.check(who, command, response, expected)
        data = response[:-2] if response else b""
        if expected.save:
            self.saved[expected.save] = data
        return data

    def check(self, who: str, command: bytes, response: bytes | None, expected: Expectation) -> None:
        """Raise CaseFailedError unless a response is the expected one."""
        if response is not None:
            self.saved["sw"] = response[-2:]
            sw, data = int.from_bytes(response[-2:], "big"), response[:-2]
            if (
                expected.takes_status(sw)
                and expected.takes_length(len(data))
                and expected.takes_data(data, self.saved)
            ):
                return
        profile = self.profile if who == CARD else load("sam")
        name = command_name(profile, command)
        shows = self.bench.shows_data or who != CARD
        raise CaseFailedError(
            expected_words(profile, name, expected, self.saved, with_data=shows),
            actual_words(profile, name, response, with_data=shows),
        )

    def quiet(self, who: str, command: bytes) -> bytes:
        """One exchange of very many: it is not written down."""
        response = self.channel(who).transmit(command)
        if len(response) < 2:
            raise CardRemovedError(reader=who)
        return response

    def quiet_challenge(self) -> bytes:
        """8 bytes of very many."""
        response = self.quiet(CARD, GET_CHALLENGE)
        if len(response) != 10 or not response.endswith(b"\x90\x00"):
            self.check(CARD, GET_CHALLENGE, response, _EIGHT_BYTES)
        return response[:-2]

    def skipped(self, reason: Phrase) -> CaseSkippedError:
        """The error of a case that this bench cannot play."""
        return CaseSkippedError(reason=reason)

    def fail(self, expected: Phrase, actual: Phrase) -> None:
        """Raise CaseFailedError with words."""
        raise CaseFailedError(both_of(expected), both_of(actual))

    # --- what steps ask for -----------------------------------------------------------------------------

    def select(self, who: str, fid: bytes) -> None:
        """SELECT by FID that must be accepted."""
        response = self.transmit(who, b"\x00\xa4\x00\x00\x02" + fid)
        if response[-2:] != b"\x90\x00" and not (response[-2] == 0x61 and self._resolves[who]):
            self.check(who, b"\x00\xa4\x00\x00\x02" + fid, response, OK)

    def challenge(self, who: str = CARD) -> bytes:
        """Draw 8 bytes that must come."""
        return self.exchange(who, GET_CHALLENGE, _EIGHT_BYTES)

    @property
    def factors(self) -> CardFactors:
        """The factors of the card of this case; raises CaseSkippedError where they are not known."""
        factor = self.saved.get("factor", b"")
        if not factor or not self.province:
            raise CaseSkippedError(reason=Phrase("the factors of the card are not known"))
        return CardFactors(factor, self.province)

    def authentication(self, name: str, version: int) -> bytes:
        """EXTERNAL AUTHENTICATE over a fresh challenge."""
        key = self.profile.keys[name]
        challenge = self.challenge()
        value = self._keys(name).authentication_value(key, version, self.factors, challenge, TERMINAL_DATA)
        body = value + TERMINAL_DATA + bytes((version,))
        return bytes((0x00, 0x82, 0x00, key.reference, len(body))) + body

    def authenticate(self, name: str, version: int, expected: Expectation) -> None:
        """Prove a key."""
        self.exchange(CARD, self.authentication(name, version), expected)

    def open(self, path: str, names: tuple[str, ...]) -> None:
        """Select an EF with the rights of these keys won on the way."""
        file = self.profile.files[f"MF/{path}"]
        parts = file.path.removeprefix("MF/").split("/")
        for level in range(1, len(parts)):
            fid = self.profile.files["/".join(("MF", *parts[:level]))].fid
            self.select(CARD, fid.to_bytes(2, "big"))
        for name in names:
            self.authenticate(name, 1, OK)
        self.select(CARD, file.fid.to_bytes(2, "big"))

    def compute(self, step: Compute) -> None:
        """Let the keys compute for a step, and save it."""
        key, saved = self.profile.keys[step.key], self.saved
        keys, factors = self._keys(step.key), self.factors
        if step.province is not None:
            factors = CardFactors(factors.card, province_factor(step.province.fill(saved)))
        if step.card is not None:
            factors = CardFactors(step.card.fill(saved), factors.province)
        challenge = step.challenge.fill(saved)
        first, second = step.first.fill(saved), step.second.fill(saved)
        if step.what == "value":
            result = keys.authentication_value(key, step.version, factors, challenge, first)
        elif step.what == "mac":
            result = keys.mac(key, factors, challenge, first, second)
        else:
            result = keys.protect(key, factors, challenge, first, second)
        saved[step.name] = result

    def protected(
        self, name: str, header: bytes, data: bytes, expected: Expectation, *, enciphered: bool
    ) -> None:
        """Send a command under secure messaging over a fresh challenge."""
        key, keys, challenge = self.profile.keys[name], self._keys(name), self.challenge()
        if enciphered:
            body = keys.protect(key, self.factors, challenge, header, data)
        else:
            body = data + keys.mac(key, self.factors, challenge, header, data)
        self.exchange(CARD, header + bytes((len(body),)) + body, expected)

    def whole_file(self, size: int) -> bytes:
        """The current transparent file, read in blocks."""
        blocks = []
        for start in range(0, size, BLOCK):
            le = min(BLOCK, size - start)
            command = bytes((0x00, 0xB0, start >> 8, start & 0xFF, le))
            blocks.append(self.exchange(CARD, command, Expectation("9000", ("9000",), lengths=(le,))))
        return b"".join(blocks)

    def _keys(self, name: str) -> CardKeys:
        if self.bench.keys is None:
            raise KeyNotAtHandError(name)
        if self._sam_touched:  # keys that lie in this SAM find it elsewhere than they left it
            self.bench.keys.renew()
            self._sam_touched = False
        return self.bench.keys

    def compare(self, first: Template, second: Template, *, equal: bool) -> None:
        """Raise CaseFailedError unless two values are equal, or are not."""
        one, other = first.fill(self.saved), second.fill(self.saved)
        if (one == other) is equal:
            return
        if not equal:
            self.fail(
                Phrase("{first} differs from {second}", first=first.text, second=second.text),
                Phrase("both are {value}", value=self.value(one)),
            )
        self.fail(
            Phrase("{first} equals {second}", first=first.text, second=second.text),
            Phrase("{first} and {second}", first=self.value(one), second=self.value(other)),
        )

    def value(self, value: bytes) -> object:
        """Bytes as a failure shows them."""
        return hex_cut(value) if self.bench.shows_data else Phrase("{count} bytes", count=len(value))


_EIGHT_BYTES = Expectation("9000 length 8", ("9000",), lengths=(8,))


def _factor(atr: bytes) -> bytes:
    try:
        return Atr.parse(atr).card_factor
    except AtrError:
        return b""
