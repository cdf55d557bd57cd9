"""What custodians have in common that compute in this process: where a secret lies is theirs to know."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import date

from card_os.crypto import secure_messaging, sm2
from card_os.crypto.block_cipher import cipher_named
from card_os.crypto.keys import session_key
from card_os.spec import key_record, loader
from card_os.spec.errors import Phrase
from card_os.spec.key_record import USAGE_AUTHENTICATION, USAGE_SECURE_MESSAGING
from card_os.spec.model import KeySpec
from issuer.keys import data_keys, security_code
from issuer.keys.certificates import EXCHANGE_KEY
from issuer.keys.custodian import (
    CardFactors,
    EnvelopeError,
    KeyRef,
    KeyUseError,
    UnknownKeyError,
    write_key_header,
)
from issuer.keys.hierarchy import NATION, Level, Path, descend, held_at, in_sam, on_card
from issuer.keys.key_set import (
    DATA_KEY,
    PRIVATE_KEYS,
    SEARCH_KEY,
    SECURITY_CODE_KEY,
    TRANSPORT_KEY,
    check_value_of,
    declared,
)


class SoftwareCustodian(ABC):
    """A `Custodian` but for `_secret`, the one way to a key, which is not public."""

    def __init__(self, environment: str, level: Level = NATION) -> None:
        self._environment, self._level = environment, level
        self._cipher = cipher_named(loader.load("health_card").cipher)

    @abstractmethod
    def _secret(self, key: KeyRef) -> bytes:
        """A key that is held here, 16 bytes or a private key of 32; raises UnknownKeyError."""

    @property
    def environment(self) -> str:
        """See Custodian."""
        return self._environment

    @property
    def level(self) -> Level:
        """Where in the hierarchy these keys stand."""
        return self._level

    def check_value(self, key_name: str, version: int) -> bytes:
        """See Custodian."""
        key = KeyRef(key_name, version)
        return check_value_of(key, self._secret(key))

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
        spec = _issuable(key)
        value = self._on_card(key, spec, card)
        record = key_record.for_card(spec, key.version, value).to_bytes()
        return self.protect(TRANSPORT_KEY, card, challenge, write_key_header(spec.reference), record)

    def wrap_for_sam(self, key: KeyRef, sam: CardFactors, challenge: bytes) -> bytes:
        """See Custodian."""
        spec = _issuable(key)
        value = self._descended(key, spec, in_sam(spec, self._placed(sam)))
        record = key_record.for_sam(spec, key.version, value).to_bytes()
        return self.protect(TRANSPORT_KEY, sam, challenge, write_key_header(spec.sam_id or 0), record)

    def public_key(self, key: KeyRef) -> bytes:
        """See Custodian."""
        return sm2.public_key(self._private_key(key))

    def sign(self, key: KeyRef, digest: bytes) -> bytes:
        """See Custodian."""
        return sm2.sign_digest(self._private_key(key), digest)

    def open_envelope(self, key: KeyRef, cryptogram: bytes) -> bytes:
        """See Custodian."""
        private = self._private_key(key)
        if key != EXCHANGE_KEY:
            raise KeyUseError(key=key.name, purpose=Phrase("envelopes"))
        try:
            return sm2.decrypt(private, cryptogram)
        except sm2.Sm2EnvelopeError:
            raise EnvelopeError from None

    def security_code(self, card_number: str, expiry: date, card_class: str) -> str:
        """See Custodian."""
        root = self._secret(SECURITY_CODE_KEY)
        return security_code.compute(root, card_number, expiry, card_class, self._cipher)

    def seal(self, context: bytes, plain: bytes) -> bytes:
        """See DataKeys."""
        return data_keys.seal(self._secret(DATA_KEY), context, plain)

    def unseal(self, context: bytes, sealed: bytes) -> bytes:
        """See DataKeys."""
        return data_keys.unseal(self._secret(DATA_KEY), context, sealed)

    def keyed_digest(self, context: bytes, value: bytes) -> bytes:
        """See DataKeys."""
        return data_keys.keyed_digest(self._secret(SEARCH_KEY), context, value)

    def _private_key(self, key: KeyRef) -> bytes:
        if key not in PRIVATE_KEYS:
            raise UnknownKeyError(key=key.name, version=key.version)
        return self._secret(key)

    def _on_card(self, key: KeyRef, spec: KeySpec, card: CardFactors) -> bytes:
        return self._descended(key, spec, on_card(spec, self._placed(card)))

    def _descended(self, key: KeyRef, spec: KeySpec, want: Path) -> bytes:
        return descend(self._secret(key), held_at(spec, self._level), want, spec, self._cipher)

    def _placed(self, chip: CardFactors) -> CardFactors:
        """The factors of a chip; a city that has keys of its own makes chips of that city only."""
        return replace(chip, city=self._level.city) if chip.city is None and self._level.city else chip

    def _session(self, key: KeyRef, card: CardFactors, challenge: bytes, usage: int) -> bytes:
        spec = declared(key)
        # the transport key, alone, both authenticates and protects: it has no declared usage
        if spec.usage not in (None, usage):
            authenticates = usage == USAGE_AUTHENTICATION
            purpose = Phrase("authentication") if authenticates else Phrase("secure messaging")
            raise KeyUseError(key=key.name, purpose=purpose)
        return session_key(self._on_card(key, spec, card), challenge, self._cipher)


def _issuable(key: KeyRef) -> KeySpec:
    spec = declared(key)
    if spec.held == "maker":
        raise KeyUseError(key=key.name, purpose=Phrase("issued chips"))
    return spec
