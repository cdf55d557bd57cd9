"""The published test keys. Everybody knows them, so they protect nothing; the environment is TEST.

A root is the first 16 bytes of SM3("residents-health-card test root NAME vVERSION"). The private key of a
signing key is SM3("residents-health-card test SM2 key NAME vVERSION") mod (n - 2) + 1.
"""

from __future__ import annotations

from datetime import date

from card_os.crypto import secure_messaging, sm2, sm2_curve
from card_os.crypto.block_cipher import cipher_named
from card_os.crypto.keys import KEY_LENGTH, check_value, diversify, session_key
from card_os.crypto.sm3 import sm3
from card_os.spec import key_record, loader
from card_os.spec.errors import Phrase, PlainError
from card_os.spec.key_record import USAGE_AUTHENTICATION, USAGE_SECURE_MESSAGING
from card_os.spec.model import KeySpec
from issuer.keys import data_keys, security_code
from issuer.keys.certificates import EXCHANGE_KEY, SIGNING_KEYS
from issuer.keys.custodian import (
    CardFactors,
    EnvelopeError,
    KeyRef,
    KeyUseError,
    UnknownKeyError,
    write_key_header,
)
from issuer.keys.hierarchy import held_by_card, held_by_sam

ENVIRONMENT = "TEST"
TRANSPORT_KEY = KeyRef(key_record.TRANSPORT_KEY)
SECURITY_CODE_KEY = KeyRef("CVN")
DATA_KEY, SEARCH_KEY = KeyRef("DATA"), KeyRef("SEARCH")


class PublishedKeysError(PlainError):
    """Published keys asked to serve elsewhere than in the environment TEST."""

    template = "the published test keys serve the environment TEST only, not {environment}"


def published_transport_key(card_factor: bytes) -> bytes:
    """The 16-byte transport key of a blank test card, published test material.

    With it a maker in the lab delivers chips that `PublishedTestCustodian` can open.
    """
    return diversify(_root(TRANSPORT_KEY), card_factor)


class PublishedTestCustodian:
    """A custodian with the published test keys; a process of its own holds real ones.

    Raises PublishedKeysError for any environment but TEST.
    """

    environment = ENVIRONMENT

    def __init__(self, environment: str = ENVIRONMENT) -> None:
        if environment != ENVIRONMENT:
            raise PublishedKeysError(environment=environment)
        profile = loader.load("health_card")
        self._keys = profile.keys
        self._cipher = cipher_named(profile.cipher)

    def check_value(self, key_name: str, version: int) -> bytes:
        """See Custodian."""
        key = KeyRef(key_name, version)
        if key != SECURITY_CODE_KEY:
            self._declared(key)
        return check_value(_root(key), self._cipher)

    def authentication_value(self, key: KeyRef, card: CardFactors, challenge: bytes, random: bytes) -> bytes:
        """See Custodian."""
        session = self._session(key, card, challenge, USAGE_AUTHENTICATION)
        return secure_messaging.authentication_value(session, random, self._cipher)

    def protect(self, key: KeyRef, card: CardFactors, challenge: bytes, header: bytes, data: bytes) -> bytes:
        """See Custodian."""
        session = self._session(key, card, challenge, USAGE_SECURE_MESSAGING)
        cipher = secure_messaging.encipher(session, data, self._cipher)
        return cipher + secure_messaging.command_mac(session, header, cipher, self._cipher)

    def mac(
        self, key: KeyRef, card: CardFactors, challenge: bytes, header: bytes, body: bytes = b""
    ) -> bytes:
        """See Custodian."""
        session = self._session(key, card, challenge, USAGE_SECURE_MESSAGING)
        return secure_messaging.command_mac(session, header, body, self._cipher)

    def wrap_for_card(self, key: KeyRef, card: CardFactors, challenge: bytes) -> bytes:
        """See Custodian."""
        spec = self._issuable(key)
        value = held_by_card(_root(key), spec, card, self._cipher)
        record = key_record.for_card(spec, key.version, value).to_bytes()
        return self.protect(TRANSPORT_KEY, card, challenge, write_key_header(spec.reference), record)

    def wrap_for_sam(self, key: KeyRef, sam: CardFactors, challenge: bytes) -> bytes:
        """See Custodian."""
        spec = self._issuable(key)
        value = held_by_sam(_root(key), spec, sam.province, self._cipher)
        record = key_record.for_sam(spec, key.version, value).to_bytes()
        return self.protect(TRANSPORT_KEY, sam, challenge, write_key_header(spec.sam_id or 0), record)

    def public_key(self, key: KeyRef) -> bytes:
        """See Custodian."""
        return sm2.public_key(_private_key(key))

    def sign(self, key: KeyRef, digest: bytes) -> bytes:
        """See Custodian."""
        return sm2.sign_digest(_private_key(key), digest)

    def open_envelope(self, key: KeyRef, cryptogram: bytes) -> bytes:
        """See Custodian."""
        private = _private_key(key)
        if key != EXCHANGE_KEY:
            raise KeyUseError(key=key.name, purpose=Phrase("envelopes"))
        try:
            return sm2.decrypt(private, cryptogram)
        except sm2.Sm2EnvelopeError:
            raise EnvelopeError from None

    def security_code(self, card_number: str, expiry: date, card_class: str) -> str:
        """See Custodian."""
        root = _root(SECURITY_CODE_KEY)
        return security_code.compute(root, card_number, expiry, card_class, self._cipher)

    def seal(self, context: bytes, plain: bytes) -> bytes:
        """See DataKeys."""
        return data_keys.seal(_root(DATA_KEY), context, plain)

    def unseal(self, context: bytes, sealed: bytes) -> bytes:
        """See DataKeys."""
        return data_keys.unseal(_root(DATA_KEY), context, sealed)

    def keyed_digest(self, context: bytes, value: bytes) -> bytes:
        """See DataKeys."""
        return data_keys.keyed_digest(_root(SEARCH_KEY), context, value)

    def _declared(self, key: KeyRef) -> KeySpec:
        spec = self._keys.get(key.name)
        if spec is None or not 1 <= key.version <= spec.versions:
            raise UnknownKeyError(key=key.name, version=key.version)
        return spec

    def _issuable(self, key: KeyRef) -> KeySpec:
        spec = self._declared(key)
        if spec.held == "maker":
            raise KeyUseError(key=key.name, purpose=Phrase("issued chips"))
        return spec

    def _session(self, key: KeyRef, card: CardFactors, challenge: bytes, usage: int) -> bytes:
        spec = self._declared(key)
        # the transport key, alone, both authenticates and protects: it has no declared usage
        if spec.usage not in (None, usage):
            authenticates = usage == USAGE_AUTHENTICATION
            purpose = Phrase("authentication") if authenticates else Phrase("secure messaging")
            raise KeyUseError(key=key.name, purpose=purpose)
        return session_key(held_by_card(_root(key), spec, card, self._cipher), challenge, self._cipher)


def _root(key: KeyRef) -> bytes:
    return _published(f"root {key.name} v{key.version}")[:KEY_LENGTH]


def _private_key(key: KeyRef) -> bytes:
    if key not in SIGNING_KEYS:
        raise UnknownKeyError(key=key.name, version=key.version)
    number = int.from_bytes(_published(f"SM2 key {key.name} v{key.version}"), "big")
    return (number % (sm2_curve.N - 2) + 1).to_bytes(sm2.PRIVATE_KEY_LENGTH, "big")


def _published(what: str) -> bytes:
    return sm3(f"residents-health-card test {what}".encode("ascii"))
