"""PERFORM SECURITY OPERATION: VERIFY CERTIFICATE and VERIFY DIGITAL SIGNATURE in a SAM.

A SAM certificate is verified with the key in the SAM's own issuer certificate; after that signatures are
verified with the key in that SAM certificate, until SELECT, reset or an error. Plain fields take the place
of the data objects of ISO 7816-8.  # spec: commands_and_crypto 2.6 [DC]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from card_os.crypto import sm2
from card_os.crypto.sm3 import DIGEST_LENGTH
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.commands import expect
from card_os.kernel.refusal import Refused
from card_os.spec.certificate import Certificate, CertificateError, CertificateKind

if TYPE_CHECKING:
    from card_os.kernel.card import Card

CERTIFICATE, SIGNATURE = 0xBE, 0xA8
ISSUER_CERTIFICATE_FILE = "MF/DF01/001B"


@dataclass(frozen=True, slots=True)
class VerifySignature:
    """A SAM certificate of 190 bytes; or a digest of 32 and a signature of 64."""

    certificate: bytes
    digest: bytes
    signature: bytes

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """P1 P2 00BE with a certificate, 00A8 with e ‖ r ‖ s."""
        expect.parameters(apdu, (0x00, CERTIFICATE), (0x00, SIGNATURE))
        if apdu.p2 == CERTIFICATE:
            expect.data_length(apdu, CertificateKind.SAM.length)
            return cls(apdu.data, b"", b"")
        expect.data_length(apdu, DIGEST_LENGTH + sm2.SIGNATURE_LENGTH)
        return cls(b"", apdu.data[:DIGEST_LENGTH], apdu.data[DIGEST_LENGTH:])

    def execute(self, card: Card) -> bytes:
        """Returns nothing; raises 6300 where the signature is wrong, 6A80 for what is no certificate.

        6A88 without an issuer certificate in the SAM, 6985 without a certificate verified before.
        """
        signing = card.volatile.signing
        if not self.certificate:
            if signing.certified_key is None:
                raise Refused(SW.CONDITIONS_OF_USE)
            if not sm2.verify_digest(signing.certified_key, self.digest, self.signature):
                raise Refused(SW.VERIFICATION_FAILED)
            return b""
        signing.certified_key = None
        certificate = _parsed(self.certificate, SW.WRONG_DATA)
        issuer = _parsed(card.files.contents(card.files[ISSUER_CERTIFICATE_FILE]), SW.KEY_NOT_FOUND)
        if certificate.issuer_id != issuer.subject_id or not certificate.verify(issuer.public_key):
            raise Refused(SW.VERIFICATION_FAILED)
        signing.certified_key = certificate.public_key
        return b""


def _parsed(raw: bytes, otherwise: SW) -> Certificate:
    try:
        return Certificate.parse(raw)
    except CertificateError:
        raise Refused(otherwise) from None
