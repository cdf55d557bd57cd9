"""Logs of other readers: plain hex lines of a middleware, `pcscd --apdu`, scriptor, the debug log of OpenSC.

A line is read by its label (`>>`, `SEND:`, `APDU:`, `SW:` …), wherever the log puts time and level before it.
A log without labels must be bare hex lines, command and answer in turn. What fits neither is counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from card_os.trace.layer import Exchange
from card_os.trace.record import Trace

_COMMAND_WORDS = "C-?APDU|APDU|SEND|SENT|CMD|COMMAND|REQUEST|REQ|TX|OUT|发送|命令|指令"
_RESPONSE_WORDS = "R-?APDU|SW|RECV|RECEIVED?|RESPONSE|RESP|RSP|RX|IN|接收|响应|返回"
_COMMAND_ARROWS = ">>|-->|->|==>|=>|>"
_RESPONSE_ARROWS = "<<|<--|<-|<==|<=|<"
_HEX = r"(?:0x)?[0-9A-Fa-f]{2}(?:[ :,\t-]{0,2}(?:0x)?[0-9A-Fa-f]{2})*"
_LABELLED = re.compile(
    rf"(?:^|[\s\]|)])(?:(?P<command>(?:{_COMMAND_WORDS})\s*[:=：]+>?|{_COMMAND_ARROWS})"
    rf"|(?P<response>(?:{_RESPONSE_WORDS})\s*[:=：]+>?|{_RESPONSE_ARROWS}))"
    rf"\s*[\[(]?(?P<hex>{_HEX})[\])]?(?![0-9A-Za-z])\s*(?P<rest>.*)$",
    re.IGNORECASE,
)
_ATR = re.compile(rf"(?:^|[\s\]|)])ATR\s*[:=]\s*(?P<hex>{_HEX})\s*$", re.IGNORECASE)
# OpenSC says how many bytes follow in lines of up to 16, with their ASCII behind them
_DUMP = re.compile(r"(?P<way>Outgoing|Incoming) APDU \((?P<count>\d{1,5}) bytes?\):")
_DUMP_LINE = 16
_STAMP = re.compile(
    r"^\s*[\[(]?(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[ T_]+)?"
    r"(\d{1,2}):(\d{2}):(\d{2}(?:[.,]\d{1,6})?)[\])]?[\s,|]*"
)
# pcscd: microseconds since the line before, then its thread where it logs it
_PCSCD_STAMP = re.compile(r"^(?P<delta>\d{8,10}) (?:\[\d+\] )?(?=(?:APDU|SW): )")
_SKIPPED = ("#", "//")
_DAY = 86_400.0


@dataclass(slots=True)
class _Log:
    """What has been read of a log so far."""

    exchanges: list[Exchange] = field(default_factory=list)
    command: bytes = b""
    sent: float = 0.0
    clock: float = 0.0

    def put_command(self, command: bytes) -> bool:
        if len(command) < 4:
            return False
        self.end()
        self.command, self.sent = command, self.clock
        return True

    def put_response(self, response: bytes) -> bool:
        if not self.command or len(response) < 2:
            return False
        seconds = max(self.clock - self.sent, 0.0)
        self.exchanges.append(Exchange(self.command, response, seconds, self.sent))
        self.command = b""
        return True

    def put_reset(self, atr: bytes) -> bool:
        self.end()
        self.exchanges.append(Exchange(b"", atr, 0.0, self.clock))
        return True

    def end(self) -> None:
        """A command without an answer stays one."""
        if self.command:
            self.exchanges.append(Exchange(self.command, b"", 0.0, self.sent))
            self.command = b""


def parse_foreign(lines: Sequence[str]) -> Trace:
    """The exchanges in the lines of a log; never raises, whatever the lines hold."""
    log = _Log()
    labelled = any(_LABELLED.search(line) or _DUMP.search(line) for line in lines)
    unread = _read_labelled(lines, log) if labelled else _read_bare(lines, log)
    log.end()
    return Trace(None, tuple(log.exchanges), len(lines), len(unread), unread[0] if unread else None)


def _read_bare(lines: Sequence[str], log: _Log) -> list[int]:
    unread = []
    for number, raw in enumerate(lines, start=1):
        line = _without_time(raw, log)
        if not line or line.startswith(_SKIPPED):
            continue
        value = _only_hex(line)
        if value is None:
            atr = _ATR.search(line)
            done = atr is not None and log.put_reset(_hex(atr["hex"]))
        elif log.command and len(value) >= 2 and value[-2] >> 4 in (6, 9):
            done = log.put_response(value)
        else:
            done = log.put_command(value)
        if not done:
            unread.append(number)
    return unread


def _read_labelled(lines: Sequence[str], log: _Log) -> list[int]:
    unread, number = [], 0
    while number < len(lines):
        line = _without_time(lines[number], log)
        number += 1
        first = number
        if not line or line.startswith(_SKIPPED):
            continue
        dump = _DUMP.search(line)
        found = _LABELLED.search(line)
        if dump is not None:
            value, number = _dumped(lines, number, int(dump["count"]))
            put = log.put_command if dump["way"] == "Outgoing" else log.put_response
            done = put(value)
        elif found is not None:
            value, number = _continued(lines, number, _hex(found["hex"]), found["rest"])
            done = _put(log, found, value)
        else:
            atr = _ATR.search(line)
            done = atr is not None and log.put_reset(_hex(atr["hex"]))
        if not done:
            unread.append(first)
    return unread


def _put(log: _Log, found: re.Match[str], value: bytes) -> bool:
    if found["response"]:
        return log.put_response(value)
    done = log.put_command(value)
    # both on one line: APDU: 00A4… / SW: 9000
    answer = _LABELLED.match(found["rest"].lstrip("/|,; "))
    if done and answer is not None and answer["response"]:
        return log.put_response(_hex(answer["hex"]))
    return done


def _continued(lines: Sequence[str], number: int, value: bytes, rest: str) -> tuple[bytes, int]:
    """scriptor breaks long values after 16 bytes; the next lines are bare hex, the last may have words."""
    while not rest and value and len(value) % _DUMP_LINE == 0 and number < len(lines):
        body, colon, words = lines[number].partition(" : ")
        more = _only_hex(body.strip())
        if more is None or len(more) > _DUMP_LINE:
            break
        value, rest, number = value + more, colon + words, number + 1
    return value, number


def _dumped(lines: Sequence[str], number: int, count: int) -> tuple[bytes, int]:
    value = b""
    while len(value) < count and number < len(lines):
        width = min(_DUMP_LINE, count - len(value))
        row = _only_hex(lines[number][: 3 * width].strip())
        if row is None or len(row) != width:
            return b"", number
        value, number = value + row, number + 1
    return value, number


def _without_time(line: str, log: _Log) -> str:
    """The line behind its time; the clock of the log goes on."""
    stamp = _PCSCD_STAMP.match(line)
    if stamp is not None:
        log.clock += int(stamp["delta"]) / 1e6
        return line[stamp.end() :].strip()
    stamp = _STAMP.match(line)
    if stamp is None:
        return line.strip()
    hours, minutes, seconds = stamp.groups()
    now = int(hours) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
    log.clock = now if now >= log.clock % _DAY else now + _DAY
    return line[stamp.end() :].strip()


def _only_hex(text: str) -> bytes | None:
    return _hex(text) if re.fullmatch(_HEX, text) else None


def _hex(text: str) -> bytes:
    return bytes.fromhex(re.sub(r"0[xX]|[^0-9A-Fa-f]", "", text))
