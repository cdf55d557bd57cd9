"""The two certificates of 2.6: of an issuer, 180 bytes, and of a SAM, 190; fixed fields, not X.509.

The layouts stand in `profiles/certificates.csv`. A national root signs issuers, an issuer signs SAMs; the
signature, always last, is SM2 over SM3(Z ‖ all bytes before it), Z of the signer with the default id.
# spec: commands_and_crypto 2.6 [DC]
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from functools import cache
from importlib.resources import files

from card_os.crypto import sm2
from card_os.spec.codecs import pack_digits, unpack_digits
from card_os.spec.errors import DeclarationError, PlainError

FORMAT = b"\x01"
ALGORITHM = b"\x00\x01"
ID_DIGITS = 16
_TABLE = "certificates.csv"
_TRUST = "test_trust.csv"
_PROFILES = files("card_os.spec") / "profiles"


class CertificateError(PlainError):
    """Bytes that are no certificate, or values that none can hold."""

    template = "certificate: {field} is wrong"


class CertificateKind(Enum):
    """Whose certificate it is: the name in the table, and the type byte."""

    ISSUER = ("issuer", b"\x01")
    SAM = ("sam", b"\x02")

    @property
    def type_byte(self) -> bytes:
        """The second byte of the certificate."""
        return self.value[1]

    @property
    def length(self) -> int:
        """180 or 190 bytes."""
        return sum(length for _offset, length in layout(self).values())


@dataclass(frozen=True, slots=True)
class Certificate:
    """A public key, whose it is and who says so.

    Ids and serial are up to 16 digits; `public_key` and `signature` 64 bytes; `sam_serial` up to 10
    characters of ASCII, empty in the certificate of an issuer. Raises CertificateError for other values.
    """

    kind: CertificateKind
    issuer_id: str
    subject_id: str
    serial: str
    start: date
    end: date
    public_key: bytes
    sam_serial: str = ""
    signature: bytes = bytes(sm2.SIGNATURE_LENGTH)

    def __post_init__(self) -> None:
        for name in ("issuer_id", "subject_id", "serial"):
            digits = getattr(self, name)
            if not (digits.isascii() and digits.isdigit() and len(digits) <= ID_DIGITS):
                raise CertificateError(field=name)
        if self.start > self.end:
            raise CertificateError(field="end_date")
        if not sm2.is_public_key(self.public_key):
            raise CertificateError(field="public_key")
        if len(self.signature) != sm2.SIGNATURE_LENGTH:
            raise CertificateError(field="signature")
        serial_fits = self.sam_serial.isascii() and self.sam_serial.isprintable()
        if (self.kind is CertificateKind.SAM) != bool(self.sam_serial) or not serial_fits:
            raise CertificateError(field="sam_serial")
        if self.sam_serial and len(self.sam_serial) > layout(self.kind)["sam_serial"][1]:
            raise CertificateError(field="sam_serial")

    @classmethod
    def parse(cls, raw: bytes) -> Certificate:
        """Take 180 or 190 bytes apart; raises CertificateError. The signature is not looked at."""
        kind = next((kind for kind in CertificateKind if kind.length == len(raw)), None)
        if kind is None:
            raise CertificateError(field="length")
        cells = {name: raw[at : at + length] for name, (at, length) in layout(kind).items()}
        fixed = {"format": FORMAT, "type": kind.type_byte, "algorithm": ALGORITHM}
        for name, expected in fixed.items():
            if cells[name] != expected:
                raise CertificateError(field=name)
        certificate = cls(
            kind=kind,
            issuer_id=_digits(cells, "issuer_id"),
            subject_id=_digits(cells, "subject_id"),
            serial=_digits(cells, "serial"),
            start=_day(cells, "start_date"),
            end=_day(cells, "end_date"),
            public_key=cells["public_key"],
            sam_serial=_text(cells, "sam_serial"),
            signature=cells["signature"],
        )
        # one certificate, one form: filler and padding too are as this module writes them
        if certificate.to_bytes() != raw:
            raise CertificateError(field="filler")
        return certificate

    def to_bytes(self) -> bytes:
        """The 180 or 190 bytes."""
        return self.to_be_signed() + self.signature

    def to_be_signed(self) -> bytes:
        """All bytes before the signature: 116 or 126."""
        cells = {
            "format": FORMAT,
            "type": self.kind.type_byte,
            "issuer_id": pack_digits(self.issuer_id, 8),
            "subject_id": pack_digits(self.subject_id, 8),
            "serial": pack_digits(self.serial, 8),
            "start_date": _day_bytes(self.start),
            "end_date": _day_bytes(self.end),
            "algorithm": ALGORITHM,
            "public_key": self.public_key,
            "sam_serial": self.sam_serial.encode("ascii"),
        }
        parts = (
            cells.get(name, b"").ljust(length, b"\x00")
            for name, (_at, length) in layout(self.kind).items()
            if name != "signature"
        )
        return b"".join(parts)

    def digest(self, signer_key: bytes) -> bytes:
        """e = SM3(Z of the signer ‖ to_be_signed), 32 bytes: what the signer signs."""
        return sm2.message_digest(signer_key, self.to_be_signed())

    def signed(self, signature: bytes) -> Certificate:
        """The same with a signature of 64 bytes."""
        return replace(self, signature=signature)

    def verify(self, signer_key: bytes) -> bool:
        """Whether the owner of a 64-byte public key signed this; dates are for the caller to judge."""
        if not sm2.is_public_key(signer_key):
            return False
        return sm2.verify_digest(signer_key, self.digest(signer_key), self.signature)


@cache
def layout(kind: CertificateKind) -> Mapping[str, tuple[int, int]]:
    """Offset and length in bytes of each field, in order; raises DeclarationError."""
    found: dict[str, tuple[int, int]] = {}
    end = 0
    for line, row in _rows(_TABLE):
        if row["certificate"] != kind.value[0]:
            continue
        at, length = int(row["offset"]), int(row["length"])
        if at != end or row["name"] in found:
            reason = f"{row['name']} does not begin where the field before it ends"
            raise DeclarationError(file=_TABLE, row=line, reason=reason)
        found[row["name"]] = at, length
        end += length
    return found


@cache
def published_test_trust() -> Mapping[str, bytes]:
    """The national roots of the environment TEST: public keys of 64 bytes by the id of the root.

    Their private keys are published too: they vouch for nobody.
    """
    return {row["root_id"]: bytes.fromhex(row["public_key"]) for _line, row in _rows(_TRUST)}


def _rows(file: str) -> list[tuple[int, dict[str, str]]]:
    text = (_PROFILES / file).read_text("utf-8")
    return list(enumerate(csv.DictReader(io.StringIO(text)), start=2))


def _digits(cells: Mapping[str, bytes], name: str) -> str:
    digits = unpack_digits(cells[name])
    if not digits:
        raise CertificateError(field=name)
    return digits


def _day(cells: Mapping[str, bytes], name: str) -> date:
    digits = unpack_digits(cells[name]) or ""
    if len(digits) != 8:
        raise CertificateError(field=name)
    try:
        return datetime.strptime(digits, "%Y%m%d").date()
    except ValueError:
        raise CertificateError(field=name) from None


def _day_bytes(day: date) -> bytes:
    return pack_digits(day.isoformat().replace("-", ""), 4)


def _text(cells: Mapping[str, bytes], name: str) -> str:
    try:
        return cells.get(name, b"").rstrip(b"\x00").decode("ascii")
    except UnicodeDecodeError:
        raise CertificateError(field=name) from None
