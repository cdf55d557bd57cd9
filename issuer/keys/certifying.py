"""Certificates of issuers as they are made and kept: the nation signs one, the issuer checks it and keeps it.

A certificate travels, and lies in the home of an issuer, as one line `rhc-certificate/1 HEX`.
"""

from __future__ import annotations

from pathlib import Path

from card_os.spec.certificate import Certificate, CertificateError, CertificateKind
from card_os.spec.errors import Phrase, PlainError
from issuer.access.permission import action
from issuer.keys.certificates import ISSUER_KEY, Holder, issuer_certificate
from issuer.registry.work import Work
from language import cause

FORMAT = "rhc-certificate/1"
FILE_NAME = "issuer.certificate"
_LONGEST = 1024


class CertificateRefusedError(PlainError):
    """A certificate that this office cannot work with."""

    template = "certificate {serial}: {reason}"


class CertificateFileError(PlainError):
    """A file that holds no certificate."""

    template = "{file}: {reason}"


@action("keys.certify")
def certify(work: Work, holder: Holder, public_key: bytes | None = None) -> Certificate:
    """The certificate of an issuer, of its public key or of our own one.

    Raises CertificateError, Sm2UnavailableError, and UnknownKeyError where the root key is not kept here.
    """
    made = issuer_certificate(work.custodian, holder, public_key=public_key)
    told = {
        "holder": holder.subject_id,
        "until": holder.end.isoformat(),
        "key": made.public_key.hex().upper(),
    }
    work.record("keys.certify", "certificate", holder.serial, **told)
    return made


@action("keys.keep_certificate")
def keep(work: Work, found: Certificate, code: str, root_key: bytes) -> None:
    """Check a certificate that came back from the nation; the caller puts it in its place.

    `code` is ours, `root_key` the 64-byte key by which the nation signs. Raises CertificateRefusedError.
    """
    reasons = {
        Phrase("it is no certificate of an issuer"): found.kind is not CertificateKind.ISSUER,
        Phrase("it is for {subject}, we are {code}", subject=found.subject_id, code=code): found.subject_id
        != code,
        Phrase("it is for another key than ours"): found.public_key != work.custodian.public_key(ISSUER_KEY),
        Phrase("the key of the nation did not sign it"): not found.verify(root_key),
    }
    for reason, broken in reasons.items():
        if broken:
            raise CertificateRefusedError(serial=found.serial, reason=reason)
    work.record("keys.keep_certificate", "certificate", found.serial, until=found.end.isoformat())


def line(certificate: Certificate) -> str:
    """A certificate as text."""
    return f"{FORMAT} {certificate.to_bytes().hex().upper()}\n"


def parse(file: object, text: str) -> Certificate:
    """Undo `line`; raises CertificateFileError, which names the file."""
    name, _blank, digits = text.strip().partition(" ")
    try:
        return Certificate.parse(bytes.fromhex(digits if name == FORMAT and digits.isascii() else "00"))
    except (ValueError, CertificateError):
        reason = Phrase("this is no text of the format {format}", format=FORMAT)
        raise CertificateFileError(file=file, reason=reason) from None


def of_home(home: Path) -> Certificate | None:
    """The certificate that an issuer keeps in its home, None where it has none.

    Raises CertificateFileError.
    """
    file = home / FILE_NAME
    if not file.exists():
        return None
    try:
        with file.open(encoding="utf-8") as stream:
            return parse(file, stream.read(_LONGEST))
    except OSError as error:
        raise CertificateFileError(file=file, reason=cause(error)) from None
    except UnicodeDecodeError:
        raise CertificateFileError(file=file, reason=Phrase("this is no text")) from None
