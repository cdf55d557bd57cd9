"""The settings of the cards of an office, with the certificate that it keeps."""

from __future__ import annotations

from dataclasses import replace

from issuer.keys import certifying
from issuer.office import Office
from issuer.personalisation.issuance import IssuerSettings


def card_settings(office: Office) -> IssuerSettings:
    """What is the same on all cards of an office; raises CertificateRefusedError."""
    found = certifying.of_home(office.home)
    return replace(office.settings.cards, certificate=found.to_bytes() if found else None)
