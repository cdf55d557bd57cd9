"""Certificates that an issuer makes: its own, signed by the national root, and those of its SAMs.

The private keys stay with the custodian.  # spec: commands_and_crypto 2.6 [DC]
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from card_os.spec.certificate import Certificate, CertificateKind
from issuer.keys.custodian import Custodian, KeyRef

ROOT_KEY = KeyRef("SM2_ROOT")
ISSUER_KEY = KeyRef("SM2_ISSUER")
# one key, one purpose: checkpoints of the audit log, card lists, exchange files
AUDIT_KEY = KeyRef("SM2_AUDIT")
LIST_KEY = KeyRef("SM2_LIST")
EXCHANGE_KEY = KeyRef("SM2_EXCHANGE")
SIGNING_KEYS = (ROOT_KEY, ISSUER_KEY, AUDIT_KEY, LIST_KEY, EXCHANGE_KEY)
ROOT_ID = "0000000000000001"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose certificate, under which number, and for how long: digits up to 16 each, first and last day."""

    subject_id: str
    serial: str
    start: date
    end: date


def issuer_certificate(
    custodian: Custodian, holder: Holder, root_id: str = ROOT_ID, public_key: bytes | None = None
) -> Certificate:
    """The certificate of an issuer, signed by the custodian of the root.

    `public_key` is that of an issuer whose private key is kept elsewhere, 64 bytes. Raises CertificateError,
    Sm2UnavailableError where none can be made.
    """
    unsigned = Certificate(
        kind=CertificateKind.ISSUER,
        issuer_id=root_id,
        subject_id=holder.subject_id,
        serial=holder.serial,
        start=holder.start,
        end=holder.end,
        public_key=public_key or custodian.public_key(ISSUER_KEY),
    )
    return _signed(custodian, ROOT_KEY, unsigned)


def sam_certificate(
    custodian: Custodian, issuer_id: str, holder: Holder, sam_serial: str, public_key: bytes
) -> Certificate:
    """The certificate of a SAM with the 64-byte public key that it made itself; raises as above."""
    unsigned = Certificate(
        kind=CertificateKind.SAM,
        issuer_id=issuer_id,
        subject_id=holder.subject_id,
        serial=holder.serial,
        start=holder.start,
        end=holder.end,
        public_key=public_key,
        sam_serial=sam_serial,
    )
    return _signed(custodian, ISSUER_KEY, unsigned)


def _signed(custodian: Custodian, key: KeyRef, unsigned: Certificate) -> Certificate:
    digest = unsigned.digest(custodian.public_key(key))
    return unsigned.signed(custodian.sign(key, digest))
