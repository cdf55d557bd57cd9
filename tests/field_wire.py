"""The two slots of a terminal of the field, and the rule that decides whether an answer is accepted.

Nothing of the project is imported here: this is a second opinion, written from the facts alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Transmit = Callable[[bytes], bytes]

# A PIN stands in the data of these commands, so an error shows their header only.
SECRET_ROWS = frozenset({"30", "31"})


class TerminalRejects(Exception):
    """A program of the field would stop here.

    `row_id` is the row of the table of APDUs (two digits), `apdu_hex` and `response_hex` are what went over
    the wire, `why` is one plain sentence.
    """

    def __init__(self, row_id: str, apdu_hex: str, response_hex: str, why: str) -> None:
        super().__init__(f"row {row_id}: {why} [{apdu_hex} -> {response_hex}]")
        self.row_id = row_id
        self.apdu_hex = apdu_hex
        self.response_hex = response_hex
        self.why = why


@dataclass(frozen=True, slots=True)
class Tolerated:
    """An answer that a program of the field swallows without a word, though it is not the expected one."""

    row_id: str
    apdu_hex: str
    response_hex: str
    why: str


def shown(row_id: str, apdu: bytes) -> str:
    """The command in hex, without the data of commands that carry a PIN."""
    return apdu[:5].hex().upper() + ".." if row_id in SECRET_ROWS else apdu.hex().upper()


def status_matches(status: bytes, patterns: Sequence[str]) -> bool:
    """True when the two status bytes fit a pattern such as `9000` or `61xx`."""
    text = status.hex().upper()
    return any(text[:2] == p[:2] and (p[2:] in ("xx", text[2:])) for p in patterns)


@dataclass(slots=True)
class Wire:
    """One slot.

    `follow_61xx` is True where a shim or the program itself sends GET RESPONSE and repeats a command after
    6Cxx (LZ on both slots, a contact shim on the user slot); `response_row` is the row that such a
    GET RESPONSE proves. `proven` counts accepted exchanges per row, `tolerated` keeps what the field would
    not notice.
    """

    transmit: Transmit
    follow_61xx: bool = False
    response_row: str | None = None
    proven: Counter[str] = field(default_factory=Counter)
    tolerated: list[Tolerated] = field(default_factory=list)
    log: list[tuple[str, str, str]] = field(default_factory=list)

    def exchange(self, row_id: str, apdu: bytes) -> bytes:
        """Send one command and return data | SW1 SW2, after what the shim resolves."""
        response = self._raw(row_id, apdu)
        if not self.follow_61xx:
            return response
        if response[-2] == 0x6C:  # spec: terminal_interface 11
            le = response[-1:]
            response = self._raw(row_id, apdu + le if len(apdu) == 4 else apdu[:-1] + le)
        data = b""
        while response[-2] == 0x61:
            data += response[:-2]
            response = self._raw(row_id, bytes.fromhex("00C00000") + response[-1:])
            if self.response_row and response[-2:] == b"\x90\x00":
                self.proven[self.response_row] += 1
        return data + response

    def expect(
        self,
        row_id: str,
        apdu: bytes,
        accepted: Sequence[str] = ("9000",),
        *,
        length: int | None = None,
        no_data: bool = False,
    ) -> bytes:
        """Send, refuse every other status than `accepted`, and return the data without the status.

        `length` is the number of data bytes without which the program cannot go on. `no_data` notes data that
        the program would ignore.
        """
        response = self.exchange(row_id, apdu)
        if not status_matches(response[-2:], accepted):
            raise self.rejects(row_id, apdu, response, f"status must be {' or '.join(accepted)}")
        if length is not None and len(response) - 2 != length:
            raise self.rejects(
                row_id, apdu, response, f"{length} data bytes wanted, {len(response) - 2} came"
            )
        if no_data and len(response) > 2:
            self.tolerate(row_id, apdu, response, "data where none is expected")
        self.proven[row_id] += 1
        return response[:-2]

    def attempt(self, row_id: str, apdu: bytes, why: str, *, length: int | None = None) -> bytes | None:
        """Send a command whose failure the program swallows; None stands for the failure."""
        response = self.exchange(row_id, apdu)
        if response[-2:] != b"\x90\x00":
            self.tolerate(row_id, apdu, response, why)
            return None
        if length is not None and len(response) - 2 != length:
            raise self.rejects(
                row_id, apdu, response, f"{length} data bytes wanted, {len(response) - 2} came"
            )
        self.proven[row_id] += 1
        return response[:-2]

    def tolerate(self, row_id: str, apdu: bytes, response: bytes, why: str) -> None:
        """Keep one answer that the field would not notice."""
        self.tolerated.append(Tolerated(row_id, shown(row_id, apdu), response.hex().upper(), why))

    def rejects(self, row_id: str, apdu: bytes, response: bytes, why: str) -> TerminalRejects:
        """The exception for an answer, ready to be raised."""
        return TerminalRejects(row_id, shown(row_id, apdu), response.hex().upper(), why)

    def _raw(self, row_id: str, apdu: bytes) -> bytes:
        response = bytes(self.transmit(apdu))
        self.log.append((row_id, shown(row_id, apdu), response.hex().upper()))
        if len(response) < 2:
            raise self.rejects(row_id, apdu, response, "no answer")
        return response
