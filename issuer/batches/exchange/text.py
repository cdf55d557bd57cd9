"""The text of a file: a head of named lines, detail lines, an end with count and digest, a signature.

    rhc-exchange/1
    kind ACC-RSP
    batch 419901202603020001
    seq 1
    sender bank-1
    receiver 41000000001
    made 2026-03-02T08:00:00.000000Z
    environment TEST
    count 1
    key 0011223344556677
    session 04…
    fields line|application|result|fault|personal
    1|A2026030200001|has_account||…
    end 1 DIGEST
    signature SIGNATURE

UTF-8, every line ends with LF, nothing comes after the signature. The digest is SM3 over the detail lines
with their LF; the signature, r ‖ s of SM2 with Z, is over all bytes of the head and then the 32 bytes of the
digest. Hex is in upper case. There is one way only to write a file, so that any byte that changes is noticed.
# spec: issuance_and_ecard A.3 [I]; our design
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from card_os.crypto.sm2 import SIGNATURE_LENGTH
from card_os.crypto.sm3 import DIGEST_LENGTH, sm3
from card_os.spec.errors import Phrase
from issuer.batches.exchange.errors import ExchangeRefusedError
from issuer.batches.exchange.values import SEPARATOR

FORMAT = "rhc-exchange/1"
NAMES = (
    "kind", "batch", "seq", "sender", "receiver", "made", "environment", "count", "key", "session", "fields",
)  # fmt: skip
NONE = "-"
MOST_LINES = 100_000
FIRST_DETAIL = len(NAMES) + 2
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class FileText:
    """A file in its parts: the head by name, the detail lines, and what their end says of them.

    `head` and `body` are the bytes that signature and digest are over.
    """

    values: Mapping[str, str]
    lines: tuple[str, ...]
    head: bytes
    body: bytes
    count: str
    digest: bytes
    signature: bytes

    @property
    def signed(self) -> bytes:
        """What the signature is over."""
        return self.head + self.digest

    @property
    def end_line(self) -> int:
        """The number of the line with count and digest."""
        return FIRST_DETAIL + len(self.lines)


def head_of(values: Mapping[str, str]) -> bytes:
    """The bytes of a head."""
    return "".join(f"{line}\n" for line in (FORMAT, *(f"{name} {values[name]}" for name in NAMES))).encode()


def body_of(lines: Sequence[str]) -> bytes:
    """The bytes of detail lines."""
    return "".join(f"{line}\n" for line in lines).encode()


def write(head: bytes, lines: Sequence[str], signature: bytes) -> bytes:
    """A whole file."""
    body = body_of(lines)
    end = f"end {len(lines)} {_hex(sm3(body))}\nsignature {_hex(signature)}\n"
    return head + body + end.encode()


def parse(raw: bytes) -> FileText:
    """Take a file apart; raises ExchangeRefusedError. Says nothing yet of digest, signature and lines."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise refusal(line, "text", Phrase("the text is not UTF-8")) from None
    if not text.startswith(f"{FORMAT}\n"):
        raise refusal(1, "format", Phrase("accepted is {format}", format=FORMAT))
    if not text.endswith("\n"):
        line = text.count("\n") + 1
        raise refusal(line, "text", Phrase("every line ends with a line feed, the last one too"))
    lines = text[:-1].split("\n")
    if len(lines) < FIRST_DETAIL + 1:
        raise refusal(len(lines), "text", Phrase("the file breaks off"))
    values = {name: _after(name, lines[number - 1], number) for number, name in enumerate(NAMES, start=2)}
    signature = _from_hex(
        "signature", _after("signature", lines[-1], len(lines)), SIGNATURE_LENGTH, len(lines)
    )
    end = len(lines) - 1
    count, _, digest = _after("end", lines[end - 1], end).partition(" ")
    details = tuple(lines[FIRST_DETAIL - 1 : end - 1])
    return FileText(
        values,
        details,
        head_of(values),
        body_of(details),
        count,
        _from_hex("digest", digest, DIGEST_LENGTH, end),
        signature,
    )


def check_counts(file: FileText) -> None:
    """Head, end and the lines themselves agree; raises ExchangeRefusedError."""
    found = len(file.lines)
    if not 1 <= found <= MOST_LINES:
        reason = Phrase(
            "{count} lines; accepted are {least} to {most}", count=found, least=1, most=MOST_LINES
        )
        raise refusal(file.end_line, "count", reason)
    for line, given in ((NAMES.index("count") + 2, file.values["count"]), (file.end_line, file.count)):
        if given != str(found):
            raise refusal(
                line, "count", Phrase("the file has {found} lines, not as many as said here", found=found)
            )


def number(file: FileText, name: str) -> int:
    """A number of the head, from 1; raises ExchangeRefusedError."""
    text = file.values[name]
    if not _NUMBER.fullmatch(text) or text == "0":
        raise refusal(line_of(name), name, Phrase("accepted is a whole number from {least}", least=1))
    return int(text)


def line_of(name: str) -> int:
    """The number of the line on which a name of the head stands."""
    return NAMES.index(name) + 2


def refusal(line: int, field: str, reason: Phrase) -> ExchangeRefusedError:
    """A refusal at a place."""
    return ExchangeRefusedError(line=line, field=field, reason=reason)


def join(cells: Sequence[str]) -> str:
    """A detail line."""
    return SEPARATOR.join(cells)


def hex_of(raw: bytes) -> str:
    """Bytes of the head as text, `-` for none."""
    return _hex(raw) if raw else NONE


def _after(name: str, line: str, place: int) -> str:
    value = line.removeprefix(f"{name} ")
    if value == line or not value or not line.isprintable():
        raise refusal(place, name, Phrase("the line must begin with {name} and go on", name=name))
    return value


def _from_hex(field: str, text: str, length: int, line: int) -> bytes:
    if not re.fullmatch(f"[0-9A-F]{{{2 * length}}}", text):
        raise refusal(line, field, Phrase("accepted are {length} bytes as hex in upper case", length=length))
    return bytes.fromhex(text)


def _hex(raw: bytes) -> str:
    return raw.hex().upper()
