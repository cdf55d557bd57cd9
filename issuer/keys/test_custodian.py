"""The published test keys. Everybody knows them, so they protect nothing; the environment is TEST.

A root is the first 16 bytes of SM3("residents-health-card test root NAME vVERSION"). The private key of a
signing key is SM3("residents-health-card test SM2 key NAME vVERSION") mod (n - 2) + 1.
"""

from __future__ import annotations

from card_os.crypto import sm2, sm2_curve
from card_os.crypto.block_cipher import SM4
from card_os.crypto.keys import KEY_LENGTH, diversify
from card_os.crypto.sm3 import sm3
from card_os.spec.errors import PlainError
from issuer.keys.custodian import KeyRef, UnknownKeyError
from issuer.keys.hierarchy import Level, descend, held_at
from issuer.keys.key_set import PRIVATE_KEYS, TRANSPORT_KEY, is_known, rows
from issuer.keys.software_custodian import SoftwareCustodian

ENVIRONMENT = "TEST"


class PublishedKeysError(PlainError):
    """Published keys asked to serve elsewhere than in the environment TEST."""

    template = "the published test keys serve the environment TEST only, not {environment}"


def published_transport_key(card_factor: bytes) -> bytes:
    """The 16-byte transport key of a blank test card, published test material.

    With it a maker in the lab delivers chips that `PublishedTestCustodian` can open.
    """
    return diversify(published(TRANSPORT_KEY), card_factor)


class PublishedTestCustodian(SoftwareCustodian):
    """A custodian with the published test keys of the nation; a process of its own holds real ones.

    Raises PublishedKeysError for any environment but TEST.
    """

    def __init__(self, environment: str = ENVIRONMENT) -> None:
        if environment != ENVIRONMENT:
            raise PublishedKeysError(environment=environment)
        super().__init__(environment)

    def _secret(self, key: KeyRef) -> bytes:
        return published(key)


def published(key: KeyRef) -> bytes:
    """A published test key of the nation; raises UnknownKeyError."""
    if not is_known(key):
        raise UnknownKeyError(key=key.name, version=key.version)
    if key in PRIVATE_KEYS:
        number = int.from_bytes(_said(f"SM2 key {key.name} v{key.version}"), "big")
        return (number % (sm2_curve.N - 2) + 1).to_bytes(sm2.PRIVATE_KEY_LENGTH, "big")
    return _said(f"root {key.name} v{key.version}")[:KEY_LENGTH]


def is_published(key: KeyRef, secret: bytes, level: Level) -> bool:
    """Whether a secret is the published key of a level, or of the nation."""
    root = published(key)
    row = rows().get(key.name)
    if row is None:
        return secret == root
    return secret in (root, descend(root, (), held_at(row, level), row, SM4))


def _said(what: str) -> bytes:
    return sm3(f"residents-health-card test {what}".encode("ascii"))
