"""Short command and response APDUs (ISO/IEC 7816-4; the card knows no extended length)."""

from __future__ import annotations

from dataclasses import dataclass, field

from card_os.iso7816.status import SW

MAX_LC = 255
MAX_LE = 256


class ApduFormatError(ValueError):
    """Bytes that are no short APDU; a card answers 6700."""


@dataclass(frozen=True, slots=True)
class CommandApdu:
    """A command of cases 1 to 4.

    `le` is the number of bytes that the terminal expects: None where the field is absent,
    256 where it is 00.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)
    le: int | None = None

    def __post_init__(self) -> None:
        if (self.cla | self.ins | self.p1 | self.p2) & ~0xFF:
            header = (self.cla, self.ins, self.p1, self.p2)
            fields = zip(("cla", "ins", "p1", "p2"), header, strict=True)
            wrong = next(name for name, value in fields if not 0 <= value <= 0xFF)
            raise ApduFormatError(f"{wrong} is not one byte")
        if len(self.data) > MAX_LC:
            raise ApduFormatError(f"{len(self.data)} data bytes; a short APDU carries at most {MAX_LC}")
        if self.le is not None and not 1 <= self.le <= MAX_LE:
            raise ApduFormatError(f"Le {self.le}; a short APDU expects 1 to {MAX_LE} bytes")

    @classmethod
    def parse(cls, raw: bytes) -> CommandApdu:
        """Take 4 to 261 bytes apart; raises ApduFormatError where the lengths do not agree."""
        if len(raw) < 4:
            raise ApduFormatError(f"{len(raw)} bytes; a header has 4")
        cla, ins, p1, p2 = raw[:4]
        body = raw[4:]
        if not body:
            return cls(cla, ins, p1, p2)
        if len(body) == 1:
            return cls(cla, ins, p1, p2, le=body[0] or MAX_LE)
        lc = body[0]
        if lc == 0:
            raise ApduFormatError("Lc 00 with bytes behind it; extended length is not supported")
        if len(body) == 1 + lc:
            return cls(cla, ins, p1, p2, data=body[1:])
        if len(body) == 2 + lc:
            return cls(cla, ins, p1, p2, data=body[1:-1], le=body[-1] or MAX_LE)
        raise ApduFormatError(f"Lc {lc} does not agree with {len(body) - 1} bytes behind it")

    @property
    def header(self) -> bytes:
        """CLA INS P1 P2, 4 bytes."""
        return bytes((self.cla, self.ins, self.p1, self.p2))

    def to_bytes(self) -> bytes:
        """The 4 to 261 bytes on the wire."""
        body = bytes((len(self.data),)) + self.data if self.data else b""
        tail = b"" if self.le is None else bytes((self.le % MAX_LE,))
        return self.header + body + tail


@dataclass(frozen=True, slots=True)
class ResponseApdu:
    """Response data (0 to 256 bytes) and the two-byte status word."""

    data: bytes = field(repr=False)
    sw: int

    @classmethod
    def parse(cls, raw: bytes) -> ResponseApdu:
        """Take a response apart; raises ApduFormatError where even the status word is missing."""
        if len(raw) < 2:
            raise ApduFormatError(f"a response of {len(raw)} bytes has no status word")
        return cls(raw[:-2], int.from_bytes(raw[-2:], "big"))

    @property
    def ok(self) -> bool:
        """Whether the status word is 9000."""
        return self.sw == SW.OK

    def to_bytes(self) -> bytes:
        """Data and status word, big-endian."""
        return self.data + self.sw.to_bytes(2, "big")
