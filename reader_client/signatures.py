"""Signatures of visit records: made by the SAM of a hospital, verified by anyone.

The last 254 bytes of a record file are the signature, 64, and the certificate of the SAM, 190. Signed are
the data bytes before them: e = SM3(Z ‖ data), or SM3(data) as the interface documents put it. A record is not
bound to its card: copied to another one it still verifies, for nothing public binds the two. When a
signature was made nothing tells but the dates in the data: certificates are judged by the last of these, not
by today, for what was signed in time stays good. A record outside of the dates of a certificate is still
signed by its SAM; a warning says so.
# spec: commands_and_crypto 2.6; issuance_and_ecard D.2; terminal_interface 5.2
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from card_os.crypto import sm2
from card_os.crypto.sm3 import sm3
from card_os.spec.certificate import Certificate, CertificateError, CertificateKind
from card_os.spec.errors import Phrase
from card_os.spec.model import DataItem, Profile
from reader_client.contents import CardValue
from reader_client.sam import SamSession


class CertificateDates(StrEnum):
    """Whether the certificates were valid on the day of the record."""

    WITHIN = "within"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


class SignatureStatus(StrEnum):
    """What can be said of the signature of a record."""

    VALID = "valid"
    INVALID = "invalid"
    UNSIGNED = "unsigned"
    UNKNOWN_ISSUER = "unknown issuer"


@dataclass(frozen=True, slots=True)
class VisitSignature:
    """Who signed a record, and whether that holds.

    `with_z` says which of the two hashes was signed, None where neither was. `certificate` is what the
    record holds, believed in only where the status is valid. Then `dates` tells whether it and that of its
    issuer were valid on the day of the record, and `warning` what is wrong with that.
    """

    status: SignatureStatus
    with_z: bool | None = None
    certificate: Certificate | None = None
    dates: CertificateDates | None = None
    warning: Phrase | None = None

    @property
    def sam_serial(self) -> str | None:
        """The serial number of the SAM that signed, as its certificate gives it."""
        return self.certificate.sam_serial if self.certificate else None


@dataclass(frozen=True, slots=True)
class IntegrityItems:
    """The two items behind the data of a visit record."""

    signature: DataItem
    certificate: DataItem

    @property
    def data_length(self) -> int:
        """Bytes of data before them: 1639 or 3013."""
        return self.signature.offset or 0


def integrity_items(profile: Profile, layout: str) -> IntegrityItems:
    """Signature and certificate of a layout: its two items of raw bytes, in this order."""
    signature, certificate = (
        item for item in profile.by_layout[layout] if item.coding == "B" and not item.format
    )
    return IntegrityItems(signature, certificate)


def signed(
    sam: SamSession, certificate: Certificate, raw: bytes, items: IntegrityItems, with_z: bool
) -> bytes:
    """A record file with the signature and the certificate of the SAM in their places."""
    data = raw[: items.data_length]
    prefix = sm2.z_value(certificate.public_key) if with_z else b""
    return data + sam.sign(sam.hash(prefix + data)) + certificate.to_bytes()


def judge(
    raw: bytes,
    items: IntegrityItems,
    issuers: Sequence[Certificate],
    trust: Mapping[str, bytes],
    day: date | None = None,
) -> VisitSignature:
    """Verify a whole record file.

    Signature by the SAM certificate, that by one of the issuer certificates, and that by a root of `trust`,
    public keys of 64 bytes by the ids of the roots. `day` is the last date of the record, None where it has
    none: on that day the certificates should have been valid.
    """
    data, seal = raw[: items.data_length], raw[items.data_length :]
    # never written: the empty values of both items, or erased memory
    if set(seal) <= {0x00} or set(seal) <= {0xFF}:
        return VisitSignature(SignatureStatus.UNSIGNED)
    signature, given = seal[: items.signature.length], seal[items.signature.length :]
    certificate = parsed(given)
    if certificate is None or certificate.kind is not CertificateKind.SAM:
        return VisitSignature(SignatureStatus.INVALID)
    with_z = _hash_that_was_signed(certificate.public_key, data, signature)
    if with_z is None:
        return VisitSignature(SignatureStatus.INVALID, with_z, certificate)
    trusted = _trusted(certificate, issuers, trust)
    if not trusted:
        return VisitSignature(SignatureStatus.UNKNOWN_ISSUER, with_z, certificate)
    signers = [issuer for issuer in trusted if certificate.verify(issuer.public_key)]
    if not signers:
        return VisitSignature(SignatureStatus.INVALID, with_z, certificate)
    dates, warning = min((_judged_dates(certificate, issuer, day) for issuer in signers), key=_not_within)
    return VisitSignature(SignatureStatus.VALID, with_z, certificate, dates, warning)


def parsed(raw: CardValue) -> Certificate | None:
    """The certificate in bytes of a card; None for an empty item and for what is no certificate."""
    try:
        return Certificate.parse(raw) if isinstance(raw, bytes) else None
    except CertificateError:
        return None


def _hash_that_was_signed(public_key: bytes, data: bytes, signature: bytes) -> bool | None:
    """True for SM3(Z ‖ data), False for SM3(data), None for neither."""
    if sm2.verify_digest(public_key, sm2.message_digest(public_key, data), signature):
        return True
    return False if sm2.verify_digest(public_key, sm3(data), signature) else None


def _trusted(
    certificate: Certificate, issuers: Sequence[Certificate], trust: Mapping[str, bytes]
) -> list[Certificate]:
    """The certificates of the issuer that a root vouches for."""
    return [
        issuer
        for issuer in issuers
        if issuer.kind is CertificateKind.ISSUER
        and issuer.subject_id == certificate.issuer_id
        and issuer.issuer_id in trust
        and issuer.verify(trust[issuer.issuer_id])
    ]


def _judged_dates(
    certificate: Certificate, issuer: Certificate, day: date | None
) -> tuple[CertificateDates, Phrase | None]:
    if day is None:
        return CertificateDates.UNKNOWN, Phrase("the record has no date to judge its certificate by")
    for one, whose in ((certificate, Phrase("the SAM")), (issuer, Phrase("the issuer"))):
        if not one.start <= day <= one.end:
            warning = Phrase(
                "the certificate of {whose} is valid from {start} to {end}, the record is of {day}",
                whose=whose,
                start=one.start.isoformat(),
                end=one.end.isoformat(),
                day=day.isoformat(),
            )
            return CertificateDates.OUTSIDE, warning
    return CertificateDates.WITHIN, None


def _not_within(judged: tuple[CertificateDates, Phrase | None]) -> bool:
    """Of several certificates of one issuer the one that fits the day counts."""
    return judged[0] is not CertificateDates.WITHIN
